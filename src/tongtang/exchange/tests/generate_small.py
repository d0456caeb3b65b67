"""`tongtang` with one more scale, `small`: five counties of few pupils, for tests that stop it in the middle."""

import sys
from importlib import import_module

from tongtang.config.cli import main
from tongtang.config.home import load_django


def add_small_scale() -> None:
    """Scales speak of stages, which need Django loaded."""
    scales = import_module("tongtang.exchange.generate.scales")
    scales.SCALES["small"] = scales.Scale(
        "small", "51", pupils=6_000, children=600, kindergartens=12, teachers=500, points=20, point_pupils=700,
        point_teachers=40, point_counties=5, counties=("513322", "513323", "513324", "513325", "513326"),
    )  # fmt: skip


if __name__ == "__main__":
    load_django()
    add_small_scale()
    sys.exit(main(sys.argv[1:]))
