"""`tongtang audit` and `tongtang retention` as an operator runs them, on a home of their own."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.houses import House, fresh_house, furnish

PASTS_THE_GUARD = "DROP TRIGGER audit_entry_update; DROP TRIGGER audit_entry_delete;"


@pytest.fixture(scope="module")
def example() -> Iterator[Path]:
    """A home with entries in its chain and signed heads of them, to be copied."""
    regions = "INSERT INTO organisations_region (code, name, level) VALUES (421223000000, 'X', 6)"
    with fresh_house() as house:
        furnish(house)
        script(house, regions)
        for number in range(3):
            done = house.tongtang("create-administrator", "--county", "421223", "--user", f"m{number}", "--name", "X")
            assert done.returncode == 0, done.stderr
        assert house.tongtang("audit", "heads", "--write").returncode == 0
        yield house.home


@pytest.fixture
def kept(example: Path, house: House) -> House:
    shutil.copytree(example, house.home)
    return house


def script(house: House, statements: str) -> None:
    with sqlite3.connect(house.home / "tongtang.sqlite3") as database:
        database.executescript(statements)


def verdict(house: House, *words: str) -> tuple[int, dict]:
    done = house.tongtang("audit", "verify", "--json", *words)
    return done.returncode, json.loads(done.stdout)


def test_a_whole_chain_is_whole(kept: House) -> None:
    code, report = verdict(kept)
    assert (code, report["whole"], report["head_files"], report["findings"]) == (0, True, 1, [])
    assert report["entries"] == report["streams"]["access"] >= 3


def test_an_edit_is_named_by_stream_and_number(kept: House) -> None:
    script(kept, f"{PASTS_THE_GUARD} UPDATE audit_entry SET actor = 'system ' WHERE seq = 2")
    code, report = verdict(kept)
    assert code == 1
    assert {"stream": "access", "seq": 2, "fault": "changed"} in report["findings"]
    said = kept.tongtang("audit", "verify").stderr
    assert "access" in said
    assert "2" in said


def test_a_tail_cut_off_with_its_head_is_seen_by_a_copy_elsewhere(kept: House, tmp_path) -> None:
    copy = tmp_path / "heads.json"
    copy.write_text(kept.tongtang("audit", "heads").stdout)
    key = json.loads(copy.read_text())["key"]
    script(
        kept,
        f"{PASTS_THE_GUARD} DELETE FROM audit_entry WHERE seq > 1;"
        "UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit_entry WHERE stream = 'access' AND seq = 1)",
    )
    for file in (kept.home / "audit-heads").iterdir():
        file.unlink()
    assert verdict(kept)[0] == 0
    code, report = verdict(kept, "--heads", str(copy), "--key", key)
    assert (code, report["findings"]) == (1, [{"stream": "access", "seq": 2, "fault": "truncated"}])


def test_a_file_that_is_no_file_of_heads_is_a_finding(kept: House, tmp_path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    code, report = verdict(kept, "--heads", str(bad))
    assert (code, report["whole"]) == (1, False)
    assert "bad.json" in report["distrusted"][0]


def test_retention_counts_first_and_then_deletes_with_proof(kept: House) -> None:
    script(
        kept,
        "INSERT INTO access_signinfailure (subject, address, at) VALUES ('x', '192.0.2.1', '2020-01-01 00:00:00')",
    )
    for words, left in ((["--dry-run"], 1), ([], 0)):
        done = kept.tongtang("retention", "run", "--json", *words)
        counted = {row["category"]: row["count"] for row in json.loads(done.stdout)}
        assert (done.returncode, counted["sign-in-failures"]) == (0, 1)
        with sqlite3.connect(kept.home / "tongtang.sqlite3") as database:
            assert database.execute("SELECT count(*) FROM access_signinfailure").fetchone() == (left,)
    assert verdict(kept)[1]["streams"]["retention"] == 1


def test_the_yearly_report(kept: House, tmp_path) -> None:
    done = kept.tongtang("audit", "minors-report", "--year", "2025", "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["sections"]) == 9
    assert kept.tongtang("audit", "minors-report", "--year", "2025", "--xlsx", str(tmp_path / "r.xlsx")).returncode == 0
    assert (tmp_path / "r.xlsx").stat().st_size > 5000
    assert "三十七条" in kept.tongtang("audit", "minors-report", "--year", "2025").stdout
    assert kept.tongtang("audit", "minors-report", "--year", "1999").returncode == 1
