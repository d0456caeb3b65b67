"""Every `TONGTANG_*` variable, parsed once into one frozen object that names a bad variable at start."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

CHECKOUT = Path(__file__).resolve().parents[3]
KNOWN = frozenset(
    [
        "TONGTANG_HOME",
        "TONGTANG_PORT",
        "TONGTANG_BIND",
        "TONGTANG_HOSTS",
        "TONGTANG_DATABASE_URL",
        "TONGTANG_WEBRTC_RECEIVERS",
        "TONGTANG_MEDIA_INTERFACE",
        "TONGTANG_DEMO",
        "TONGTANG_HTTPS",
        "TONGTANG_DEBUG",
        "TONGTANG_AUTH_PROFILE",
        "TONGTANG_BACKUP",
        "TONGTANG_BACKUP_KEY",
        "TONGTANG_BACKUP_HOURS",
        "TONGTANG_BACKUP_DAYS",
    ]
)


class BadVariable(ValueError):
    """A variable of the environment that cannot be used; the message names it, its value and what would do."""


@dataclass(frozen=True)
class Environment:
    """What the operator decided. Paths are absolute."""

    home: Path
    port: int
    bind: str
    hosts: tuple[str, ...]
    database_url: str
    webrtc_receivers: int
    media_interface: str
    demo: bool
    https: bool
    debug: bool
    auth_profile: str
    backup: Path
    backup_key: Path
    backup_hours: int
    backup_days: int

    @property
    def run(self) -> Path:
        """Unix sockets and process ids."""
        return self.home / "run"

    @property
    def media(self) -> Path:
        """Live segments, recordings and uploaded slides."""
        return self.home / "media"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    def secret(self, name: str) -> str:
        """The random secret `name` of this home, made at first use, readable by its owner only."""
        path = self.home / "secrets" / name
        if not path.exists():
            _write_secret(path)
        return path.read_text(encoding="ascii")


def _write_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        # link() fails where another process was first: both then read the same secret.
        os.link(draft, path)
    except FileExistsError:
        path.stat()
    finally:
        draft.unlink()


def _whole(source: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = source.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise BadVariable(f"{name}={text!r}: give a whole number from {low} to {high}")
    return int(text)


def _path(source: Mapping[str, str], name: str, default: Path) -> Path:
    return Path(source.get(name, "") or default).expanduser().absolute()


def _flag(source: Mapping[str, str], name: str) -> bool:
    text = source.get(name, "0")
    if text not in ("0", "1", ""):
        raise BadVariable(f"{name}={text!r}: give 1 or 0")
    return text == "1"


def _one_of(source: Mapping[str, str], name: str, *allowed: str) -> str:
    text = source.get(name, "") or allowed[0]
    if text not in allowed:
        raise BadVariable(f"{name}={text!r}: give one of {', '.join(allowed)}")
    return text


def _database_url(source: Mapping[str, str], home: Path) -> str:
    url = source.get("TONGTANG_DATABASE_URL", "") or f"sqlite:///{home / 'tongtang.sqlite3'}"
    if urlsplit(url).scheme not in ("sqlite", "postgresql"):
        raise BadVariable(f"TONGTANG_DATABASE_URL={url!r}: give sqlite:///PATH or postgresql://USER@HOST/NAME")
    return url


def parse(source: Mapping[str, str]) -> Environment:
    """The environment in `source`.

    Raises:
        BadVariable: a value of the wrong form, or a TONGTANG_ variable that does not exist (a misspelling).
    """
    unknown = sorted(name for name in source if name.startswith("TONGTANG_") and name not in KNOWN)
    if unknown:
        raise BadVariable(f"{unknown[0]} is not a setting of Tongtang; known are {', '.join(sorted(KNOWN))}")
    home = Path(source.get("TONGTANG_HOME", "") or CHECKOUT / "var").expanduser().absolute()
    return Environment(
        home=home,
        port=_whole(source, "TONGTANG_PORT", 8000, 1, 65535),
        bind=source.get("TONGTANG_BIND", "127.0.0.1"),
        hosts=tuple(source.get("TONGTANG_HOSTS", "localhost .localhost 127.0.0.1").split()),
        database_url=_database_url(source, home),
        webrtc_receivers=_whole(source, "TONGTANG_WEBRTC_RECEIVERS", 16, 0, 1000),
        media_interface=source.get("TONGTANG_MEDIA_INTERFACE", ""),
        demo=_flag(source, "TONGTANG_DEMO"),
        https=_flag(source, "TONGTANG_HTTPS"),
        debug=_flag(source, "TONGTANG_DEBUG"),
        auth_profile=_one_of(source, "TONGTANG_AUTH_PROFILE", "asvs", "djcp3"),
        backup=_path(source, "TONGTANG_BACKUP", home / "backups"),
        backup_key=_path(source, "TONGTANG_BACKUP_KEY", home / "backup.key"),
        backup_hours=_whole(source, "TONGTANG_BACKUP_HOURS", 24, 0, 24 * 7),
        backup_days=_whole(source, "TONGTANG_BACKUP_DAYS", 30, 1, 3650),
    )


@cache
def environment() -> Environment:
    """The environment of this process."""
    return parse(os.environ)


def database_settings(env: Environment) -> dict[str, object]:
    """Django's `DATABASES["default"]` for `env`."""
    parts = urlsplit(env.database_url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "tongtang.foundation.sqlite",
            "NAME": unquote(parts.path),
            # To open it costs as much as a page; the last one to close it writes the whole WAL back.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                # recursive_triggers: INSERT OR REPLACE must meet the delete triggers of the evidence ledger.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or _socket_folder(parts.query),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
    }


def _socket_folder(query: str) -> str:
    """`postgresql:///name?host=/run/postgresql` names a folder of Unix sockets."""
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name == "host":
            return unquote(value)
    return ""
