"""Names of paper sizes: PWG self-describing media names (PWG 5101.1)."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Final

from tympan_document_stats._limits import SIZE_STEP_UM

UM_PER_POINT: Final = 25_400 / 72
_UM: Final = {"mm": 1000, "in": 25_400}
_DIMENSIONS: Final = re.compile(r"_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)$")
_LARGEST_MM: Final = 100_000


def name_um(width: float, height: float) -> str:
    """The name of a page of this width and height in micrometres, whichever way it lies."""
    short, long = sorted((_sane(width), _sane(height)))
    return _named(round(short), round(long))


def name_points(width: float, height: float) -> str:
    """The same from points of 1/72 inch."""
    return name_um(width * UM_PER_POINT, height * UM_PER_POINT)


def dimensions_um(name: str) -> tuple[int, int] | None:
    """Short and long edge of a self-describing name; None when it is none."""
    found = _DIMENSIONS.search(name)
    if found is None:
        return None
    short, long = sorted(round(float(found[part]) * _UM[found[3]]) for part in (1, 2))
    return short, long


@cache
def _table() -> tuple[tuple[int, int, str], ...]:
    names = resources.files(__package__).joinpath("paper_sizes.txt").read_text("utf-8").splitlines()
    return tuple((*size, name) for name in names if (size := dimensions_um(name)))


def _named(short: int, long: int) -> str:
    off, name = min((max(abs(short - a), abs(long - b)), at, n) for at, (a, b, n) in enumerate(_table()))[::2]
    return str(name) if int(off) <= SIZE_STEP_UM else _custom(short, long)


def _custom(short: int, long: int) -> str:
    size = f"{_millimetres(short)}x{_millimetres(long)}mm"
    return f"custom_{size}_{size}"


def _millimetres(um: int) -> str:
    return f"{um / 1000:.2f}".rstrip("0").rstrip(".")


def _sane(um: float) -> float:
    """A page of no or endless extent still needs a name; also ends NaN."""
    return min(max(um, 0.0), _LARGEST_MM * 1000.0) if um == um else 0.0
