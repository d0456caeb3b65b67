"""Places as they are named on the command line."""

import argparse

from django.utils.translation import gettext as _

from tongtang.access.throttle import Refused
from tongtang.organisations.models import Region


def county_code(text: str) -> int:
    """The 12-digit code of a 6-digit one."""
    if not text.isascii() or not text.isdigit() or len(text) != 6:
        raise argparse.ArgumentTypeError(_("%(code)s is not a 6-digit division code of a county") % {"code": text})
    return int(text) * 10**6


def region_of(code: int) -> Region:
    """A division by its 12-digit code.

    Raises:
        Refused: there is none.
    """
    region = Region.objects.filter(code=code).first()
    if region is None:
        sentence = _("No division has the code %(code)d. Check it, and load the divisions: `tongtang load-regions`.")
        raise Refused(sentence % {"code": code // 10**6})
    return region
