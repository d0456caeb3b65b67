"""`tongtang` with one more scale, `small`: five counties of few pupils, for tests that stop it in the middle."""

import sys

from tongtang.config.cli import main
from tongtang.exchange.generate.scales import SCALES, Scale

SMALL = Scale(
    "small", "51", pupils=6_000, children=600, kindergartens=12, teachers=500, points=20, point_pupils=700,
    point_teachers=40, point_counties=5, counties=("513322", "513323", "513324", "513325", "513326"),
)  # fmt: skip

if __name__ == "__main__":
    SCALES["small"] = SMALL
    sys.exit(main(sys.argv[1:]))
