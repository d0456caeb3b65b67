"""Class 3: names that carry scripts are written as text wherever they stand."""

import pytest

from tests.test_matrix import ROUTES, address_of, cast_names
from tests.world import World, make_world
from tongtang.organisations.models import School
from tongtang.people.models import Person, Pupil

MARK = "xssmark"
SCRIPTS = [
    "<script>{0}()</script>", "<img src=x onerror={0}()>", "<svg onload={0}()>", "<svg><script>{0}()</script>",
    "\"><script>{0}()</script>", "'><img src=x onerror={0}()>", "</title><script>{0}()</script>",
    "</textarea><script>{0}()</script>", "</script><script>{0}()</script>", "<a href=javascript:{0}()>a</a>",
    "<math><mi xlink:href=javascript:{0}()>", "<iframe srcdoc=<script>{0}()</script>>", "<body onload={0}()>",
    "<details open ontoggle={0}()>", "<input autofocus onfocus={0}()>",
    "<x style=animation-name:a onanimationstart={0}()>",
    "<!--><script>{0}()</script>", "<![CDATA[<script>{0}()</script>]]>", "{{{{{0}}}}}<b>{0}</b>",
    "\" onmouseover={0}() x=\"<b>{0}",
    "<object data=javascript:{0}()>", "<meta http-equiv=refresh content=0;url=javascript:{0}()>",
]  # fmt: skip
PAGES = [row for row in ROUTES if row["method"] == "GET" and row["let_in"].get("200") and "link" not in row]


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_page_writes_a_name_as_markup(world: World, script: str) -> None:
    sample = script.format(MARK)[:60]
    School.objects.update(name=sample)
    Person.objects.update(name=sample)
    Pupil.objects.update(name=sample)
    seen, step = 0, len(PAGES) // 12
    # A dozen pages a script, other ones each time: the scripts together see every page.
    for row in PAGES[SCRIPTS.index(script) % step :: step]:
        who = cast_names(row["let_in"]["200"])[0]
        answer = world.client(who).get(address_of(row, world))
        if answer.streaming:
            b"".join(answer)  # read to its end: only then is a file closed
        if answer.streaming or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        text = answer.content.decode()
        seen += MARK in text
        assert sample not in text or "<" not in sample, (row["name"], sample)
    assert seen > 0


def test_the_scripts_together_see_every_page() -> None:
    assert len(PAGES) // 12 <= len(SCRIPTS)
