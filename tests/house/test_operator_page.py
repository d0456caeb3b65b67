"""The operator's page says what the program does."""

import re
from pathlib import Path

from tongtang.config.cli import COMMANDS
from tongtang.foundation.environment import KNOWN

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/operator.md").read_text(encoding="utf-8")


def test_the_table_holds_exactly_the_settings() -> None:
    assert set(re.findall(r"^\| `(TONGTANG_\w+)` \|", PAGE, re.MULTILINE)) == KNOWN


def test_every_command_it_names_exists() -> None:
    named = set(re.findall(r"(?:^|\W)tongtang ([a-z]+(?:-[a-z]+)*)\b(?=[` \n])", PAGE))
    assert named - set(COMMANDS) == set()


def test_the_readme_fits_on_one_screen() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 40
