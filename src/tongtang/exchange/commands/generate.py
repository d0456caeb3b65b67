"""`tongtang generate`: a made-up region at true scale, loaded as a real one is."""

import argparse
import json
import sys
from pathlib import Path

from django.utils.translation import gettext as _

from tongtang.exchange.generate.figures import as_lines, figures
from tongtang.exchange.generate.run import Order, Outcome, generate, school_year
from tongtang.exchange.generate.scales import SCALES
from tongtang.exchange.generate.state import CannotGenerate
from tongtang.foundation import clock
from tongtang.organisations.api import DivisionsMissing

DONE, REFUSED = 0, 1
HIGHEST_SEED = 2**32 - 1


def _whole(text: str, low: int, high: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 10 or not low <= int(text) <= high:
        sentence = _("%(text)s is not a whole number from %(low)d to %(high)d")
        raise argparse.ArgumentTypeError(sentence % {"text": text, "low": low, "high": high})
    return int(text)


def _seed(text: str) -> int:
    return _whole(text, 0, HIGHEST_SEED)


def _year(text: str) -> int:
    return _whole(text, 2000, 2100)


def _out(text: str) -> Path:
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(_("%(path)s is not a folder") % {"path": text})
    return path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scale",
        choices=sorted(SCALES),
        required=True,
        help=_("a point with its central school, a county, a province"),
    )
    parser.add_argument(
        "--seed", type=_seed, required=True, metavar="N", help=_("the number from which everything follows")
    )
    parser.add_argument("--out", type=_out, metavar="DIR", help=_("keep the folders of files here, one a county"))
    parser.add_argument("--resume", action="store_true", help=_("go on with a run that was stopped"))
    parser.add_argument("--files-only", action="store_true", help=_("write the files into --out and load nothing"))
    parser.add_argument(
        "--year", type=_year, metavar="YYYY", help=_("the school year's first; default the present one")
    )
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 made, 1 refused: what was finished before the refusal stands."""
    if options.files_only and options.out is None:
        return _refuse(_("--files-only needs --out: say where the files go."))
    order = Order(
        SCALES[options.scale],
        options.seed,
        options.year or school_year(clock.today()),
        options.out,
        resume=options.resume,
        load=not options.files_only,
    )
    try:
        outcome = generate(order)
    except CannotGenerate as refusal:
        return _refuse(str(refusal))
    except DivisionsMissing as missing:
        sentence = _("%(path)s is missing: run `make setup`, then `tongtang load-regions`.")
        return _refuse(sentence % {"path": missing})
    found = figures(outcome.tally)
    if options.json:
        print(json.dumps(_as_json(order, outcome), ensure_ascii=False))
    if order.scale.name == "sichuan":
        print("\n".join([_("      figure       reached  source"), *as_lines(found)]), file=sys.stderr)
    counts = {name: outcome.tally[name] for name in ("counties", "pupils", "teachers")}
    counts |= {"children": outcome.tally["kindergarten.pupils"], "seed": order.seed, "year": order.year}
    sentence = _(
        "%(counties)d counties, %(pupils)d pupils, %(children)d children in kindergartens, %(teachers)d teachers; "
        "seed %(seed)d, school year %(year)d."
    )
    print(sentence % counts, file=sys.stderr)
    return DONE


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return REFUSED


def _as_json(order: Order, outcome: Outcome) -> dict[str, object]:
    """scale, seed, year, counts, rows (by table), digests (of each county's folder), figures."""
    return {
        "scale": order.scale.name,
        "seed": order.seed,
        "year": order.year,
        "counts": dict(sorted(outcome.tally.items())),
        "rows": dict(sorted(outcome.rows.items())),
        "digests": outcome.digests,
        "figures": [figure.as_json() for figure in figures(outcome.tally)] if order.scale.name == "sichuan" else [],
    }
