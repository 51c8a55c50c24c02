"""What the browser's camera sees: a sticker with a QR code, as raw video that Chromium takes in place of a device.

The picture is a sheet on a grey wall, a little turned and not quite lit, as whoever holds a phone would see it.
"""

from __future__ import annotations

import math
from pathlib import Path

import segno

WIDTH, HEIGHT = 640, 480
_FRAMES = 4
"""Shown again and again."""
_SHEET = 300
"""Side of the sheet, pixels."""
_TURNED = math.radians(7)
_WALL, _PAPER, _INK = 118, 226, 34
"""Luma of what is seen."""
_NO_COLOR = 128


def camera(folder: Path, sees: str) -> tuple[str, ...]:
    """Flags that give Chromium a camera which sees ``sees`` as a QR code; whoever asks for the camera gets it."""
    film = folder / "camera.y4m"
    film.write_bytes(_film(sees))
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )


def _film(sees: str) -> bytes:
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    frame = b"FRAME\n" + _luma(sees) + bytes([_NO_COLOR]) * (WIDTH * HEIGHT // 2)
    return head + frame * _FRAMES


def _luma(sees: str) -> bytes:
    """One picture, row by row."""
    modules = [bytes(row) for row in segno.make(sees, micro=False, error="m").matrix_iter(border=4)]
    per_pixel = len(modules) / _SHEET
    cos, sin = math.cos(_TURNED) * per_pixel, math.sin(_TURNED) * per_pixel
    middle = len(modules) / 2

    def seen(x: int, y: int) -> int:
        right, down = x - WIDTH // 2, y - HEIGHT // 2
        column, row = math.floor(middle + right * cos - down * sin), math.floor(middle + right * sin + down * cos)
        if not (0 <= column < len(modules) and 0 <= row < len(modules)):
            return _WALL
        return (_INK if modules[row][column] else _PAPER) - x // 32

    return bytes(seen(x, y) for y in range(HEIGHT) for x in range(WIDTH))
