"""HTTPS of a home: the operator's own certificate, or one from an authority made here for other devices nearby.

`tls/site.pem` and `tls/site.key` are what nginx serves; an operator may put their own there.
"""

import fcntl
import shutil
import socket
import struct
import subprocess
from hashlib import sha256
from pathlib import Path
from ssl import PEM_cert_to_DER_cert

from tongtang.config.cli import Refused
from tongtang.config.words import gettext as _
from tongtang.foundation.environment import Environment

SIOCGIFADDR = 0x8915
AUTHORITY_DAYS, SITE_DAYS = 3650, 390
RENEW_SECONDS = 30 * 86_400


def certificate(env: Environment) -> Path:
    return env.home / "tls/site.pem"


def key(env: Environment) -> Path:
    return env.home / "tls/site.key"


def authority(env: Environment) -> Path:
    """The authority's certificate: what a device must trust."""
    return open_folder(env) / "tongtang.crt"


def open_folder(env: Environment) -> Path:
    """What nginx hands out without HTTPS, so that a device can fetch what it must trust."""
    return env.home / "tls/open"


def exists(env: Environment) -> bool:
    return certificate(env).exists() and key(env).exists()


def lan_addresses() -> list[str]:
    """IPv4 addresses of this machine other than loopback."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _index, name in socket.if_nameindex():
            request = struct.pack("256s", name.encode()[:15])
            try:
                answer = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, request)
            except OSError:  # an interface without an IPv4 address
                continue
            found.append(socket.inet_ntoa(answer[20:24]))
    return sorted({address for address in found if not address.startswith("127.")})


def fingerprint(env: Environment) -> str:
    """SHA-256 of the authority's certificate, as devices show it."""
    digest = sha256(PEM_cert_to_DER_cert(authority(env).read_text(encoding="ascii"))).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def make_certificate(env: Environment, addresses: list[str], names: list[str]) -> None:
    """Make the authority once, and a certificate for `addresses` and `names` whenever these change or it nears its end.

    Raises:
        Refused: openssl is missing or failed.
    """
    if not shutil.which("openssl"):
        raise Refused(_("HTTPS needs the Debian package openssl: run `make setup`"))
    open_folder(env).mkdir(parents=True, exist_ok=True)
    (env.home / "tls").chmod(0o700)
    if not authority(env).exists():
        _make_authority(env)
    wanted = ",".join([*(f"IP:{address}" for address in addresses), *(f"DNS:{name}" for name in names)])
    stamp = env.home / "tls/names"
    if exists(env) and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and _lasts(env):
        return
    _sign(env, wanted)
    stamp.write_text(wanted, encoding="utf-8")


def _authority_key(env: Environment) -> Path:
    return env.home / "tls/authority.key"


def _make_authority(env: Environment) -> None:
    _openssl(
        *["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        *["-days", str(AUTHORITY_DAYS), "-subj", f"/O=Tongtang/CN=Tongtang {socket.gethostname()[:40]}"],
        *["-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
        *["-keyout", str(_authority_key(env)), "-out", str(authority(env))],
    )
    _authority_key(env).chmod(0o600)


def _sign(env: Environment, subject_names: str) -> None:
    request = env.home / "tls/site.csr"
    extensions = env.home / "tls/site.ext"
    extensions.write_text(
        f"subjectAltName={subject_names}\nbasicConstraints=critical,CA:FALSE\n"
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n",
        encoding="utf-8",
    )
    _openssl(
        *[
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
            "/CN=Tongtang",
        ],
        *["-keyout", str(key(env)), "-out", str(request)],
    )
    key(env).chmod(0o600)
    _openssl(
        *["x509", "-req", "-in", str(request), "-CA", str(authority(env)), "-CAkey", str(_authority_key(env))],
        *["-CAcreateserial", "-CAserial", str(env.home / "tls/serial"), "-days", str(SITE_DAYS), "-sha256"],
        *["-extfile", str(extensions), "-out", str(certificate(env))],
    )


def _lasts(env: Environment) -> bool:
    check = ["openssl", "x509", "-checkend", str(RENEW_SECONDS), "-noout", "-in", str(certificate(env))]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        words = _("openssl could not make a certificate: %(error)s")
        raise Refused(words % {"error": done.stderr.strip().splitlines()[-1]})
