"""The demo's slides and film, drawn on this machine at the first start."""

import subprocess
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tongtang.foundation.environment import environment

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
SLIDES = (
    ("茉莉花", ["听一听：这首歌给你什么感受？"]),
    ("学唱第一、二句", ["3  35 6i i6 | 5  56 5 —", "好 一朵 美丽 的 茉 莉 花"]),
    ("请一个班展示", ["声音轻轻地送出去", "听第二句起音准不准"]),
    ("分组跟唱", ["两人一组，面对面站好", "一人唱第一句，一人唱第二句"]),
    ("小结", ["今天学会了几句？", "回家唱给家人听"]),
)
WIDTH, HEIGHT = 1600, 900
FILM_SECONDS = 60


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(str(FONT), size) if FONT.exists() else ImageFont.load_default(size)


def slide_files() -> list[tuple[str, str]]:
    """Title and file (relative to the media folder) of each slide; drawn where they are missing."""
    folder = environment().media / "demo" / "slides"
    folder.mkdir(parents=True, exist_ok=True)
    for number, (title, lines) in enumerate(SLIDES, start=1):
        path = folder / f"{number}.png"
        if not path.exists():
            _draw(title, lines, path)
    return [(title, f"demo/slides/{number}.png") for number, (title, _lines) in enumerate(SLIDES, start=1)]


def _draw(title: str, lines: list[str], path: Path) -> None:
    picture = Image.new("RGB", (WIDTH, HEIGHT), "#fbfaf5")
    pen = ImageDraw.Draw(picture)
    pen.text((90, 80), title, font=_font(84), fill="#1d2a25")
    pen.line((90, 210, WIDTH - 90, 210), fill="#1b5e4b", width=6)
    for row, line in enumerate(lines):
        pen.text((90, 290 + row * 150), line, font=_font(72), fill="#1d2a25")
    picture.save(path)


def film() -> Path:
    """The pre-encoded lesson: H.264 with a keyframe a second and AAC, so that it is only copied later.

    Raises:
        subprocess.CalledProcessError: ffmpeg could not make it.
    """
    path = environment().media / "demo" / "lesson.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name("draft.mp4")
        subprocess.run(_film_command(draft), check=True, stdin=subprocess.DEVNULL, capture_output=True)
        draft.replace(path)
    return path


def _film_command(out: Path) -> list[str]:
    """One slide after the other with a running clock, and a soft tone."""
    files = [environment().media / name for _title, name in slide_files()]
    each = FILM_SECONDS // len(files)
    inputs = [part for file in files for part in ("-loop", "1", "-t", str(each), "-i", str(file))]
    joined = "".join(f"[{index}:v]" for index in range(len(files)))
    clock = f"drawtext=fontfile={FONT}:text='%{{pts\\:hms}}':x=w-260:y=h-60:fontsize=32:fontcolor=0x1b5e4b"
    picture = f"{joined}concat=n={len(files)}:v=1:a=0,scale=640:360,fps=15,format=yuv420p,{clock}[v]"
    tone = f"sine=frequency=330:duration={FILM_SECONDS},volume=0.08"
    encode = "-c:v libx264 -preset veryfast -profile:v baseline -g 15 -keyint_min 15 -sc_threshold 0 -b:v 400k"
    return [
        "ffmpeg", "-y", "-loglevel", "error", *inputs, "-f", "lavfi", "-i", tone, "-filter_complex", picture,
        "-map", "[v]", "-map", f"{len(files)}:a", *encode.split(), "-c:a", "aac", "-b:a", "48k", "-shortest", str(out),
    ]  # fmt: skip
