"""The schools of one county: named from its townships and villages, sized so that the county's sums come out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tongtang.curriculum.api import Stage
from tongtang.exchange.generate.drafts import SchoolDraft
from tongtang.exchange.generate.draws import Draws, apportion
from tongtang.exchange.generate.places import Town
from tongtang.exchange.generate.quotas import ANCHOR_PUPILS, Quota
from tongtang.exchange.generate.words import WORDS, numeral

# Pupils of a school and of a class where nothing else decides; the sizes of Chinese class standards (45 and 50).
SCHOOL_SIZE = {Stage.PRIMARY: 1_250, Stage.JUNIOR: 780, Stage.SENIOR: 1_900}
CLASS_SIZE = {Stage.PRESCHOOL: 28, Stage.PRIMARY: 44, Stage.JUNIOR: 46, Stage.SENIOR: 50}
CENTRAL_CLASS, POINT_CLASS = 36, 30
POINT_MOST, POINT_SPREAD = 220, 1.0
# Shares of satellite and mobile lines of teaching points; the rest has fibre.
POINT_LINES = {False: (0.03, 0.10), True: (0.25, 0.20)}
BOARDING = {Stage.PRIMARY: 0.25, Stage.JUNIOR: 0.6, Stage.SENIOR: 0.85}


@dataclass
class _Naming:
    """Names and ids that were given already; no name stands twice in a county."""

    quota: Quota
    names: set[str] = field(default_factory=set)
    numbers: dict[str, int] = field(default_factory=dict)

    def id(self, letter: str, width: int = 3) -> str:
        self.numbers[letter] = self.numbers.get(letter, 0) + 1
        return f"{letter}{self.numbers[letter]:0{width}d}"

    def name(self, form: str, town: str = "", village: str = "", words: Sequence[str] = ("",)) -> str:
        """The first free name of the form; where `form` has no number, one is put into the county's own form."""
        for number in range(1, 10_000):
            word = words[(number - 1) % len(words)]
            ordinal = numeral((number - 1) // len(words) + 1) if len(words) > 1 else numeral(number)
            if len(words) > 1 and number <= len(words):
                ordinal = ""
            place = {"county": self.quota.place.name, "town": town, "village": village}
            made = form.format(ordinal=ordinal, word=word, **place)
            if made not in self.names:
                self.names.add(made)
                return made
            if "{ordinal}" not in form and not words[0]:
                form += "{ordinal}"
        raise ValueError(f"no free name of the form {form}")


def name_schools(quota: Quota, draws: Draws) -> list[SchoolDraft]:
    """Every school of the county; the sums of the quota are met exactly."""
    naming = _Naming(quota)
    schools = [*_anchors(quota, naming), *_receivers(quota, naming, draws)]
    used = {stage: sum(one.pupils for one in schools if one.stage == stage) for stage in Stage}
    used[Stage.PRIMARY] += quota.point_pupils
    rest = _remaining(quota, used)
    centrals = list(_primary(quota, rest.get(Stage.PRIMARY, 0), naming, draws))
    schools += centrals
    schools += _secondary(quota, Stage.JUNIOR, rest.get(Stage.JUNIOR, 0), naming, draws)
    schools += _secondary(quota, Stage.SENIOR, rest.get(Stage.SENIOR, 0), naming, draws)
    schools += _points(quota, [one for one in centrals if one.kind == "central_school"], naming, draws)
    _staff(quota, schools)
    schools += _kindergartens(quota, naming, draws)
    for school in schools:
        _equip(school, quota, draws)
    return schools


def _remaining(quota: Quota, used: dict[Stage, int]) -> dict[Stage, int]:
    """What the named schools leave of each stage; a stage that they overfill takes from the others."""
    rest = {stage: count - used[stage] for stage, count in quota.stages.items()}
    lacking = -sum(count for count in rest.values() if count < 0)
    open_stages = [stage for stage, count in rest.items() if count > 0]
    kept = apportion(sum(rest[stage] for stage in open_stages) - lacking, [float(rest[stage]) for stage in open_stages])
    return dict(zip(open_stages, kept, strict=True))


def _seat(quota: Quota) -> Town:
    """Where the county's own schools are: its first quarter, or its first township."""
    return next((town for town in quota.place.towns if town.is_quarter), quota.place.towns[0])


def _anchors(quota: Quota, naming: _Naming) -> Iterator[SchoolDraft]:
    seat = _seat(quota).name
    for number, stage in quota.anchors:
        name = naming.name(WORDS["anchors"][stage])
        pupils = min(ANCHOR_PUPILS[stage], quota.stages[stage] // 3)
        yield SchoolDraft(
            naming.id("a"), name, "anchor_school", stage, seat, pupils, CLASS_SIZE[stage], anchor=number, studios=3
        )


def _receivers(quota: Quota, naming: _Naming, draws: Draws) -> Iterator[SchoolDraft]:
    for receiver in quota.receivers:
        town = draws.one_of(quota.place.towns)
        name = naming.name(
            WORDS["receiving"][receiver.stage], town.name, words=draws.mixed(WORDS["words"]["receiving"])
        )
        yield SchoolDraft(
            naming.id("r"), name, "receiving_school", receiver.stage, town.name, receiver.pupils, 40,
            teachers=receiver.teachers, classes=receiver.classes, anchor=receiver.anchor,
        )  # fmt: skip


def _primary(quota: Quota, pupils: int, naming: _Naming, draws: Draws) -> Iterator[SchoolDraft]:
    """A central school for each rural township, ordinary schools for the rest in the county's town."""
    towns = [town for town in quota.place.towns if town.is_rural] or list(quota.place.towns[:1])
    quarters = [town for town in quota.place.towns if town.is_quarter]
    streets = sum(town.streets for town in quota.place.towns) + sum(len(town.villages) for town in quarters)
    urban = 0.0 if len(quota.place.towns) == 1 else min(0.8, max(0.25, streets / (quota.place.weight + 1)))
    in_town = int(pupils * urban)
    weights = [(len(town.villages) + 2) * draws.skewed(0.4) for town in towns]
    central = apportion(pupils - in_town, weights, low=min(60, (pupils - in_town) // len(towns)))
    for town, count in zip(towns, central, strict=True):
        name = naming.name(WORDS["central"], town.name)
        yield SchoolDraft(
            naming.id("c"), name, "central_school", Stage.PRIMARY, town.name, count, CENTRAL_CLASS,
            studios=int(not quota.anchors and town is towns[0]),
        )  # fmt: skip
    yield from _in_county_town(quota, Stage.PRIMARY, in_town, naming, draws)


def _in_county_town(
    quota: Quota, stage: Stage, pupils: int, naming: _Naming, draws: Draws, most: int = 10_000
) -> Iterator[SchoolDraft]:
    count = min(most, max(1, round(pupils / SCHOOL_SIZE[stage])))
    towns = [town for town in quota.place.towns if town.is_quarter] or [_seat(quota)]
    if pupils == 0:
        return
    for size in apportion(pupils, [draws.skewed(0.35) for _school in range(count)], low=min(12, pupils // count)):
        form = WORDS["town_schools"][stage][0 if f"first-{stage}" not in naming.numbers else -1]
        naming.numbers[f"first-{stage}"] = 1
        town = draws.one_of(towns)
        yield SchoolDraft(
            naming.id(stage[0] if stage != Stage.PRIMARY else "o"), naming.name(form), "ordinary_school", stage,
            town.name, size, CLASS_SIZE[stage],
        )  # fmt: skip


def _secondary(quota: Quota, stage: Stage, pupils: int, naming: _Naming, draws: Draws) -> Iterator[SchoolDraft]:
    """Junior schools stand half in the townships, senior schools in the county's town."""
    rural = [town for town in quota.place.towns if town.is_rural]
    outside = min(len(rural), round(pupils / SCHOOL_SIZE[stage] / 2)) if stage == Stage.JUNIOR else 0
    away = int(pupils * 0.45) if outside else 0
    chosen = draws.mixed(rural)[:outside]
    weights = [draws.skewed(0.4) for _town in chosen]
    sizes = apportion(away, weights, low=min(12, away // outside)) if outside else []
    for town, size in zip(chosen, sizes, strict=True):
        name = naming.name(WORDS["junior_of_town"], town.name)
        yield SchoolDraft(naming.id("j"), name, "ordinary_school", stage, town.name, size, CLASS_SIZE[stage])
    yield from _in_county_town(quota, stage, pupils - away, naming, draws)


def _points(quota: Quota, centrals: Sequence[SchoolDraft], naming: _Naming, draws: Draws) -> Iterator[SchoolDraft]:
    """Points in different villages, each managed by the central school of its township; most are small."""
    if not quota.points:
        return
    by_town = {school.township: school for school in centrals}
    places = [(town, village) for town in quota.place.towns if town.name in by_town for village in town.villages]
    # A quarter of a town has a school; a point stands in a village while there are enough of them.
    rural = [place for place in places if place[1].endswith(WORDS["village"])]
    places = rural if len(rural) >= quota.points else places
    chosen = sorted(draws.mixed(range(len(places)))[: quota.points])
    sizes = apportion(
        quota.point_pupils, [draws.skewed(POINT_SPREAD) for _point in chosen], low=3,
        high=max(POINT_MOST, 2 * quota.point_pupils // len(chosen)),
    )  # fmt: skip
    teachers = apportion(quota.point_teachers, [size**0.7 for size in sizes], low=1)
    for index, size, staff in zip(chosen, sizes, teachers, strict=True):
        town, village = places[index]
        central = by_town[town.name]
        name = naming.name(WORDS["point"], town.name, village)
        yield SchoolDraft(
            naming.id("p"), name, "teaching_point", Stage.PRIMARY, town.name, size, POINT_CLASS,
            teachers=staff, parent=central.id,
        )  # fmt: skip


def _staff(quota: Quota, schools: Sequence[SchoolDraft]) -> None:
    """Teachers for the schools that have no number of their own yet, by their pupils."""
    free = [school for school in schools if not school.teachers]
    left = quota.teachers - sum(school.teachers for school in schools)
    weights = [school.pupils / (1.3 if school.stage == Stage.PRIMARY else 1.0) + 5 for school in free]
    for school, count in zip(free, apportion(left, weights, low=min(4, left // len(free))), strict=True):
        school.teachers = count


def _kindergartens(quota: Quota, naming: _Naming, draws: Draws) -> Iterator[SchoolDraft]:
    towns = quota.place.towns
    weights = [draws.skewed(0.55) for _kindergarten in range(quota.kindergartens)]
    sizes = apportion(quota.children, weights, low=min(12, quota.children // quota.kindergartens))
    villages = draws.mixed([(town, village) for town in towns for village in town.villages])
    for index, size in enumerate(sizes):
        if index < len(towns):
            town = towns[index]
            name = naming.name(WORDS["kindergarten_of_town"], town.name)
        elif index % 2 and villages:
            town, village = villages.pop()
            name = naming.name(WORDS["kindergarten_of_village"], town.name, village)
        else:
            town = draws.one_of(towns)
            name = naming.name(WORDS["kindergarten_of_county"], words=WORDS["words"]["kindergarten"])
        teachers = max(1, size // 13)
        yield SchoolDraft(
            naming.id("k"),
            name,
            "kindergarten",
            Stage.PRESCHOOL,
            town.name,
            size,
            CLASS_SIZE[Stage.PRESCHOOL],
            teachers,
        )


def _equip(school: SchoolDraft, quota: Quota, draws: Draws) -> None:
    """Bells, line, rooms and beds."""
    school.bell = {Stage.PRESCHOOL: "bell-k", Stage.JUNIOR: "bell-j", Stage.SENIOR: "bell-s"}.get(school.stage, "")
    if not school.bell:
        school.bell = draws.one_of(("bell-p1", "bell-p1", "bell-p2", "bell-p3"))
    if school.kind == "teaching_point":
        _equip_point(school, quota, draws)
        return
    school.boarding = draws.chance(0.8 if quota.on_plateau else BOARDING.get(school.stage, 0.0)) and (
        school.kind not in ("anchor_school", "kindergarten")
    )
    school.link_mbps = draws.one_of((100, 200, 200, 500))
    if school.kind == "anchor_school":
        school.link_mbps = 1_000
    elif school.kind == "receiving_school":
        school.rooms = school.streams = min(school.classes, 12)
        school.link_mbps = draws.one_of((50, 100, 100, 200)) if quota.on_plateau else draws.one_of((100, 200))
    elif school.kind == "central_school":
        school.rooms, school.streams = 2, 2


def _equip_point(school: SchoolDraft, quota: Quota, draws: Draws) -> None:
    satellite, mobile = POINT_LINES[quota.on_plateau]
    share = draws.share()
    school.rooms = 2 if school.pupils >= 40 else 1
    if share < satellite:
        school.link, school.link_mbps, school.streams = "satellite", draws.one_of((4, 8, 10)), 1
    elif share < satellite + mobile:
        school.link, school.link_mbps, school.streams = "mobile", draws.one_of((10, 20, 30)), 1
    else:
        school.link_mbps, school.streams = draws.one_of((20, 50, 100, 100)), school.rooms
