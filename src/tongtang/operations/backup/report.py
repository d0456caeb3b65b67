"""What there is: for the list, the check and the administrators' page."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from tongtang.foundation import clock
from tongtang.foundation.environment import Environment
from tongtang.operations.backup import make, manifest
from tongtang.operations.backup.files import verify
from tongtang.operations.backup.manifest import Manifest
from tongtang.operations.backup.vault import Damaged, Vault, VaultError, read_key, write_whole

DRILL = "last-drill"
TOO_OLD = timedelta(hours=26)


@dataclass(frozen=True)
class Drill:
    """The last rehearsal of a restore: when, whether the restored house was sound, how long it took."""

    at: datetime
    sound: bool
    seconds: float
    words: str


@dataclass(frozen=True)
class Standing:
    """How the backups of a home stand. `latest`: up to when the database can be brought back."""

    last: Manifest | None
    latest: datetime | None
    count: int
    size: int
    failure: str
    drill: Drill | None
    same_disk: bool
    problem: str = ""

    @property
    def late(self) -> bool:
        """No backup, or none within 26 hours."""
        return self.latest is None or clock.now() - self.latest > TOO_OLD


def standing(env: Environment) -> Standing:
    """How they stand now; reads manifests only, no content."""
    drill, failure = _drill(env), _text(env, make.STATUS)
    try:
        vault = Vault(env.backup, read_key(env.backup_key))
        names = vault.records()
        last = manifest.read(vault, names[-1]) if names else None
        size = vault.size() if names else 0
    except (VaultError, OSError) as error:
        return Standing(None, None, 0, 0, failure, drill, False, f"{type(error).__name__}: {error}")
    return Standing(last, _latest(vault, last), len(names), size, failure, drill, _same_disk(env))


def _latest(vault: Vault, last: Manifest | None) -> datetime | None:
    """The last moment that is safe: of the last backup, or of the log that was written to last."""
    if last is None:
        return None
    logs = [vault.log_path(name) for name in vault.records()[-3:]]
    written = [datetime.fromtimestamp(path.stat().st_mtime, tz=last.at.tzinfo) for path in logs if path.exists()]
    return max([last.at, *written])


def _same_disk(env: Environment) -> bool:
    return env.backup.exists() and env.backup.stat().st_dev == env.home.stat().st_dev


def _text(env: Environment, name: str) -> str:
    try:
        return (env.backup / name).read_text(encoding="utf-8")
    except OSError:
        return ""


def _drill(env: Environment) -> Drill | None:
    text = _text(env, DRILL)
    if not text:
        return None
    told = json.loads(text)
    return Drill(datetime.fromisoformat(told["at"]), told["sound"], told["seconds"], told["words"])


def note_drill(env: Environment, drill: Drill) -> None:
    """Leave the result of a rehearsal where the page looks."""
    told = {"at": drill.at.isoformat(), "sound": drill.sound, "seconds": drill.seconds, "words": drill.words}
    write_whole(env.backup / DRILL, json.dumps(told).encode())


def check(vault: Vault) -> dict[str, list[str]]:
    """Read every backup whole; what cannot be read of which: paths, "manifest" or "log". All sound: empty.

    Damaged blocks are set aside, so that the next backup stores their content anew where it still exists.
    """
    bad: dict[str, list[str]] = {}
    tried: dict[str, bool] = {}
    for name in vault.records():
        try:
            one = manifest.read(vault, name)
        except Damaged:
            bad[name] = ["manifest"]
            continue
        found = verify(vault, (*one.database, *one.files), tried)
        try:
            for _at, _patches in manifest.log_of(vault, name):
                continue
        except Damaged:
            found.append("log")
        if found:
            bad[name] = found
    return bad
