"""`tongtang create-administrator`: a holder of one of the three powers over a region, with a one-time code."""

import argparse
import json
import sys

from django.utils.translation import gettext as _

from tongtang.access.actions import ACTIVATION_LIFE, create_administrator
from tongtang.access.commands.places import county_code, region_of
from tongtang.access.models import Role
from tongtang.access.throttle import Refused
from tongtang.foundation import clock

DONE, REFUSED = 0, 1
POWER = {"system": Role.SYSTEM_ADMINISTRATOR, "security": Role.SECURITY_ADMINISTRATOR, "audit": Role.AUDITOR}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--county", type=county_code, required=True, metavar="CODE", help=_("6-digit division code, like 421223")
    )
    parser.add_argument("--user", required=True, metavar="NAME", help=_("user name to sign in with"))
    parser.add_argument("--name", required=True, help=_("the person's name"))
    parser.add_argument(
        "--power", choices=POWER, default="system", help=_("system (default), security or audit; nobody holds two")
    )
    parser.add_argument("--json", action="store_true", help=_("print the result as JSON"))


def run(options: argparse.Namespace) -> int:
    """0 made, 1 refused and nothing written."""
    try:
        region = region_of(options.county)
        person, code = create_administrator(
            county=region, user_name=options.user, name=options.name, power=POWER[options.power]
        )
    except Refused as refused:
        print(refused, file=sys.stderr)
        return REFUSED
    until = clock.civil(clock.now() + ACTIVATION_LIFE).date()
    if options.json:
        made = {"county": options.county // 10**6, "user": person.source_id, "name": person.name, "code": code}
        print(json.dumps(made | {"until": until.isoformat()}, ensure_ascii=False))
    words = _("%(name)s, user name %(user)s: one-time code %(code)s, good until %(until)s. Open /activate to use it.")
    values = {"name": person.name, "user": person.source_id, "code": code, "until": until}
    print(words % values, file=sys.stderr if options.json else sys.stdout)
    return DONE
