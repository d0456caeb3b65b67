"""What `tongtang demo` prepares before it serves, and what it prints."""

import subprocess
import sys
from datetime import timedelta

from tongtang.demo import accounts, family, lessons, pictures
from tongtang.demo.folder import COUNTY, write_demo_folder
from tongtang.demo.identities import IDENTITIES
from tongtang.exchange.api import load_county, publish_folder
from tongtang.foundation import clock
from tongtang.foundation.environment import environment


class DemoBroken(RuntimeError):
    """The demo county does not load or its plan does not publish: a fault of the product, told with its reasons."""


def prepare() -> None:
    """Seed the home, or bring it up to today; a second start changes nothing that stands.

    Raises:
        DemoBroken: the demo's own files were refused.
    """
    env, today = environment(), clock.today()
    folder = write_demo_folder(env.home / "demo-county", today)
    report = load_county(folder, COUNTY)
    if report.errors:
        raise DemoBroken("; ".join(damage.message for damage in report.errors))
    outcome = publish_folder(folder, today, COUNTY)
    if outcome.violations:
        raise DemoBroken("; ".join(str(one["sentence"]) for one in outcome.violations))
    accounts.make_accounts()
    family.enter_demo_answers()
    _lessons()


def _lessons() -> None:
    now = clock.now()
    try:
        pictures.film()
        lessons.ensure_film(now)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"演示录像做不出来，其余照常：{error}", file=sys.stderr)
    lessons.ensure_extra_lessons(now)
    lessons.record_what_happened(lessons.ensure_safety_lesson(clock.today() - timedelta(days=1)))
    lessons.ensure_safety_lesson(clock.today())


def greeting() -> list[str]:
    """Addresses and sign-ins, a line each."""
    env, known = environment(), accounts.passwords()
    scheme = "https" if env.https else "http"
    width = max(len(identity.host) for identity in IDENTITIES)
    lines = ["", "同堂演示：每个身份用自己的网址，可以在一个浏览器里并排打开。用户名 / 密码："]
    for identity in IDENTITIES:
        address = f"{scheme}://{identity.host}.localhost:{env.port}/"
        lines.append(f"  {address:<{width + 26}} {identity.user:<13} {known[identity.user]}  {identity.who}")
    return [*lines, "先用 visitor 看一节正在上的课；再用 a01、d01、d02、d03 上一节完整的课。按 Ctrl-C 结束。", ""]
