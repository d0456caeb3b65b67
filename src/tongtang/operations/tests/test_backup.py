"""Backups of a small home: what comes back, what is refused, what damage is found."""

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongtang.foundation import clock
from tongtang.foundation.environment import Environment, parse
from tongtang.operations.backup import make, manifest, report, sqlite
from tongtang.operations.backup.restore import NewerVersion, NotEmpty, NothingThere, choose, restore
from tongtang.operations.backup.vault import BLOCK, Damaged, Vault, WrongKey, make_key, read_key

LAST = datetime(2100, 1, 1, tzinfo=UTC)
ROWS = 200


def environment_at(folder: Path) -> Environment:
    return parse({"TONGTANG_HOME": str(folder / "home"), "TONGTANG_BACKUP": str(folder / "vault"),
                  "TONGTANG_BACKUP_KEY": str(folder / "backup.key")})  # fmt: skip


def small_home(folder: Path, film: int = 9000) -> Environment:
    """A home with a database in WAL mode, a film of so many bytes, a secret, and what no backup keeps."""
    env = environment_at(folder)
    for path, content in {
        "media/library/film.mp4": random.Random(7).randbytes(film),
        "media/live/segment.m4s": b"live",
        "secrets/django": b"secret",
        "tombstones/1": b"pupil one",
        "logs/web.log": b"log",
        "run/web.sock": b"",
    }.items():
        (env.home / path).parent.mkdir(parents=True, exist_ok=True)
        (env.home / path).write_bytes(content)
    with closing(sqlite3.connect(make.sqlite_path(env), isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE row (n INTEGER PRIMARY KEY, pad TEXT)")
        connection.executemany("INSERT INTO row VALUES (?, ?)", ((n, "x" * 500) for n in range(ROWS)))
    return env


def rows(path: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT n, pad FROM row ORDER BY n").fetchall()


def write(env: Environment, *numbers: int, pad: str = "y") -> None:
    with closing(sqlite3.connect(make.sqlite_path(env), isolation_level=None, timeout=20)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR REPLACE INTO row VALUES (?, ?)", ((n, pad) for n in numbers))
        connection.execute("COMMIT")


def elsewhere(env: Environment, folder: Path) -> Environment:
    return replace(env, home=folder, database_url=f"sqlite:///{folder / 'tongtang.sqlite3'}")


def put_back(env: Environment, target: Path, to: datetime | None = None, **more: bool) -> Environment:
    """Restore into an empty folder."""
    there, vault = elsewhere(env, target), Vault(env.backup, read_key(env.backup_key))
    restore(there, vault, choose(vault, to), replace=more.get("replace", False), postgres_data=None)
    return there


def test_everything_comes_back_and_nothing_else(tmp_path: Path) -> None:
    env = small_home(tmp_path, 2 * BLOCK + 5)
    make.make_backup(env, make.open_vault(env))
    there = put_back(env, tmp_path / "new")
    assert rows(make.sqlite_path(there)) == rows(make.sqlite_path(env))
    found = {str(path.relative_to(there.home)) for path in there.home.rglob("*") if path.is_file()}
    assert found == {"media/library/film.mp4", "secrets/django", "tombstones/1", "settings.env", "tongtang.sqlite3"}
    for name in found - {"tongtang.sqlite3"}:
        assert (there.home / name).read_bytes() == (env.home / name).read_bytes()


def test_nothing_readable_stands_in_the_vault(tmp_path: Path) -> None:
    env = small_home(tmp_path)
    make.make_backup(env, make.open_vault(env))
    stored = b"".join(path.read_bytes() for path in env.backup.rglob("*") if path.is_file())
    names = " ".join(str(path) for path in env.backup.rglob("*"))
    for word in (
        b"secret",
        b"film",
        b"pupil one",
        b"CREATE TABLE",
        b"x" * 50,
        (env.home / "media/library/film.mp4").read_bytes()[:64],
    ):
        assert word not in stored
    assert "film" not in names
    assert env.backup_key.stat().st_mode & 0o777 == 0o600


def test_a_second_backup_adds_only_what_is_new(tmp_path: Path) -> None:
    env = small_home(tmp_path)
    vault = make.open_vault(env)
    first = make.make_backup(env, vault)
    size = vault.size()
    second = make.make_backup(env, vault)
    assert (first.added >= 3, second.added) == (True, 0)
    assert vault.size() - size < 4096


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A backup with a log of eight changes."""
    env = small_home(tmp_path_factory.mktemp("sound"))
    with closing(sqlite.Following(make.sqlite_path(env))) as following:
        vault = make.open_vault(env)
        base = make.of_sqlite(env, vault, following.connection, following.at, {})
        for number in range(8):
            write(env, ROWS + number)
            found = following.next()
            assert found is not None
            vault.append_to_log(base.name, number, manifest.pack(*found))
    return env


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pick=st.integers(0, 10**9), where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_changed_byte_is_found_and_nothing_is_put_in_place(
    backed_up: Environment, tmp_path: Path, pick: int, where: float, flip: int
) -> None:
    env = backed_up
    files = sorted(p for p in env.backup.rglob("*") if p.is_file() and p.name != "key" and "damaged" not in p.parts)
    path = files[pick % len(files)]
    sound = path.read_bytes()
    at = int(where * len(sound))
    path.write_bytes(sound[:at] + bytes([sound[at] ^ flip]) + sound[at + 1 :])
    target = tmp_path / uuid4().hex
    log = path.parent.name == "logs"
    try:
        whole = rows(make.sqlite_path(put_back(env, target)))
    except Damaged:
        assert not make.sqlite_path(elsewhere(env, target)).exists()
    else:
        assert whole == rows(make.sqlite_path(env))[: len(whole)]
        # A length that points beyond the end looks like an entry cut off by a crash: all before it is used. The only
        # blocks that are not read are those of tombstones, of which the newest copy is put back.
        assert len(whole) < ROWS + 8 if log else report.check(Vault(env.backup, read_key(env.backup_key)))
    finally:
        path.write_bytes(sound)


@pytest.mark.parametrize("part", ["blocks", "manifests", "logs"])
def test_check_names_damage_and_the_next_backup_mends_it(tmp_path: Path, part: str) -> None:
    env = small_home(tmp_path)
    vault = make.open_vault(env)
    made = make.make_backup(env, vault)
    vault.append_to_log(made.name, 0, manifest.pack(clock.now(), []))
    assert report.check(vault) == {}
    for path in (env.backup / part).rglob("*"):
        if path.is_file():
            sound = path.read_bytes()
            path.write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    assert list(report.check(vault)) == [made.name]
    make.make_backup(env, vault)
    assert list(report.check(vault)) == ([made.name] if part != "blocks" else [])


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    env = small_home(tmp_path)
    make.make_backup(env, make.open_vault(env))
    env.backup_key.unlink()
    with pytest.raises(WrongKey):
        make.open_vault(env)
    make_key(env.backup_key)
    with pytest.raises(WrongKey):
        make.open_vault(env)


def test_a_living_home_is_not_overwritten_unless_asked_and_then_moved_aside(tmp_path: Path) -> None:
    env = small_home(tmp_path)
    make.make_backup(env, make.open_vault(env))
    write(env, 999)
    with pytest.raises(NotEmpty):
        put_back(env, env.home)
    assert rows(make.sqlite_path(env))[-1][0] == 999
    put_back(env, env.home, replace=True)
    assert len(rows(make.sqlite_path(env))) == ROWS
    aside = next(env.home.glob("replaced-*"))
    assert rows(aside / "tongtang.sqlite3")[-1][0] == 999
    assert (aside / "media/library/film.mp4").exists()


def test_a_newer_version_and_a_moment_before_all_backups_are_refused(tmp_path: Path) -> None:
    env = small_home(tmp_path)
    vault = make.open_vault(env)
    made = make.make_backup(env, vault)
    with pytest.raises(NothingThere):
        choose(vault, made.at - timedelta(seconds=1))
    later = clock.now()
    manifest.write(vault, replace(made, name=manifest.name_at(later), at=later, migrations=("lessons.9999_tomorrow",)))
    with pytest.raises(NewerVersion):
        choose(vault, None)
    assert choose(vault, made.at).base.name == made.name


def test_deletions_after_the_moment_stay_made(tmp_path: Path) -> None:
    env = small_home(tmp_path)
    vault = make.open_vault(env)
    first = make.make_backup(env, vault)
    (env.home / "tombstones/2").write_bytes(b"pupil two")
    make.make_backup(env, vault)
    there = put_back(env, tmp_path / "new", first.at)
    assert (there.home / "tombstones/2").read_bytes() == b"pupil two"


def test_old_backups_go_their_blocks_too_and_the_last_one_stays(tmp_path: Path) -> None:
    env = small_home(tmp_path)
    vault = make.open_vault(env)
    made = make.make_backup(env, vault)
    for days, hour in ((1, 1), (1, 2), (10, 3), (10, 4), (40, 5)):
        at = (made.at - timedelta(days=days)).replace(hour=hour)
        manifest.write(vault, replace(made, name=manifest.name_at(at), at=at))
    vault.put(b"of nothing", squeeze=False)
    assert make.forget_old(vault, clock.now(), 30) == 2
    assert len(vault.records()) == 4
    assert report.check(vault) == {}
    make.forget_old(vault, LAST, 30)
    assert vault.records() == [made.name]
    assert rows(make.sqlite_path(put_back(env, tmp_path / "new"))) == rows(make.sqlite_path(env))


WRITES = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 2000), st.sampled_from(["", "checkpoint", "vacuum"])),
    min_size=1,
    max_size=25,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=WRITES)
def test_each_moment_of_the_log_is_the_database_as_it_was(tmp_path: Path, writes: list[tuple[int, int, str]]) -> None:
    """Whatever is written, checkpointed or vacuumed meanwhile; compared with the rows of that moment."""
    folder = tmp_path / os.urandom(6).hex()
    env = small_home(folder)
    copies: list[tuple[datetime, list[tuple[int, str]]]] = []
    with closing(sqlite.Following(make.sqlite_path(env))) as following:
        vault = make.open_vault(env)
        base = make.of_sqlite(env, vault, following.connection, following.at, {})
        for number, (key, size, after) in enumerate(writes):
            write(env, key, key + 1, pad="z" * size)
            _disturb(env, after)
            found = following.next()
            assert found is not None
            vault.append_to_log(base.name, number, manifest.pack(*found))
            copies.append((found[0], rows(make.sqlite_path(env))))
    for number, (at, expected) in enumerate((copies[0], copies[len(copies) // 2], copies[-1])):
        there = put_back(env, folder / f"at-{number}", at)
        assert rows(make.sqlite_path(there)) == expected


def _disturb(env: Environment, how: str) -> None:
    with closing(sqlite3.connect(make.sqlite_path(env), isolation_level=None, timeout=0.2)) as connection:
        if how == "checkpoint":
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        elif how == "vacuum":
            connection.execute("VACUUM")


def test_a_writer_is_not_blocked_while_a_backup_is_made(tmp_path: Path) -> None:
    env = small_home(tmp_path)
    with sqlite.reading(make.sqlite_path(env)) as connection:
        write(env, 5000)
        made = make.of_sqlite(env, make.open_vault(env), connection, clock.now(), {})
    assert made.counts == {"row": ROWS}
    assert len(rows(make.sqlite_path(put_back(env, tmp_path / "new")))) == ROWS


FULL = """
mount -t tmpfs -o size={size}k tmpfs {vault} && cp -r {sound}/. {vault} && {python} -c '
import sys
from pathlib import Path
from uuid import uuid4
from tongtang.operations.tests import test_backup as here
from tongtang.operations.backup import make
env = here.environment_at(Path(sys.argv[1]))
try:
    make.make_backup(env, make.open_vault(env))
except OSError as error:
    print("full", error.errno)
' {folder}; rm -rf {sound}; cp -r {vault} {sound}
"""


def test_a_full_disk_leaves_the_last_good_backup(tmp_path: Path) -> None:
    env = small_home(tmp_path)
    vault = make.open_vault(env)
    made = make.make_backup(env, vault)
    (env.home / "media/library/second.mp4").write_bytes(os.urandom(3 * BLOCK))
    sound, room = tmp_path / "sound", vault.size() // 1024 + 5 * 1024
    env.backup.rename(sound)
    env.backup.mkdir()
    script = FULL.format(size=room, vault=env.backup, sound=sound, python=sys.executable, folder=tmp_path)
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tongtang.config.settings"},
        check=False,
    )
    assert done.stdout.startswith("full 28"), done.stdout + done.stderr
    after = Vault(sound, read_key(env.backup_key))
    assert after.records() == [made.name]
    assert report.check(after) == {}


def test_an_entry_torn_by_a_crash_is_left_out(backed_up: Environment) -> None:
    vault = Vault(backed_up.backup, read_key(backed_up.backup_key))
    name = vault.records()[-1]
    before = [at for at, _patches in manifest.log_of(vault, name)]
    path = vault.log_path(name)
    sound = path.read_bytes()
    path.write_bytes(sound + b"\0\0\1\0torn")
    assert [at for at, _patches in manifest.log_of(vault, name)] == before
    path.write_bytes(sound)
    assert len(before) == 8


def test_more_than_one_log_entry_takes_leads_to_a_new_copy_not_to_a_log_that_nobody_can_read(
    tmp_path: Path,
) -> None:
    """An import of a whole county is one commit."""
    longest, env = 1_000_000, small_home(tmp_path)
    make.open_vault(env)
    vault = Vault(env.backup, read_key(env.backup_key), longest)
    with closing(sqlite.Following(make.sqlite_path(env), longest)) as following:
        base = make.of_sqlite(env, vault, following.connection, following.at, {})
        write(env, ROWS, pad="before")
        found = following.next()
        assert found is not None
        vault.append_to_log(base.name, 0, manifest.pack(*found))
        write(env, ROWS + 1, pad=random.Random(7).randbytes(1_000_000).hex())
        with pytest.raises(sqlite.Gap):
            following.next()
    with pytest.raises(ValueError, match="entry 1"):
        vault.append_to_log(base.name, 1, random.Random(7).randbytes(1_100_000))
    assert (ROWS, "before") in rows(make.sqlite_path(put_back(env, tmp_path / "new")))
    make.make_backup(env, vault)
    assert rows(make.sqlite_path(put_back(env, tmp_path / "newer"))) == rows(make.sqlite_path(env))
