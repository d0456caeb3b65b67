"""How large a region is. The numbers are those of the five programmes; `figures` says where each comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tongtang.curriculum.api import Stage

# Pupils by stage in a province where nine years are for all and two of three go on.
SHARES = {Stage.PRIMARY: 0.575, Stage.JUNIOR: 0.27, Stage.SENIOR: 0.155}


@dataclass(frozen=True)
class Fixed:
    """What one prefecture is known to have."""

    pupils: int
    teachers: int


@dataclass(frozen=True)
class Scale:
    """A region's sums. `counties` are 6-digit codes, none for a whole province; pupils are those of grades 1 to 12.

    `shares`: pupils by stage. `townships` limits a county to its first ones. `satellite`: prefectures whose points hang
    on satellites more often, whose schools board and whose names are not Chinese ones only.
    """

    name: str
    province: str
    pupils: int
    children: int
    kindergartens: int
    teachers: int
    points: int
    point_pupils: int
    point_teachers: int
    point_counties: int = 1
    anchors: int = 0
    receivers: int = 0
    receiver_pupils: int = 0
    receiver_classes: int = 0
    receiver_teachers: int = 0
    counties: tuple[str, ...] = ()
    townships: int = 0
    shares: Mapping[Stage, float] = field(default_factory=lambda: dict(SHARES))
    fixed: Mapping[str, Fixed] = field(default_factory=dict)


PLATEAU = frozenset(("5132", "5133", "5134"))
TIBETAN = frozenset(("5132", "5133"))
YI = frozenset(("5134",))

POINT = Scale(
    "point", "42", pupils=203, children=40, kindergartens=1, teachers=16, points=1, point_pupils=23, point_teachers=2,
    counties=("421224",), townships=1, shares={Stage.PRIMARY: 1.0},
)  # fmt: skip
COUNTY = Scale(
    "county", "42", pupils=42_000, children=7_400, kindergartens=58, teachers=2_937, points=36, point_pupils=1_180,
    point_teachers=74, anchors=1, receivers=8, receiver_pupils=2_150, receiver_classes=54, receiver_teachers=150,
    counties=("421224",),
)  # fmt: skip
SICHUAN = Scale(
    "sichuan", "51", pupils=9_450_000, children=1_980_000, kindergartens=18_000, teachers=660_839, points=9_298,
    point_pupils=600_000, point_teachers=34_000, point_counties=123, anchors=44, receivers=1_600,
    receiver_pupils=430_000, receiver_classes=10_750, receiver_teachers=30_000, fixed={"5133": Fixed(175_000, 13_000)},
)  # fmt: skip
SCALES = {scale.name: scale for scale in (POINT, COUNTY, SICHUAN)}
