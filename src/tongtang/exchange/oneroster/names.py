"""One name of ours in the two of OneRoster, and back: `joined(*split(name)) == name` for every name."""

import re

# Characters of Chinese names and of the dot in names of minorities; such a name is written without a space.
HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\u00b7\u2022\u30fb]+")
# The common surnames of two characters.
_COMPOUND = (
    "\u6b27\u9633\u592a\u53f2\u7aef\u6728\u4e0a\u5b98\u53f8\u9a6c\u4e1c\u65b9\u72ec\u5b64"
    "\u5357\u5bab\u4e07\u4fdf\u95fb\u4eba\u590f\u4faf\u8bf8\u845b\u5c09\u8fdf\u516c\u7f8a"
    "\u8d6b\u8fde\u6fb9\u53f0\u7687\u752b\u5b97\u653f\u6fee\u9633\u516c\u51b6\u592a\u53d4"
    "\u7533\u5c60\u516c\u5b59\u6155\u5bb9\u949f\u79bb\u957f\u5b59\u5b87\u6587\u53f8\u5f92"
    "\u9c9c\u4e8e\u53f8\u7a7a\u95fe\u4e18\u5b50\u8f66\u4ee4\u72d0\u4e1c\u90ed\u897f\u95e8"
    "\u5357\u95e8\u547c\u5ef6\u7f8a\u820c\u5fae\u751f"
)
COMPOUND = frozenset(_COMPOUND[at : at + 2] for at in range(0, len(_COMPOUND), 2))
NO_FAMILY = "."


def split(name: str) -> tuple[str, str]:
    """Family name and given name; a name that cannot be divided is all given name, its family name a full stop."""
    if HAN.fullmatch(name) and len(name) > 1:
        length = 2 if name[:2] in COMPOUND and len(name) > 2 else 1
        parts = (name[:length], name[length:])
    else:
        given, _space, family = name.rpartition(" ")
        parts = (family, given)
    return parts if all(parts) and joined(*parts) == name else (NO_FAMILY, name)


def joined(family: str, given: str) -> str:
    """The name as it is said here: family name first and no space in Chinese, else last."""
    if family == NO_FAMILY:
        return given
    return family + given if HAN.fullmatch(family + given) else f"{given} {family}"
