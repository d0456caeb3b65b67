"""Words for the codes of actions; they stand in `actions.toml`, one line an action."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def _words() -> Mapping[str, str]:
    return tomllib.loads(Path(__file__).with_name("actions.toml").read_text(encoding="utf-8"))


def action_word(code: str) -> str:
    """The word of an action, else its code."""
    return _words().get(code, code)
