"""`make bench-base`: pupils by the million, checked and written, while other people read pages.

    .venv/bin/python -m bench.rosters [--pupils 1000000] [--engine sqlite|postgresql] [--full] [--json]

For each engine, in a home of its own with the engine's durable settings (PostgreSQL: fsync on; SQLite: as the product
runs it), with the product's web process serving and a reader in a process of its own asking it for pages:

first     a roster file of all pupils into an empty county: seconds for the check (read and validate), the comparison
          (SQLite: with its staging outside the lock) and the writing with COMMIT, in one process; its peak memory.
again     the same file: it must change nothing.
lock      seconds from the first write of the import to the end of its COMMIT: how long SQLite refuses other writers.
further   microseconds that one more pupil costs: the slope between a tenth of the pupils and all of them.
ratio     pupils a second of `first`, by those of Django's `bulk_create` of the same rows (pupils with their
          enrolments, in one transaction) in the same run beside the same readers, over --orm-rows of them.
          `ratio_in_processor_seconds` is the same in processor seconds of both sides: on a busy machine it says more.
pages     p99 of a signed-in person's first page, four readers with 50 ms between two requests, without the import and
          during `first` and `again`; requests that failed.
entries   entries of the audit chain that bear an import's id and the digest of its file: one each.
stand     pupils and their open enrolments in the county afterwards, counted by the database.

--full    9.45 million pupils in one file on PostgreSQL alone, within 6 minutes and 2 GB of the importing process.

Exit 0 when every limit is kept, 1 when one is missed; what was reached is printed beside its limit in either case.
"""

import argparse
import hashlib
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ENGINES = ("sqlite", "postgresql")
DURABLE = (
    "listen_addresses=",
    "max_connections=60",
    "shared_buffers=256MB",
    "max_wal_size=8GB",
    "checkpoint_timeout=15min",
)
FULL = 9_450_000
PUPILS_A_CLASS = 40
COUNTY, SMALLER, ORM = 421224000000, 421222000000, 421221000000
READERS, PAUSE, QUIET_SECONDS = 4, 0.05, 15
# Any characters will do for names; these begin the block of unified ideographs.
SURNAMES = [chr(0x4E00 + number) for number in range(30)]
GIVEN = [chr(0x5000 + number) for number in range(36)]
MALE, FEMALE = "\u7537", "\u5973"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rosters", description=__doc__.splitlines()[0])
    parser.add_argument("--pupils", type=int, default=1_000_000)
    parser.add_argument("--orm-rows", type=int, default=50_000)
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("--full", action="store_true", help="9.45 million pupils on PostgreSQL")
    parser.add_argument("--json", action="store_true", help="JSON alone on stdout")
    parser.add_argument("--work", choices=sorted(WORKS), help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        print(json.dumps(WORKS[options.work](*options.arguments)))
        return 0
    pupils = FULL if options.full else options.pupils
    engines = ("postgresql",) if options.full else tuple(options.engine or ENGINES)
    figures = {engine: measure(engine, pupils, options.orm_rows) for engine in engines}
    checks = {engine: over(engine, pupils, figures[engine]) for engine in engines}
    missed = [f"{engine}: {check[0]}" for engine in engines for check in checks[engine] if not check[-1]]
    print(json.dumps({**figures, "missed": missed}, indent=2) if options.json else table(figures, checks))
    return 1 if missed else 0


def over(engine: str, pupils: int, figures: dict[str, Any]) -> list[tuple[str, object, str, bool]]:
    """Each limit: name, what was reached, the limit in words, whether it was kept."""
    limit = 360.0 if pupils == FULL else 30.0 * max(pupils / 1_000_000, 0.1)
    lock = 10 * max(pupils / 1e6, 0.1)
    first, again, pages = figures["first"], figures["again"], figures["pages"]
    created = {"created": pupils, "changed": 0, "unchanged": 0, "ended": 0}
    none = {"created": 0, "changed": 0, "unchanged": pupils, "ended": 0}
    peak = max(first["peak_mb"], again["peak_mb"])
    checks = [
        ("first import, s", first["seconds"], f"<= {limit}", first["seconds"] <= limit),
        ("first import", first["counts"], "all created", first["counts"] == created),
        ("again", again["counts"], "0 changes", again["counts"] == none),
        ("stand afterwards", again["stand"], f"{pupils} each", set(again["stand"]) == {pupils}),
        ("audit entries", [first["entries"], again["entries"]], "1 each", first["entries"] == again["entries"] == 1),
        ("peak memory, MB", peak, "<= 2048", peak <= 2048),
        ("bulk_create, x", figures["ratio_to_bulk_create"], ">= 8", figures["ratio_to_bulk_create"] >= 8),
        ("p99 of pages, x", pages["p99_ratio"], "<= 2", pages["p99_ratio"] <= 2),
        ("requests failed", pages["failed"], "0", pages["failed"] == 0),
    ]
    if engine == "sqlite":
        checks.append(("write lock, s", first["lock"], f"<= {lock:g}", first["lock"] <= lock))
    return checks


def table(figures: dict[str, Any], checks: dict[str, list[tuple[str, object, str, bool]]]) -> str:
    lines = [f"{os.cpu_count()} cores"]
    for engine, found in figures.items():
        lines.append(f"\n{engine}")
        lines += [f"  {name:22} {json.dumps(value)}" for name, value in found.items()]
        lines += [
            f"  {'kept  ' if kept else 'MISSED'}  {name:18} {json.dumps(reached)}  (limit {words})"
            for name, reached, words, kept in checks[engine]
        ]
    return "\n".join(lines)


def measure(engine: str, pupils: int, orm_rows: int) -> dict[str, Any]:
    from tools.with_postgres import server

    with (
        tempfile.TemporaryDirectory(prefix="tongtang-bench-") as home,
        server(DURABLE) if engine == "postgresql" else nullcontext("") as url,
    ):
        os.environ |= {"TONGTANG_HOME": home, "TONGTANG_DATABASE_URL": url, "TONGTANG_HOSTS": "127.0.0.1"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "tongtang.config.settings"
        return _measure(Path(home), pupils, orm_rows)


def _measure(home: Path, pupils: int, orm_rows: int) -> dict[str, Any]:
    told(f"preparing {pupils} pupils ...")
    subprocess.run([sys.executable, "-m", "tongtang", "migrate"], check=True, stderr=subprocess.DEVNULL, cwd=ROOT)
    cookie = _work("prepare", pupils, pupils // 10, orm_rows)["cookie"]
    files = {name: home / f"{name}.csv" for name in ("all", "tenth", "orm")}
    for name, rows in (("all", pupils), ("tenth", pupils // 10), ("orm", orm_rows)):
        write_roster(files[name], rows)
    found: list[dict[str, Any]] = []
    with serving(home) as path:
        reader = Reader(path, cookie)
        told("bulk_create, a tenth ...")
        reader.during(lambda: found.append(_work("orm", files["orm"])))
        reader.during(lambda: found.append(_work("load", files["tenth"], SMALLER)))
        quiet = reader.during(lambda: time.sleep(QUIET_SECONDS))
        told("importing, twice ...")
        busy = reader.during(lambda: found.extend(_work("load", files["all"], COUNTY) for _turn in range(2)))
    orm, tenth, first, again = found
    rate = pupils / first["seconds"]
    return {
        "pupils": pupils,
        "load_before": round(os.getloadavg()[0], 1),
        "first": first,
        "again": again,
        "pupils_per_s": round(rate),
        "bulk_create_per_s": round(orm_rows / orm["seconds"]),
        "ratio_to_bulk_create": round(rate / (orm_rows / orm["seconds"]), 1),
        "ratio_in_processor_seconds": round(_processor(orm) / orm_rows / (_processor(first) / pupils), 1),
        "us_a_further_pupil": round((first["seconds"] - tenth["seconds"]) / (pupils - pupils // 10) * 1e6, 1),
        "pages": {
            "p99_quiet_ms": p99(quiet),
            "p99_importing_ms": p99(busy),
            "p99_ratio": round(p99(busy) / p99(quiet), 2),
            "requests": len(quiet) + len(busy),
            "failed": reader.failed,
        },
    }


def _processor(found: dict[str, float]) -> float:
    """Processor seconds of a piece of work, its database's included."""
    return found["cpu"] + found.get("server_cpu", 0)


def told(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def p99(milliseconds: list[float]) -> float:
    return round(sorted(milliseconds)[int(len(milliseconds) * 0.99)], 1)


def _work(name: str, *arguments: object) -> Any:
    """One piece of work in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "bench.rosters", "--work", name, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def write_roster(path: Path, pupils: int) -> None:
    """A roster file: classes of forty, names of three characters, birth dates over twelve years."""
    import polars as pl

    names = pl.Series([family + first + last for family in SURNAMES for first in GIVEN for last in GIVEN])
    with path.open("wb") as file:
        file.write(b"pupil_id,class_id,name,sex,birth_date\n")
        for start in range(0, pupils, 200_000):
            number = pl.int_range(start, min(start + 200_000, pupils), eager=True).alias("number")
            lot = number.hash(seed=1)
            frame = pl.DataFrame(
                [
                    ("x" + (number + 10**8).cast(pl.String)).alias("pupil_id"),
                    ("k" + (number // PUPILS_A_CLASS + 10**6).cast(pl.String)).alias("class_id"),
                    names.gather(lot % len(names)).alias("name"),
                    pl.Series([MALE, FEMALE]).gather(lot // 8 % 2).alias("sex"),
                    ((lot // 16 % 4300).cast(pl.Int32) + 14_500).cast(pl.Date).cast(pl.String).alias("birth_date"),
                ]
            )
            file.write(frame.write_csv(include_header=False).encode())


class Line(HTTPConnection):
    """HTTP over the socket of the web process."""

    def __init__(self, socket_path: str) -> None:
        super().__init__("127.0.0.1", timeout=60)
        self.socket_path = socket_path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(self.socket_path)


@contextmanager
def serving(home: Path) -> Iterator[Path]:
    """The product's web process; yields its socket."""
    path = home / "run" / "web.sock"
    path.parent.mkdir(exist_ok=True)
    with (home / "web.log").open("wb") as log:
        web = subprocess.Popen([sys.executable, "-m", "tongtang", "web"], cwd=ROOT, stdout=log, stderr=log)
    try:
        path = _answering(path.parent)
        yield path
    finally:
        web.terminate()
        web.wait()


def _answering(folder: Path) -> Path:
    for _turn in range(300):
        time.sleep(0.1)
        for path in folder.glob("*.sock"):
            connection = Line(str(path))
            try:
                connection.request("GET", "/sign-in")
                if connection.getresponse().status < 500:
                    return path
            except (OSError, HTTPException):
                continue
            finally:
                connection.close()
    sys.exit(f"bench.rosters: the web process does not answer:\n{(folder.parent / 'web.log').read_text()[-2000:]}")


class Reader:
    """Asks for pages from a process of its own while something else goes on; counts what failed."""

    def __init__(self, path: Path, cookie: str) -> None:
        self.path, self.cookie, self.failed = path, cookie, 0

    def during(self, work: Callable[[], object]) -> list[float]:
        """Milliseconds of each request while `work` ran."""
        command = [sys.executable, "-m", "bench.rosters", "--work", "read", str(self.path), self.cookie]
        reader = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        work()
        report, _nothing = reader.communicate("stop\n")
        found = json.loads(report)
        self.failed += found["failed"]
        return list(found["milliseconds"])


def read(path: str, cookie: str) -> dict[str, Any]:
    """Four readers until a line comes in."""
    stop = threading.Event()
    found: dict[str, Any] = {"milliseconds": [], "failed": 0}

    def one() -> None:
        connection = Line(path)
        while not stop.wait(PAUSE):
            began = time.monotonic()
            try:
                connection.request("GET", "/", headers={"Cookie": cookie})
                answer = connection.getresponse()
                answer.read()
                found["failed"] += answer.status != 200
            except (OSError, HTTPException):
                found["failed"] += 1
                connection.close()
            found["milliseconds"].append((time.monotonic() - began) * 1000)

    threads = [threading.Thread(target=one) for _reader in range(READERS)]
    for thread in threads:
        thread.start()
    sys.stdin.readline()
    stop.set()
    for thread in threads:
        thread.join()
    return found


def prepare(*pupils: str) -> dict[str, str]:
    """Classes for all pupils in three counties, and a signed-in person; her cookie."""
    import django

    django.setup()
    from django.db import transaction
    from tests.cast import make_cast, signed_in

    from tongtang.config.home import collect_static
    from tongtang.organisations.models import HomeClass

    collect_static()
    with transaction.atomic():
        cast = make_cast()
        school = cast.central
        for county, count in zip((COUNTY, SMALLER, ORM), pupils, strict=True):
            made = [
                HomeClass(
                    county_code=county,
                    source_id=f"k{number + 10**6}",
                    school=school,
                    name="1",
                    grades=[1],
                    pupil_count=40,
                )
                for number in range(int(count) // PUPILS_A_CLASS + 1)
            ]
            HomeClass.objects.bulk_create(made, batch_size=2000)
        cookies = signed_in(cast.teacher).cookies
    return {"cookie": "; ".join(f"{name}={value.value}" for name, value in cookies.items())}


def load(path: str, county: str) -> dict[str, Any]:
    """One import, with the seconds of each stage."""
    import django

    django.setup()
    from django.db import connection

    from tongtang.audit.models import Entry
    from tongtang.config.cli import PATIENCE
    from tongtang.exchange.roster import runs
    from tongtang.people.models import Enrolment, Pupil

    marks: dict[str, float] = {}

    def timed(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*values: Any, **more: Any) -> Any:
            began = time.monotonic()
            marks[f"{name}_began"] = began
            try:
                return work(*values, **more)
            finally:
                marks[name] = round(time.monotonic() - began, 2)

        return measured

    for name, word in (("read_pupils", "check"), ("prepare", "compare"), ("write_pupils", "write")):
        setattr(runs, name, timed(word, getattr(runs, name)))
    if connection.vendor == "postgresql":
        os.nice(PATIENCE)  # as the command does
    connection.ensure_connection()
    began, processor = time.monotonic(), time.process_time()
    run = runs.import_roster(Path(path), int(county), by="command:bench")
    ended = time.monotonic()
    pupils = Pupil.objects.filter(county_code=county, ended_on=None)
    entries = Entry.objects.filter(object=f"import:{run.public_id}")
    return {
        "seconds": round(ended - began, 2),
        **{name: marks[name] for name in ("check", "compare", "write")},
        "lock": round(ended - marks["write_began"], 2),
        "cpu": round(time.process_time() - processor, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        **(_server() if connection.vendor == "postgresql" else {}),
        "counts": run.counts,
        "stand": [rows.count() for rows in (pupils, Enrolment.objects.filter(pupil__in=pupils, valid_to=None))],
        "entries": sum(run.digest == _digest(Path(path)) in str(entry.detail) for entry in entries),
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _server() -> dict[str, float]:
    """Of the PostgreSQL process of this connection: its peak memory with what it shares, and its processor seconds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    peak = int(next(line for line in status if line.startswith("VmHWM")).split()[1]) // 1024
    user, system = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    return {"server_peak_mb": peak, "server_cpu": round((int(user) + int(system)) / os.sysconf("SC_CLK_TCK"), 1)}


def orm(path: str) -> dict[str, float]:
    """Seconds of `bulk_create` for the same rows."""
    import csv

    import django

    django.setup()
    from django.db import connection, transaction

    from tongtang.organisations.models import HomeClass
    from tongtang.people.models import Enrolment, Pupil

    classes = dict(HomeClass.objects.filter(county_code=ORM).values_list("source_id", "pk"))
    connection.ensure_connection()
    began, processor = time.monotonic(), time.process_time()
    with open(path, encoding="utf-8", newline="") as file, transaction.atomic():
        rows = list(csv.DictReader(file))
        pupils = Pupil.objects.bulk_create(
            [
                Pupil(
                    county_code=ORM,
                    source_id=row["pupil_id"],
                    name=row["name"],
                    sex="male" if row["sex"] == MALE else "female",
                    birth_date=row["birth_date"],
                )
                for row in rows
            ],
            batch_size=2000,
        )
        Enrolment.objects.bulk_create(
            [
                Enrolment(pupil=pupil, home_class_id=classes[row["class_id"]], valid_from="2026-09-01")
                for pupil, row in zip(pupils, rows, strict=True)
            ],
            batch_size=2000,
        )
    return {
        "seconds": round(time.monotonic() - began, 2),
        "cpu": round(time.process_time() - processor, 2),
        **(_server() if connection.vendor == "postgresql" else {}),
    }


WORKS: dict[str, Callable[..., Any]] = {"prepare": prepare, "load": load, "orm": orm, "read": read}


if __name__ == "__main__":
    sys.exit(main())
