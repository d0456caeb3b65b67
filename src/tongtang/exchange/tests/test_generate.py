"""A made-up region: the same from the same number, sound for the importer, and as the programmes count it."""

import csv
import json
from collections import Counter
from datetime import date

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tongtang.alliances.models import Alliance, Membership, Specialist, Topology
from tongtang.config.cli import main
from tongtang.exchange.generate.draws import Draws, apportion, column
from tongtang.exchange.generate.folder import write_folder
from tongtang.exchange.generate.people import own_prefix
from tongtang.exchange.generate.places import read_places
from tongtang.exchange.generate.quotas import share_out
from tongtang.exchange.generate.run import draft_county, tally_of
from tongtang.exchange.generate.scales import SCALES, SICHUAN
from tongtang.exchange.tests.folders import load
from tongtang.organisations.models import HomeClass, Overlay, OverlayMembership, School
from tongtang.people.models import Enrolment, Post, Pupil

SUMS = ("pupils", "teachers", "children", "kindergartens", "points", "point_pupils", "point_teachers")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def make(capsys, *arguments: str) -> tuple[int, dict, str]:
    """Exit code, JSON and words of `tongtang generate`."""
    capsys.readouterr()
    code = main(["generate", "--json", *arguments])
    said = capsys.readouterr()
    return code, json.loads(said.out) if said.out else {}, said.err


def table(folder, file: str) -> list[dict[str, str]]:
    with (folder / file).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="session")
def province():
    """Places and quotas of the whole province, seed 5."""
    places = read_places(SICHUAN)
    return places, share_out(SICHUAN, places, 5)


def write_county(quotas, code: str, seed: int, folder):
    position, quota = next((index, one) for index, one in enumerate(quotas) if one.place.code == code)
    county = draft_county(quota, seed, 2026)
    return county, write_folder(folder / code, county, 2026, own_prefix(code, position), seed)


@pytest.mark.django_db
@pytest.mark.parametrize("scale", ["point", "county"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(scale, tmp_path, capsys):
    digests = []
    for folder, seed in (("a", "11"), ("b", "11"), ("c", "12")):
        words = ("--scale", scale, "--seed", seed, "--year", "2026", "--files-only", "--out", str(tmp_path / folder))
        code, made, _words = make(capsys, *words)
        assert code == 0
        digests.append(made["digests"])
    assert digests[0] == digests[1] != digests[2]
    for one in sorted((tmp_path / "a" / "421224").iterdir()):
        assert one.read_bytes() == (tmp_path / "b" / "421224" / one.name).read_bytes()


@pytest.mark.django_db
@pytest.mark.parametrize("seed", ["1", "2", "4294967295"])
def test_a_point_is_loaded_and_again_changes_nothing(seed, tmp_path, capsys):
    words = ("--scale", "point", "--seed", seed, "--year", "2026", "--out", str(tmp_path))
    code, made, _words = make(capsys, *words)
    assert (code, made["counts"]["pupils"], made["counts"]["teaching_point.pupils"]) == (0, 203, 23)
    assert Enrolment.objects.filter(valid_to=None).count() == 243
    code, report = load(capsys, tmp_path / "421224", "--county", "421224")
    assert (code, report["created"], report["changed"], report["ended"]) == (0, {}, {}, {})
    before = [model.objects.count() for model in (School, Pupil, Post, Alliance, Membership, OverlayMembership)]
    assert make(capsys, *words)[0] == 0
    assert before == [model.objects.count() for model in (School, Pupil, Post, Alliance, Membership, OverlayMembership)]


@pytest.mark.django_db
def test_a_county_has_every_topology_overlays_with_dates_and_teachers_of_two_schools(capsys):
    code, made, _words = make(capsys, "--scale", "county", "--seed", "3", "--year", "2026")
    assert code == 0
    assert set(Alliance.objects.values_list("topology", flat=True)) == set(Topology.values)
    assert Alliance.objects.get(anchor_school__kind="anchor_school", name__contains="联盟").memberships.count() == 8
    points = School.objects.filter(kind=School.Kind.TEACHING_POINT)
    assert points.filter(memberships__state="active").distinct().count() == points.count() == 36
    assert Specialist.objects.count() >= 4
    assert set(Overlay.objects.values_list("kind", flat=True)) == set(Overlay.Kind.values)
    assert OverlayMembership.objects.exclude(valid_to=None).exists()
    assert len(set(OverlayMembership.objects.values_list("valid_from", flat=True))) > 1
    posts = Counter(Post.objects.filter(valid_to=None).values_list("person", flat=True))
    assert sum(count > 1 for count in posts.values()) >= 5
    assert Pupil.objects.count() == made["rows"]["pupils"] == 49_400
    small = HomeClass.objects.filter(school__kind="kindergarten", school__county_code=421224000000)
    assert {grade for grades in small.values_list("grades", flat=True) for grade in grades} == {-2, -1, 0}
    assert any(
        len(grades) > 1 for grades in HomeClass.objects.filter(school__in=points).values_list("grades", flat=True)
    )


@pytest.fixture
def counted(db) -> None:
    """PostgreSQL believes its tables empty, as it does where it counts them while a load is on its way."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE pg_class SET reltuples = 0, relpages = 1000 "
                "WHERE relname IN ('people_pupil', 'people_enrolment', 'organisations_homeclass')"
            )
            # What grows with the square of a county would run for hours.
            cursor.execute("SET LOCAL statement_timeout = '60s'")


@pytest.mark.parametrize(("code", "seed"), [("513338", 1), ("513338", 77), ("513230", 2), ("510525", 3)])
def test_counties_of_the_province_load_whole_and_again_change_nothing(code, seed, counted, province, tmp_path, capsys):
    county, written = write_county(share_out(SICHUAN, province[0], seed), code, seed, tmp_path)
    done, report = load(capsys, written.path, "--county", code)
    assert (done, report["errors"], report["created"]["pupils"]) == (0, [], sum(one.pupils for one in county.classes))
    assert report["created"]["schools"] == len(county.schools)
    done, report = load(capsys, written.path, "--county", code)
    assert (done, report["created"], report["changed"], report["ended"]) == (0, {}, {}, {})


@pytest.mark.parametrize("seed", [0, 5, 2**32 - 1])
def test_the_province_has_exactly_what_the_programmes_count(seed, province):
    quotas = share_out(SICHUAN, province[0], seed)
    assert {name: sum(getattr(one, name) for one in quotas) for name in SUMS} == {
        name: getattr(SICHUAN, name) for name in SUMS
    }
    assert sum(one.points > 0 for one in quotas) == 123
    receivers = [receiver for one in quotas for receiver in one.receivers]
    assert [len(receivers), *(sum(getattr(one, part) for one in receivers) for part in ("pupils", "classes"))] == [
        1_600, 430_000, 10_750
    ]  # fmt: skip
    stages = {number: stage for one in quotas for number, stage in one.anchors}
    assert len(stages) == 44
    assert all(stages[receiver.anchor] == receiver.stage for receiver in receivers)
    assert set(Counter(receiver.anchor for receiver in receivers).values()) == {36, 37}
    ganzi = [one for one in quotas if one.place.code.startswith("5133")]
    assert (sum(one.pupils for one in ganzi), sum(one.teachers for one in ganzi)) == (175_000, 13_000)


def test_schools_and_classes_are_of_plausible_sizes(province):
    tally: Counter[str] = Counter()
    for quota in province[1][::6]:
        county = draft_county(quota, 5, 2026)
        tally.update(tally_of(county))
        assert len({one.name for one in county.schools}) == len(county.schools)
        assert max(one.pupils for one in county.classes) <= 65
        assert sum(one.pupils for one in county.schools if one.stage != "preschool") == quota.pupils
        assert all(one.link_mbps <= 10 for one in county.schools if one.link == "satellite")
    points = tally["teaching_point"]
    assert 0.5 < tally["small_points"] / points < 0.75
    assert tally["multi_grade_classes"] > 0.5 * points
    assert 0.005 < tally["satellite.links"] / points < 0.25
    assert (
        0.05 < tally["boarding"] / sum(tally[f"{kind}_school"] for kind in ("central", "ordinary", "receiving")) < 0.8
    )
    assert 30 < tally["ordinary_school.pupils"] / tally["ordinary_school.classes"] < 55
    assert 36 < tally["receiving_school.pupils"] / tally["receiving_school.classes"] < 44


def test_people_are_plausible_and_bear_numbers_of_nobody(province, tmp_path):
    _county, written = write_county(province[1], "510903", 5, tmp_path)
    pupils = table(written.path, "pupils.csv")
    grades = {row["class_id"]: row["grades"] for row in table(written.path, "classes.csv")}
    boys = sum(row["sex"] == "男" for row in pupils) / len(pupils)
    assert 0.505 < boys < 0.535
    names = Counter(row["name"] for row in pupils)
    assert len(names) > 0.6 * len(pupils)
    assert names.most_common(1)[0][1] < 0.003 * len(pupils)
    assert {len(name) for name in names} <= {2, 3, 4}
    assert 0.05 < sum(name[0] == "李" for name in names.elements()) / len(pupils) < 0.13
    late = 0
    for row in pupils:
        if grades[row["class_id"]] == "6":
            born = date.fromisoformat(row["birth_date"])
            assert date(2013, 9, 1) <= born <= date(2015, 8, 31)
            late += born < date(2014, 9, 1)
    sixth = sum(grades[row["class_id"]] == "6" for row in pupils)
    assert 0.005 * sixth < late < 0.08 * sixth


def test_numbers_are_right_single_and_of_no_real_division():
    """The columns of numbers, whether or not the present importer asks for them."""
    from tongtang.exchange.generate.people import pupil_table

    county = draft_county(share_out(SCALES["county"], read_places(SCALES["county"]), 1)[0], 1, 2026)
    frame = pupil_table(county.classes, 2026, "421224", own_prefix("421224", 0), ("m", "f"), Draws(1))
    numbers = frame["id_number"].to_list()
    assert len(set(numbers)) == len(numbers) == 49_400
    real = {one.code for scale in SCALES.values() for one in read_places(scale)}
    for row in frame.head(3_000).iter_rows(named=True):
        number = row["id_number"]
        total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False))
        assert "10X98765432"[total % 11] == number[17]
        assert number[6:14] == row["birth_date"].replace("-", "")
        assert int(number[16]) % 2 == (row["sex"] == "m")
        assert row["pupil_number"] == f"G{number}"
        assert number[:6] not in real
        assert number[:4] == "4298"
    assert len({own_prefix("510000", position) for position in range(183)}) == 183


@pytest.mark.django_db
def test_a_county_with_other_schools_is_left_alone(tmp_path, capsys):
    assert make(capsys, "--scale", "point", "--seed", "21", "--out", str(tmp_path))[0] == 0
    code, made, words = make(capsys, "--scale", "point", "--seed", "22")
    assert (code, made) == (1, {})
    assert "通山县已有不是这次生成的学校" in words
    assert School.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--scale", "village", "--seed", "1"), "village"),
        (("--scale", "point", "--seed", "one"), "one"),
        (("--scale", "point", "--seed", "-1"), "--seed"),
        (("--scale", "point", "--seed", "4294967296"), "4294967296"),
        (("--scale", "point"), "--seed"),
        (("--seed", "1"), "--scale"),
        (("--scale", "point", "--seed", "1", "--year", "1066"), "1066"),
        (("--scale", "point", "--seed", "1", "--out", __file__), "test_generate.py"),
    ],
)
def test_a_bad_argument_is_usage_and_named(words, said, capsys):
    with pytest.raises(SystemExit) as stopped:
        make(capsys, *words)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
    assert not School.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("words", "said"), [(("--resume",), "没有这个规模"), (("--files-only",), "要与 --out 一起用")])
def test_what_cannot_be_done_is_refused_with_a_remedy(words, said, capsys):
    code, _made, told = make(capsys, "--scale", "point", "--seed", "404", *words)
    assert (code, said in told) == (1, True)


@pytest.mark.django_db
def test_a_kindergarten_without_k_grades_is_damage(tmp_path, capsys):
    make(capsys, "--scale", "point", "--seed", "31", "--files-only", "--out", str(tmp_path))
    path = tmp_path / "421224" / "classes.csv"
    path.write_text(path.read_text("utf-8").replace(",k1,", ",1,"), "utf-8")
    code, report = load(capsys, tmp_path / "421224", "--county", "421224")
    assert code == 1
    assert [(one["file"], one["column"]) for one in report["errors"]] == [("classes.csv", "grades")]
    assert "幼儿园只有 k1" in report["errors"][0]["message"]


@pytest.mark.django_db
def test_a_second_post_at_the_own_school_is_damage_and_one_that_vanishes_ends(tmp_path, capsys):
    make(capsys, "--scale", "point", "--seed", "32", "--out", str(tmp_path))
    folder = tmp_path / "421224"
    load(capsys, folder, "--county", "421224")
    posts = Post.objects.filter(valid_to=None).count()
    header = "teacher_id,school_id,subjects,weekly_cap\n"
    (folder / "posts.csv").write_text(f"{header}t-c001-01,c001,music,4\n", "utf-8")
    assert load(capsys, folder, "--county", "421224")[1]["errors"][0]["file"] == "posts.csv"
    (folder / "posts.csv").write_text(f"{header}t-c001-01,p001,music,4\n", "utf-8")
    assert load(capsys, folder, "--county", "421224")[1]["changed"] == {"teachers": 1}
    assert Post.objects.filter(valid_to=None).count() == posts + 1
    (folder / "posts.csv").write_text(header, "utf-8")
    assert load(capsys, folder, "--county", "421224")[0] == 0
    assert Post.objects.filter(valid_to=None, person__source_id="t-c001-01").count() == 1


@given(
    st.integers(0, 10_000),
    st.lists(st.floats(0.01, 100), min_size=1, max_size=40),
    st.integers(0, 3),
    st.integers(1, 900),
)
def test_sums_are_shared_out_exactly_within_their_bounds(total, weights, low, high):
    if not low * len(weights) <= total <= max(low, high) * len(weights):
        with pytest.raises(ValueError, match="does not fit"):
            apportion(total, weights, low, high)
        return
    parts = apportion(total, weights, low, high)
    assert sum(parts) == total
    assert all(low <= part <= max(low, high) for part in parts)


@given(st.integers(0, 2**64 - 1))
def test_columns_of_draws_are_those_of_the_published_generator(start):
    def splitmix(index: int) -> int:
        word = (start + index * 0x9E3779B97F4A7C15) % 2**64
        word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
        return word ^ word >> 31

    assert column(start, 5).to_list() == [splitmix(index) for index in range(1, 6)]
