"""Words of others as the updater keeps them: short, and such as can be printed. Pure.

What is kept is read again only up to a length; a longer file would read as an empty one, and its history be lost.
"""

from __future__ import annotations

from collections.abc import Iterable

from tympan_updater._limits import NAME_CHARS, REASON_CHARS


def sentence(text: str) -> str:
    """A reason, cut to its length."""
    return _printed(text, REASON_CHARS)


def names(found: Iterable[str], most: int) -> tuple[str, ...]:
    """Names of plugins and other parts, each cut to its length; those beyond ``most`` are left out."""
    return tuple(_printed(name, NAME_CHARS) for name, _ in zip(found, range(most), strict=False))


def _printed(text: str, most: int) -> str:
    return "".join(one if one.isprintable() else " " for one in text[:most])
