"""Known: small things read or written before, kept ready to be given again.

Printers and programs say the same words over and over (``one-sided``, ``media-size``, 300 dpi), so most of a message
is looked up and not made.

- Only what cannot change is kept, and only for tags whose values are vocabulary or numbers: never a name, a text or a
  URI, which belong to somebody.
- Whatever a peer sends, memory is bounded: long things are not kept, and a full table starts anew.
"""

from collections.abc import Callable
from typing import TypeVar

from tympan_wire.ipp._limits import KNOWN_LENGTH, KNOWN_THINGS

K = TypeVar("K", str, bytes)
V = TypeVar("V")


class Known(dict[K, V]):
    """A table that makes what it lacks; look up with ``[]``. What ``make`` raises, it raises, and keeps nothing."""

    __slots__ = ("_make",)
    _make: Callable[[K], V]

    def __init__(self, make: Callable[[K], V]) -> None:
        self._make = make

    def __missing__(self, key: K) -> V:
        made = self._make(key)
        if len(key) <= KNOWN_LENGTH:
            if len(self) >= KNOWN_THINGS:
                self.clear()
            self[key] = made
        return made
