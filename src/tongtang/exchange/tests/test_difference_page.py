"""The page of a run names schools and classes as people do."""

import re

import pytest
from django.urls import reverse
from tests.cast import make_cast, person, signed_in

from tongtang.access.models import Role
from tongtang.exchange.tests.parcels import line, small_county
from tongtang.exchange.tests.test_import_runs import applied, as_delta, handed_in


@pytest.fixture
def desk(db):
    cast = make_cast(2, sizes=[3, 2])
    return signed_in(person("管理员", "adm", Role.SYSTEM_ADMINISTRATOR, at=cast.county))


def shown(desk, run, **query: str) -> str:
    """The rows of differences without tags."""
    page = desk.get(reverse("exchange:run", args=[run.public_id]), query).content.decode()
    return re.sub(r"<[^>]+>", " ", page[page.index('id="differences"') :])


def second_class(title: str):
    rows = small_county()
    cells = {"grades": "01", "courseSourcedId": "k1", "classType": "homeroom", "termSourcedIds": "t2"}
    rows["classes"].append(line("classes", "c2", title=title, schoolSourcedId="s1", **cells))
    return rows


def test_classes_and_schools_that_only_the_file_knows_bear_their_names(desk) -> None:
    page = shown(desk, handed_in(as_delta(small_county())), table="pupils")
    assert "一年级1班" in page
    assert "白霓镇中心小学" in page
    assert re.search(r"\b(c1|s1)\b", page) is None


def test_a_pupil_who_moves_goes_from_name_to_name(desk) -> None:
    applied(as_delta(second_class("一年级2班")))
    rows = second_class("一年级2班")
    rows["enrollments"][0][3] = "c2"
    page = shown(desk, handed_in(as_delta(rows)), table="pupils")
    assert re.search(r"一年级1班\s+→\s+一年级2班\s", page)


def test_two_classes_of_one_name_bear_their_ids_too(desk) -> None:
    applied(as_delta(second_class("一年级1班")))
    rows = second_class("一年级1班")
    rows["enrollments"][0][3] = "c2"
    page = shown(desk, handed_in(as_delta(rows)), table="pupils")
    assert re.search(r"一年级1班（c1）\s+→\s+一年级1班（c2）", page)


def test_posts_bear_the_names_of_their_schools(desk) -> None:
    page = shown(desk, handed_in(as_delta(small_county())), table="teachers")
    assert page.count("白霓镇中心小学") >= 2
    assert "s1" not in page
