"""`make bench`: how fast a lesson is and what one more classroom costs, measured on this machine.

    .venv/bin/python -m bench [--only latency|receivers|viewers|push|signin] [--json]

Runs in a network of its own, under four minutes on two cores, one run each. Real: Janus, ffmpeg, nginx with its
generated configuration, the signalling proxy with tickets, the front end's `rtc.ts` and HLS player in Chromium, the
push process with authentication and resume. Not real: web, which always says yes (`media.Door`).

latency     Glass to glass, in ms: from the moment a frame is drawn in the teacher's page (640x360, 25 frames a second,
            with sound) to the moment the classroom's page presents it. Median and p95 over 22 s after 8 s of warm-up,
            by WebRTC, then by HLS. Camera and display hardware come on top. Encoder, decoders and both pages share
            this machine's cores, so whatever else runs here makes the figures worse.
receivers   Percent of a core that Janus spends on one more WebRTC receiver of a 720p25 lesson of 1.5 Mbit/s (H.264 and
            Opus): the slope over 2, 10 and 20 receivers. The receivers' own work is not counted.
viewers     Percent of a core that nginx spends on one more HLS viewer of the same lesson, two requests a second: the
            slope over 100, 300 and 600 viewers. `rights_asked_per_s_each` is what nginx asks of web for each viewer.
push        One cue to 1,584 connected classrooms: p50 and p99 from publication to receipt, CPU of the push process for
            each delivery.
signin      1,584 classrooms with 71,280 pupils at once before the first lesson, on PostgreSQL with fsync, through nginx
            and web: page, pack and push ticket of each, then all sign-ins proved and stored. About three minutes.

Exit 0 when every limit is kept, 1 when one is missed or a part failed; what was reached is printed in either case.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("latency", "receivers", "viewers", "push", "signin")
# Words, path in the figures, unit, limit (None: no limit is set).
ROWS: list[tuple[str, tuple[str, ...], str, float | None]] = [
    ("WebRTC glass to glass, median", ("latency", "webrtc", "median_ms"), "ms", 150),
    ("WebRTC glass to glass, p95", ("latency", "webrtc", "p95_ms"), "ms", None),
    ("HLS glass to glass, median", ("latency", "hls", "median_ms"), "ms", 3000),
    ("HLS glass to glass, p95", ("latency", "hls", "p95_ms"), "ms", None),
    ("Janus for one more WebRTC receiver", ("receivers", "cpu_percent_each"), "% of a core", None),
    ("WebRTC receivers for a core", ("receivers", "receivers_per_core"), "", None),
    ("nginx for one more HLS viewer", ("viewers", "cpu_percent_each"), "% of a core", None),
    ("HLS viewers for a core", ("viewers", "viewers_per_core"), "", None),
    ("cue to all classrooms, p50", ("push", "p50_ms"), "ms", None),
    ("cue to all classrooms, p99", ("push", "p99_ms"), "ms", 500),
    ("push CPU for a delivery", ("push", "cpu_us_per_delivery"), "µs", 30),
    ("push CPU for wills of all classrooms, one a second", ("push", "wills_cpu_percent"), "% of a core", None),
    ("all classrooms ready to sign in", ("signin", "ready_s"), "s", 60),
    ("all pupils signed in, from the start", ("signin", "whole_storm_s"), "s", 60),
    ("CPU to make a classroom ready", ("signin", "ready_cpu_ms_per_classroom", "all"), "ms", None),
    ("CPU to sign a class of 45 in", ("signin", "handed_over_cpu_ms_per_classroom", "all"), "ms", None),
    ("CPU of one teacher's sign-in", ("signin", "staff_argon2_cpu_ms_each", "all"), "ms", None),
    ("another page meanwhile, p99", ("signin", "other_page_in_storm_ms", "p99"), "ms", None),
    ("the same by what it is without the storm", ("signin", "other_page_p99_ratio"), "x", 2),
    ("sign-ins lost", ("signin", "sign_ins_lost"), "", 0),
    ("cues not delivered", ("push", "missing"), "", 0),
]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part alone; may be repeated")
    parser.add_argument("--json", action="store_true", help="JSON alone on stdout")
    options = parser.parse_args()
    if not os.environ.get("TONGTANG_MEDIA_INTERFACE"):
        inside = [sys.executable, str(ROOT / "tools/in_namespace.py"), sys.executable, "-m", "bench", *sys.argv[1:]]
        os.chdir(ROOT)
        os.execv(sys.executable, inside)
    figures = measure([part for part in PARTS if part in (options.only or PARTS)])
    figures["ratio_to_limit"] = ratios(figures)
    print(json.dumps(figures, indent=2) if options.json else table(figures))
    kept = all(ratio <= 1 for ratio in figures["ratio_to_limit"].values())
    return 0 if kept and not figures["failed"] else 1


def measure(parts: list[str]) -> dict[str, Any]:
    """The figures of each part; a part that fails is named under `failed` and the rest goes on."""
    figures: dict[str, Any] = {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 1), "failed": {}}
    began = time.monotonic()
    works: dict[str, Callable[[Path], dict[str, Any]]] = {
        "latency": _latency,
        "receivers": _receivers,
        "viewers": _viewers,
        "push": lambda _home: _push(),
        "signin": lambda _home: _signin(),
    }
    for part in parts:
        print(f"measuring {part} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="tongtang-bench-") as folder:
            try:
                figures[part] = works[part](Path(folder))
            except (Exception, SystemExit) as error:  # The other figures are worth having all the same.
                figures["failed"][part] = f"{type(error).__name__}: {error}"
    figures["seconds"] = round(time.monotonic() - began)
    return figures


def _latency(folder: Path) -> dict[str, Any]:
    from bench import latency, media

    with media.measured_house(folder / "home") as house:
        return latency.measure(house)


def _receivers(folder: Path) -> dict[str, Any]:
    from bench import media, receivers

    with media.measured_house(folder / "home") as house:
        return receivers.measure(house, media.make_film(folder / "film.mp4"))


def _viewers(folder: Path) -> dict[str, Any]:
    from bench import media, viewers

    with media.measured_house(folder / "home") as house:
        return viewers.measure(house, media.make_film(folder / "film.mp4"))


def _push() -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "bench/push.py"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if not done.stdout:
        raise SystemExit(done.stderr.strip()[-2000:])
    figures: dict[str, Any] = json.loads(done.stdout)
    del figures["ratio_to_limit"]
    return {**figures, "missing": figures["clients"] * figures["rounds"] - figures["delivered"]}


def _signin() -> dict[str, Any]:
    command = [sys.executable, str(ROOT / "bench/signin.py"), "--engine", "postgresql", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if not done.stdout:
        raise SystemExit(done.stderr.strip()[-2000:])
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def ratios(figures: dict[str, Any]) -> dict[str, float]:
    """What was reached over its limit, for each row that has one; above 1 it is missed."""
    reached = {words: (_value(figures, path), limit) for words, path, _unit, limit in ROWS if limit is not None}
    return {
        words: round(value / limit, 2) if limit else float(1 + value if value else 0)
        for words, (value, limit) in reached.items()
        if value is not None
    }


def _value(figures: dict[str, Any], path: tuple[str, ...]) -> float | None:
    at: Any = figures
    for name in path:
        at = at.get(name) if at is not None else None
    value: float | None = at
    return value


def table(figures: dict[str, Any]) -> str:
    lines = [f"{'':36} {'reached':>10} {'':12} {'limit':>6} {'ratio':>6}"]
    for words, path, unit, limit in ROWS:
        value = _value(figures, path)
        if value is not None:
            ratio = figures["ratio_to_limit"].get(words)
            shown = "" if limit is None else f"{limit:>6} {ratio:>6.2f}{'  MISSED' if ratio > 1 else ''}"
            lines.append(f"{words:36} {value:>10} {unit:12} {shown}".rstrip())
    lines += [f"{part} FAILED: {reason}" for part, reason in figures["failed"].items()]
    lines.append(f"{figures['cores']} cores, load {figures['load_before']} before the start, {figures['seconds']} s")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
