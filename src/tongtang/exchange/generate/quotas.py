"""A region's sums shared out among its counties: what each county has, before any school is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tongtang.curriculum.api import STAGE_GRADES, Stage
from tongtang.exchange.generate.draws import Draws, apportion
from tongtang.exchange.generate.places import Place
from tongtang.exchange.generate.scales import PLATEAU, Scale

ANCHOR_PUPILS = {Stage.PRIMARY: 2_400, Stage.JUNIOR: 2_100, Stage.SENIOR: 3_000}
ANCHOR_STAGES = (Stage.PRIMARY, Stage.PRIMARY, Stage.JUNIOR, Stage.JUNIOR, Stage.SENIOR)
LEAST_FOR_ANCHOR = 20_000
POINT_SHARE, RECEIVER_SHARE = 0.2, 0.25


@dataclass(frozen=True)
class Receiver:
    """A school that receives from anchor number `anchor` (counted from 0)."""

    anchor: int
    stage: Stage
    pupils: int
    classes: int
    teachers: int


@dataclass(frozen=True)
class Quota:
    """What one county has. `teachers` are all of grades 1 to 12; `anchors` are numbers and stages."""

    place: Place
    pupils: int
    teachers: int
    children: int
    kindergartens: int
    points: int = 0
    point_pupils: int = 0
    point_teachers: int = 0
    anchors: tuple[tuple[int, Stage], ...] = ()
    receivers: tuple[Receiver, ...] = ()
    stages: Mapping[Stage, int] = field(default_factory=dict)

    @property
    def on_plateau(self) -> bool:
        return self.place.code[:4] in PLATEAU


def share_out(scale: Scale, places: Sequence[Place], seed: int) -> list[Quota]:
    """A quota for each of `places`; over all of them each sum of the scale is met exactly."""
    draws = Draws(seed, scale.name, "quotas")
    people = [place.weight * (0.85 + 0.3 * draws.share()) for place in places]
    pupils = _with_fixed(scale, places, people, "pupils")
    teachers = _with_fixed(scale, places, pupils, "teachers")
    points, point_pupils, point_teachers = _points(scale, places, pupils, draws)
    anchors = _anchors(scale, pupils, draws)
    receivers = _receivers(scale, pupils, anchors, draws)
    children = apportion(scale.children, pupils, low=15)
    kindergartens = apportion(scale.kindergartens, children, low=1, high=[max(1, each // 20) for each in children])
    return [
        Quota(
            place, pupils[index], teachers[index], children[index], kindergartens[index], points[index],
            point_pupils[index], point_teachers[index], tuple(anchors.get(index, ())), tuple(receivers[index]),
            dict(zip(scale.shares, apportion(pupils[index], list(scale.shares.values())), strict=True)),
        )
        for index, place in enumerate(places)
    ]  # fmt: skip


def _with_fixed(scale: Scale, places: Sequence[Place], weights: Sequence[float], what: str) -> list[int]:
    """The scale's sum by `weights`, where the prefectures whose own sum is known keep it."""
    parts = [0] * len(places)
    rest = getattr(scale, what)
    free = set(range(len(places)))
    for prefecture, fixed in scale.fixed.items():
        inside = [index for index, place in enumerate(places) if place.code.startswith(prefecture)]
        own = apportion(getattr(fixed, what), [weights[index] for index in inside])
        for index, part in zip(inside, own, strict=True):
            parts[index] = part
        rest -= getattr(fixed, what)
        free -= set(inside)
    outside = sorted(free)
    for index, part in zip(outside, apportion(rest, [weights[index] for index in outside]), strict=True):
        parts[index] = part
    return parts


def _points(
    scale: Scale, places: Sequence[Place], pupils: Sequence[int], draws: Draws
) -> tuple[list[int], list[int], list[int]]:
    """Points, their pupils and their teachers: in the counties with the most villages for their people."""
    rural = [place.villages * (0.8 + 0.4 * draws.share()) for place in places]
    chosen = sorted(sorted(range(len(places)), key=lambda index: -rural[index])[: scale.point_counties])
    mean = scale.point_pupils / scale.points
    room = [min(int(pupils[index] * POINT_SHARE / mean) + 1, places[index].villages) for index in chosen]
    points = apportion(scale.points, [rural[index] for index in chosen], low=1, high=room)
    heads = apportion(scale.point_pupils, [part * (0.8 + 0.4 * draws.share()) for part in points], low=3)
    staff = _at_least(apportion(scale.point_teachers, heads), points)
    result = [[0] * len(places) for _kind in range(3)]
    for slot, index in enumerate(chosen):
        for column, values in zip(result, (points, heads, staff), strict=True):
            column[index] = values[slot]
    return result[0], result[1], result[2]


def _anchors(scale: Scale, pupils: Sequence[int], draws: Draws) -> dict[int, list[tuple[int, Stage]]]:
    """Anchor schools by county: in the largest ones, several where one county is very large."""
    able = [index for index, count in enumerate(pupils) if count >= LEAST_FOR_ANCHOR]
    if not scale.anchors:
        return {}
    most = [max(1, pupils[index] // LEAST_FOR_ANCHOR) for index in able]
    weights = [pupils[index] ** 1.5 * (0.5 + draws.share()) for index in able]
    counts = apportion(scale.anchors, weights, high=most)
    anchors: dict[int, list[tuple[int, Stage]]] = {}
    number = 0
    for index, count in zip(able, counts, strict=True):
        for _school in range(count):
            stage = ANCHOR_STAGES[number % len(ANCHOR_STAGES)]
            anchors.setdefault(index, []).append((number, stage))
            number += 1
    return anchors


def _receivers(
    scale: Scale, pupils: Sequence[int], anchors: Mapping[int, Sequence[tuple[int, Stage]]], draws: Draws
) -> list[list[Receiver]]:
    """Receiving schools by county; each anchor has its even share of them, of its own stage, anywhere in the region."""
    if not scale.receivers:
        return [[] for _county in pupils]
    stages = dict(anchor for found in anchors.values() for anchor in found)
    sources = draws.mixed([number % len(stages) for number in range(scale.receivers)])
    lengths = [len(STAGE_GRADES[stages[source]]) for source in sources]
    sizes = [max(length, 6) * (0.7 + 0.6 * draws.share()) for length in lengths]
    classes = apportion(scale.receiver_classes, sizes, low=3)
    classes = _at_least(classes, lengths)
    heads = apportion(
        scale.receiver_pupils, [count * (0.8 + 0.4 * draws.share()) for count in classes],
        high=[count * 44 for count in classes],
    )  # fmt: skip
    teachers = apportion(scale.receiver_teachers, heads, low=2)
    schools = iter(
        Receiver(source, stages[source], *numbers)
        for source, *numbers in zip(sources, heads, classes, teachers, strict=True)
    )
    mean = scale.receiver_pupils / scale.receivers
    room = [max(1, int(count * RECEIVER_SHARE / mean)) for count in pupils]
    counts = apportion(scale.receivers, [count**0.5 for count in pupils], low=1, high=room)
    return [[next(schools) for _school in range(count)] for count in counts]


def _at_least(parts: Sequence[int], least: Sequence[int]) -> list[int]:
    """The same sum with no part under its own least; what is lacking comes from the largest parts."""
    raised = [max(part, low) for part, low in zip(parts, least, strict=True)]
    surplus = sum(raised) - sum(parts)
    order = sorted(range(len(raised)), key=lambda index: (least[index] - raised[index], index))
    while surplus:
        for index in order:
            if surplus and raised[index] > least[index]:
                raised[index] -= 1
                surplus -= 1
    return raised
