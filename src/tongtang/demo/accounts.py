"""Accounts of the demo's identities: random passwords of this home, printed at start."""

import json
import os

from tongtang.access.api import Role, assign_region_role, assign_school_role, readable_secret, set_policy
from tongtang.access.models import Account, SignInPolicy
from tongtang.demo.family import GUARDIAN, make_guardian
from tongtang.demo.folder import COUNTY
from tongtang.demo.identities import IDENTITIES
from tongtang.foundation.environment import environment
from tongtang.organisations.models import Region, School
from tongtang.people.models import Person

BY_HAND = {
    GUARDIAN: ("家长", Role.GUARDIAN),
    "demo-head": ("程校长", Role.SCHOOL_HEAD),
    "demo-officer": ("周立成", Role.ADMINISTRATION_OFFICER),
    "demo-admin": ("系统管理员", Role.SYSTEM_ADMINISTRATOR),
    "demo-security": ("安全管理员", Role.SECURITY_ADMINISTRATOR),
    "demo-auditor": ("审计管理员", Role.AUDITOR),
}


def passwords() -> dict[str, str]:
    """This home's demo passwords by user name; made once, readable by its owner only."""
    path = environment().home / "secrets" / "demo-passwords"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for identity in IDENTITIES:
        known.setdefault(identity.user, readable_secret())
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(known, file)
    draft.replace(path)
    return known


def _person(user: str) -> Person:
    person = Person.objects.filter(county_code=COUNTY, source_id=user).first()
    if person is None:
        name, role = BY_HAND[user]
        person = Person.objects.create(county_code=COUNTY, source_id=user, name=name)
        if role is Role.GUARDIAN:
            make_guardian(person)
        elif role is Role.SCHOOL_HEAD:
            assign_school_role(person=person, role=role, school=School.objects.get(county_code=COUNTY, source_id="d01"))
        else:
            assign_region_role(person=person, role=role, region=Region.objects.get(code=COUNTY))
    return person


def _ask_for_no_second_factor() -> None:
    """Whoever tries the demo out has no telephone at hand: its rules ask nobody, and its pages say that they do not."""
    if not SignInPolicy.objects.exists():
        set_policy(actor="system", second_factor=SignInPolicy.SecondFactor.OFF, idle_minutes=120)


def make_accounts() -> None:
    """An account for each identity with its password; a second start changes nothing."""
    _ask_for_no_second_factor()
    known = passwords()
    for identity in IDENTITIES:
        person = _person(identity.user)
        account, made = Account.objects.get_or_create(
            person=person, defaults={"login": f"{COUNTY // 10**6}-{identity.user}"}
        )
        if made:
            account.set_password(known[identity.user])
            account.save()
