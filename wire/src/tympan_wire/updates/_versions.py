"""A version: what it looks like and which one is higher (PEP 440, finals and their a, b and rc)."""

from __future__ import annotations

import functools
import re
from typing import Final

from attrs import field, frozen
from attrs.validators import instance_of

from tympan_wire.updates._errors import BadUpdateFile
from tympan_wire.updates._limits import VERSION_CHARACTERS

_VERSION: Final = re.compile(r"(\d{1,6}(?:\.\d{1,6}){0,3})(?:(a|b|rc)(\d{1,6}))?")
_STAGES: Final = {"a": 0, "b": 1, "rc": 2, None: 3}


@functools.total_ordering
@frozen(order=False)
class Version:
    """A version such as ``1.2.0`` or ``1.3.0rc1``, as PEP 440 writes and orders them; no others are released.
    ``1.2`` equals ``1.2.0``.

    Raises:
        BadUpdateFile: The text is no such version.
    """

    text: str = field(validator=instance_of(str), eq=False)
    _rank: tuple[tuple[int, ...], int, int] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        found = _VERSION.fullmatch(self.text) if len(self.text) <= VERSION_CHARACTERS and self.text.isascii() else None
        if found is None:
            raise BadUpdateFile(f"{self.text!r:.60} is no version such as 1.2.0 or 1.3.0rc1")
        numbers = [int(part) for part in found[1].split(".")]
        while len(numbers) > 1 and numbers[-1] == 0:
            numbers.pop()
        object.__setattr__(self, "_rank", (tuple(numbers), _STAGES[found[2]], int(found[3] or 0)))

    def __lt__(self, other: Version) -> bool:
        return self._rank < other._rank

    def __str__(self) -> str:
        return self.text
