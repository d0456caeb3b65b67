"""The command line's words: the product's catalogue, read without Django, so that `--help` touches no home."""

import gettext as catalogue
from pathlib import Path

_LOCALE = Path(__file__).resolve().parents[1] / "locale"
gettext = catalogue.translation("django", _LOCALE, ["zh_Hans"], fallback=True).gettext
