"""What the audit chain costs: `python bench/audit.py [--entries 1000000] [--json]`, on the database of the environment.

Fills an empty database (a new SQLite file where TONGTANG_DATABASE_URL names none; `tools/with_postgres.py` gives a
PostgreSQL) with entries as the product appends them, then times `tongtang audit verify` as an operator runs it.
Exit 0 when 10^6 entries are verified within 30 s (fewer or more: in proportion), else 1.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

LIMIT_SECONDS_A_MILLION = 30
AT_ONCE = 10_000
STREAMS = ("access", "reads", "import", "consent")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tongtang-bench-") as home:
        os.environ |= {"TONGTANG_HOME": home, "DJANGO_SETTINGS_MODULE": "tongtang.config.settings"}
        figures = measure(options.entries)
    limit = LIMIT_SECONDS_A_MILLION * options.entries / 1_000_000
    figures["ratio_to_limit"] = round(figures["verify_seconds"] / limit, 2)
    print(json.dumps(figures, indent=1) if options.json else "\n".join(f"{k:24} {v}" for k, v in figures.items()))
    return 0 if figures["whole"] and figures["ratio_to_limit"] <= 1 else 1


def measure(entries: int) -> dict[str, Any]:
    tongtang = [sys.executable, "-m", "tongtang"]
    subprocess.run([*tongtang, "migrate"], check=True, stderr=subprocess.DEVNULL)
    append_seconds, single_us, vendor = fill(entries)
    began = time.monotonic()
    done = subprocess.run([*tongtang, "audit", "verify", "--json"], capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    report = json.loads(done.stdout)
    return {
        "engine": vendor,
        "entries": report["entries"],
        "whole": report["whole"] and done.returncode == 0,
        "verify_seconds": round(seconds, 1),
        "verify_us_an_entry": round(seconds / report["entries"] * 1e6, 1),
        "append_us_in_bulk": round(append_seconds / entries * 1e6, 1),
        "append_us_alone": round(single_us, 1),
        "load_before": round(os.getloadavg()[0], 1),
    }


def fill(entries: int) -> tuple[float, float, str]:
    """Seconds for `entries` in bulk, µs for one alone in its own transaction, and the engine."""
    import django

    django.setup()
    from django.db import connection

    from tongtang.audit.api import append, append_all, written

    began = time.monotonic()
    for start in range(0, entries, AT_ONCE):
        size = min(AT_ONCE, entries - start)
        append_all(
            STREAMS[start // AT_ONCE % len(STREAMS)],
            [
                written(
                    action="recording.viewed",
                    actor="person:1234567",
                    object="recording:8d5fc9c0-7f5d-4f5c-9a39-0c8a4d1a7a10",
                    detail={"number": start + number, "lesson": "2f1e8bbd-3fd2-4d2f-8f0a-5f7a8f3c9e11"},
                    region_code=421223000000,
                )
                for number in range(size)
            ],
        )
    bulk = time.monotonic() - began
    began = time.monotonic()
    for number in range(200):
        append(stream="reads", action="bench", actor="system", object=f"x:{number}", region_code=1)
    return bulk, (time.monotonic() - began) / 200 * 1e6, connection.vendor


if __name__ == "__main__":
    sys.exit(main())
