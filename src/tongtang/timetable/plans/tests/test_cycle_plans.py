"""A search in the browser where some lessons are owed once in two weeks."""

import time_machine
from tests.cast import person, region, signed_in

from tongtang.access.models import Role, SignInPolicy
from tongtang.exchange.tests.folders import COUNTY, load, load_chongyang_regions, make_county
from tongtang.exchange.tests.test_timetable_options import rows, write
from tongtang.lessons.models import Reception
from tongtang.organisations.models import School
from tongtang.timetable.plans.tests.conftest import FRIDAY, MONDAY, SEVEN_POINTS, post, shown, solved


def test_what_is_owed_every_other_week_is_planned_shown_and_published_so(db, capsys, tmp_path):
    load_chongyang_regions()
    SignInPolicy.objects.update_or_create(pk=1, defaults={"second_factor": SignInPolicy.SecondFactor.OFF})
    folder = make_county(tmp_path / "seven", *SEVEN_POINTS)
    owed = [
        row | ({"lessons_per_week": "1", "every_weeks": "2"} if row["subject"] == "art" else {"every_weeks": "1"})
        for row in rows(folder, "requirements")
    ]
    write(folder, "requirements", owed)
    with time_machine.travel(FRIDAY):
        assert load(capsys, folder)[0] == 0
        client = signed_in(person("汪琴", "o01", Role.ADMINISTRATION_OFFICER, at=region(COUNTY, "崇阳县", 6)))
        run = solved(client, School.objects.get(source_id="a01"), seconds=10)
        assert (run.state, run.complete) == ("done", True)
        assert {one["every_weeks"] for one in run.plan if one["subject"] == "art"} == {2}
        assert "每 2 周的第 1 周" in shown(client, f"/timetable/plans/{run.public_id}")
        done = post(client, f"/timetable/plans/{run.public_id}/publish", starts=MONDAY.isoformat())
        assert done.status_code == 302, done.content.decode()
    art = Reception.objects.filter(lesson__subject="art", active=True)
    for home_class in {row.home_class_id for row in art}:
        weeks = sorted({row.date.isocalendar().week for row in art.filter(home_class=home_class, date__year=2026)})
        assert len({week % 2 for week in weeks}) == 1
        assert art.filter(home_class=home_class).count() <= 10
