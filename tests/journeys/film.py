"""A film with its frame number in the picture, and a sound: what the browser takes for camera and microphone.

The number stands at the upper edge as twelve black or white fields: ten bits, the highest first, and two that count
the ones among them, modulo four. `READ_NUMBER` reads it back from a `<video>`.
"""

import math
import struct
import wave
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 640, 360
FIELDS, FIELD_WIDTH, FIELD_HEIGHT = 12, 48, 44
# Chromium plays a Motion JPEG file at this rate, whatever it was made for.
RATE = 30
# Longer than any break of a journey and the lag after it: what is shown can then be dated by its number.
FRAMES = 1020
FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
SOUND_RATE = 48_000

READ_NUMBER = """(video, pen) => {
  if (!video.videoWidth) return null;
  const [across, down] = [video.videoWidth / 640, video.videoHeight / 360];
  pen.drawImage(video, 0, 0, 576 * across, 44 * down, 0, 0, 576, 44);
  const pixels = pen.getImageData(0, 22, 576, 1).data;
  const bits = Array.from({ length: 12 }, (_, field) => Number(pixels[4 * (field * 48 + 24)] > 127));
  const number = bits.slice(0, 10).reduce((sum, bit) => 2 * sum + bit, 0);
  const ones = bits.slice(0, 10).reduce((sum, bit) => sum + bit, 0) % 4;
  return ones === 2 * bits[10] + bits[11] ? number : null;
}"""


def bits_of(number: int) -> list[int]:
    """The twelve fields of a frame number."""
    value = [number >> place & 1 for place in reversed(range(10))]
    return [*value, *(sum(value) % 4 >> place & 1 for place in (1, 0))]


def make_film(folder: Path) -> tuple[Path, Path]:
    """Film (.mjpeg) and sound (.wav) in `folder`."""
    film, sound = folder / "camera.mjpeg", folder / "microphone.wav"
    font = ImageFont.truetype(str(FONT), 44) if FONT.exists() else ImageFont.load_default(44)
    ground = _ground(font)
    with film.open("wb") as file:
        for number in range(FRAMES):
            file.write(_frame(ground, number))
    _write_sound(sound, seconds=8)
    return film, sound


def _ground(font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> Image.Image:
    """A teacher at a blackboard, as far as a few shapes go."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "#b9c4bd")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((40, 70, 420, 280), fill="#1f4a3d", outline="#8a6a45", width=8)
    pen.text((90, 120), "茉莉花", font=font, fill="#f4f1e6")
    pen.line((90, 200, 360, 200), fill="#f4f1e6", width=3)
    pen.ellipse((480, 120, 560, 210), fill="#d9a984")
    pen.pieslice((470, 105, 570, 200), 180, 360, fill="#2b2320")
    pen.rounded_rectangle((440, 212, 600, 370), 40, fill="#9c3f34")
    return picture


def _frame(ground: Image.Image, number: int) -> bytes:
    picture = ground.copy()
    pen = ImageDraw.Draw(picture)
    for field, bit in enumerate(bits_of(number)):
        left = field * FIELD_WIDTH
        pen.rectangle((left, 0, left + FIELD_WIDTH - 1, FIELD_HEIGHT), fill="white" if bit else "black")
    reach = 40 * math.sin(2 * math.pi * number / 60)
    pen.line((455, 240, 410, 200 + reach), fill="#9c3f34", width=22)
    file = BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()


def _write_sound(path: Path, seconds: int) -> None:
    """A scale, one note a second, so that an echo or a gap can be heard."""
    notes = [262, 294, 330, 349, 392, 440, 494, 523]
    samples = (
        int(9000 * math.sin(2 * math.pi * notes[second % 8] * at / SOUND_RATE))
        for second in range(seconds)
        for at in range(SOUND_RATE)
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SOUND_RATE)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
