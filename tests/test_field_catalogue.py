"""Every field of the database stands in the catalogue, and nothing else; its words are known ones."""

from tongtang.access.models import Role
from tongtang.audit.catalogue import BESIDES_ROLES, Sensitivity, categories, described, fields, stored


def test_every_field_has_an_entry_in_fields_toml() -> None:
    assert sorted(stored() - described()) == []


def test_every_entry_of_fields_toml_has_a_field() -> None:
    assert sorted(described() - stored()) == []


def test_no_field_is_described_twice() -> None:
    assert len(fields()) == len(described())


def test_every_category_of_retention_is_known() -> None:
    assert sorted({(field.model, field.name) for field in fields() if field.retention not in categories()}) == []


def test_every_role_is_one_of_access() -> None:
    known = {role.value for role in Role} | BESIDES_ROLES
    assert sorted({(field.model, field.name) for field in fields() if not known.issuperset(field.roles)}) == []


def test_every_field_says_what_for() -> None:
    assert sorted((field.model, field.name) for field in fields() if not field.purpose.strip()) == []


def test_a_secret_is_shown_to_nobody_and_a_minor_s_data_not_to_everyone() -> None:
    wrong = [
        (field.model, field.name)
        for field in fields()
        if (field.sensitivity is Sensitivity.SECRET and field.roles)
        or (field.sensitivity in (Sensitivity.MINOR, Sensitivity.SENSITIVE) and "everyone" in field.roles)
    ]
    assert wrong == []
