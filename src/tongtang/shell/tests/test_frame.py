"""The frame of each page: what a browser may load, what a lost visitor reads, what each role finds in the rail."""

import re

import pytest
from tests.cast import signed_in

from tongtang.access.models import Role
from tongtang.consent.tests.family import guardian_of
from tongtang.shell.navigation import ENTRIES, entries_of, rail_of


@pytest.fixture(autouse=True)
def plain_files(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.mark.django_db
def test_a_wrong_address_says_what_to_do(client):
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert 'href="/"' in response.content.decode()
    assert "style=" not in response.content.decode()


@pytest.mark.django_db
def test_no_page_runs_or_styles_inline(client):
    headers = client.get("/nowhere", HTTP_HOST="a01.localhost").headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert "wss://a01.localhost" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]


def test_every_role_has_a_rail_of_at_most_eight(rf):
    assert set(ENTRIES) == {role.value for role in Role}
    request = rf.get("/")
    request.resolver_match = None
    for role in ENTRIES:
        rail = rail_of(request, {role})
        beside_more = [entry for entry in rail if not entry.spare]
        assert len(beside_more) == len(rail) <= 8 or (len(beside_more) == 7 and all(one.folded for one in rail[7:]))


def test_a_person_of_two_roles_sees_each_place_once():
    entries = entries_of({"school_head", "local_teacher"})
    names = [entry.url_name for entry in entries]
    assert len(names) == len(set(names))
    assert names[0] == "shell:today"


def test_somebody_without_a_role_sees_no_rail():
    assert entries_of(set()) == ()


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/", "/"),
        ("/timetable/", "/timetable/"),
        ("/timetable/schools/8f0e6c1e-0000-4000-8000-000000000000", "/timetable/"),
        ("/lessons/receptions/8f0e6c1e-0000-4000-8000-000000000000", "/lessons/"),
        ("/alliances/matches", "/alliances/"),
        ("/classroom/lessons", "/classroom/lessons"),
        ("/classroom/lessons-of-others", None),
        ("/notices/", None),
    ],
)
def test_the_rail_marks_the_place_that_a_page_lies_under(rf, path, marked):
    rail = rail_of(rf.get(path), {"administration_officer"})
    assert [entry.url for entry in rail if entry.current] == ([marked] if marked else [])


@pytest.mark.django_db
def test_whatever_the_menu_of_a_guardian_offers_opens(cast):
    client = guardian_of(cast.points[0], cast.points[0].pupils[0])
    home = client.get("/", follow=True).content.decode()
    top = home[home.index('<header class="topbar">') : home.index("</header>")]
    links = re.findall(r'<a [^>]*href="([^"]+)"', top)
    assert "/notices/" in links
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    teacher = signed_in(cast.points[0].local).get("/", follow=True).content.decode()
    assert "/account/sessions" in teacher
    assert "/account/sessions" not in home
