"""The icon: a printer drawn by rules, with a mark for how it stands. Pure, and without a picture library.

- It is seen on light and on dark panels: a body of a middle tone with a light edge, white paper with a dark one.
- States differ in form and not in colour alone: a sign with a mark of exclamation, a bar, a ring, an empty body.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from tympan_tray._standing import Standing

SIZES: Final = (22, 24, 32, 48)
"""Pixels of a side, as panels ask for; others are scaled from these."""

_FINE: Final = 3
"""Points looked at along a pixel's side: edges without steps, drawn in some milliseconds."""

Color = tuple[int, int, int]
_Inside = Callable[[float, float], bool]
_PAPER: Final[Color] = (255, 255, 255)
_EDGE: Final[Color] = (100, 116, 139)
_LIGHT: Final[Color] = (226, 232, 240)
_INK: Final[Color] = (30, 41, 59)
_BODY: Final[Color] = (14, 116, 170)
_GREY: Final[Color] = (120, 128, 140)
_AMBER: Final[Color] = (217, 119, 6)


def _box(left: float, top: float, right: float, bottom: float, round_: float = 0.0) -> _Inside:
    def inside(x: float, y: float) -> bool:
        if not (left <= x <= right and top <= y <= bottom):
            return False
        dx = max(left + round_ - x, x - right + round_, 0.0)
        dy = max(top + round_ - y, y - bottom + round_, 0.0)
        return dx * dx + dy * dy <= round_ * round_ or not (dx and dy)

    return inside


def _disc(x0: float, y0: float, radius: float) -> _Inside:
    return lambda x, y: (x - x0) ** 2 + (y - y0) ** 2 <= radius * radius


def _layers(standing: Standing) -> list[tuple[_Inside, Color]]:
    """From the bottom to the top. Coordinates from 0 to 1, y downwards."""
    asleep = standing in (Standing.AWAY, Standing.RESTARTING)
    body = _GREY if asleep else _BODY
    layers: list[tuple[_Inside, Color]] = [
        (_box(0.22, 0.03, 0.78, 0.42, 0.05), _EDGE),
        (_box(0.26, 0.07, 0.74, 0.42, 0.02), _PAPER),
        (_box(0.02, 0.30, 0.98, 0.78, 0.12), _LIGHT),
        (_box(0.06, 0.34, 0.94, 0.74, 0.09), body),
        (_box(0.20, 0.56, 0.80, 0.97, 0.05), _EDGE),
        (_box(0.24, 0.60, 0.76, 0.93, 0.02), _PAPER),
        (_box(0.33, 0.68, 0.67, 0.73), _GREY),
        (_box(0.33, 0.80, 0.58, 0.85), _GREY),
    ]
    if asleep:
        layers.append((_box(0.12, 0.40, 0.88, 0.50, 0.04), _LIGHT))
    return layers + _mark(standing)


def _mark(standing: Standing) -> list[tuple[_Inside, Color]]:
    """What stands in the lower right corner."""
    x, y = 0.74, 0.72
    if standing is Standing.NEEDS_YOU:
        sign = [(_disc(x, y, 0.28), _PAPER), (_disc(x, y, 0.245), _AMBER)]
        return [*sign, (_box(x - 0.04, y - 0.16, x + 0.04, y + 0.05), _PAPER), (_disc(x, y + 0.125, 0.05), _PAPER)]
    if standing is Standing.OFFLINE:
        sign = [(_disc(x, y, 0.25), _PAPER), (_disc(x, y, 0.215), _GREY)]
        return [*sign, (_box(x - 0.13, y - 0.035, x + 0.13, y + 0.035), _PAPER)]
    if standing is Standing.NOT_SIGNED_IN:
        person = [(_disc(x, y - 0.07, 0.07), _PAPER), (_box(x - 0.11, y + 0.02, x + 0.11, y + 0.13, 0.05), _PAPER)]
        return [(_disc(x, y, 0.25), _PAPER), (_disc(x, y, 0.215), _INK), *person]
    return []


@cache
def pixels(standing: Standing, size: int) -> bytes:
    """ARGB, 32 bits a pixel, highest byte first, rows from the top (StatusNotifierItem's ``IconPixmap``)."""
    layers = _layers(standing)
    steps = [(step + 0.5) / (_FINE * size) for step in range(_FINE * size)]
    out = bytearray()
    for row in range(size):
        for column in range(size):
            points = [
                _color(layers, x, y)
                for y in steps[row * _FINE : (row + 1) * _FINE]
                for x in steps[column * _FINE : (column + 1) * _FINE]
            ]
            out += _mixed([point for point in points if point is not None], len(points))
    return bytes(out)


def _color(layers: list[tuple[_Inside, Color]], x: float, y: float) -> Color | None:
    return next((color for inside, color in reversed(layers) if inside(x, y)), None)


def _mixed(colors: list[Color], points: int) -> bytes:
    if not colors:
        return bytes(4)
    red, green, blue = (sum(color[at] for color in colors) // len(colors) for at in range(3))
    return bytes((255 * len(colors) // points, red, green, blue))
