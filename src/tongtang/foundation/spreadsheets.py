"""Which texts a spreadsheet takes for formulas: the one rule for every table that people take away."""

import re

# U+FF0x and U+FE6x are the full-width and small forms of = + - @, which some spreadsheets take for the plain ones.
FORMULA_STARTS = frozenset("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212")
BLANK = " \u00a0\u2000-\u200f\u3000\ufeff\u2060\u202a-\u202e"
LEADING_BLANK = re.compile(f"^[{BLANK}]+")


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet that guesses could take `text` for a formula; blanks before it do not help."""
    bare = LEADING_BLANK.sub("", text)
    return text[:1] in FORMULA_STARTS if text and not bare else bare[:1] in FORMULA_STARTS and bool(bare)


def safe_text(text: str) -> str:
    """`text` for a CSV cell: one that would be run gets an apostrophe before it, as OWASP advises."""
    return f"'{text}" if is_dangerous(text) else text
