"""A media process for the tests: wished rooms and denied participants from JSON files, reports into one.

`python -m tongtang.classroom.media.tests.node HOME`
"""

import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tongtang.classroom.media.desired import Border, DesiredRoom, Report
from tongtang.classroom.media.process import MediaSettings, run
from tongtang.classroom.media.tickets import Grant

SECRET = "a secret of the tests"


def main(home: Path) -> None:
    def desired() -> list[DesiredRoom]:
        rows = json.loads((home / "wished.json").read_text(encoding="utf-8"))
        return [DesiredRoom(**{**row, "file": Path(row["file"]) if row.get("file") else None}) for row in rows]

    def allowed(grants: Sequence[Grant]) -> list[bool]:
        denied = json.loads((home / "denied.json").read_text(encoding="utf-8"))
        return [grant.participant not in denied for grant in grants]

    def report(news: Report) -> None:
        with (home / "reports.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"news": type(news).__name__, **asdict(news)}) + "\n")

    run(MediaSettings(home, SECRET, ["localhost", "127.0.0.1"]), Border(desired, report, allowed))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    main(Path(sys.argv[1]))
