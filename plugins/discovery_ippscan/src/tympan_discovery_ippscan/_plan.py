"""In which order places are asked, and which are done. Pure.

- The order is a stroll by the golden ratio: places that follow each other lie far apart, so no /24 is hammered, and
  each place comes once. It depends on the number of places and a seed alone: a restart goes on in the same order.
- What is done is kept as a mark, below which all is done, and the few done beyond it: nothing is left out, and only
  what was under way is asked again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import cached_property
from typing import Final

import attrs

_GOLDEN: Final = (math.sqrt(5) - 1) / 2


@attrs.frozen(kw_only=True)
class Plan:
    """An order of ``count`` places."""

    count: int
    seed: int = 0

    def place(self, step: int) -> int:
        """Which place is asked at a step."""
        return (self.seed + step * self._stride) % self.count

    @cached_property
    def _stride(self) -> int:
        stride = max(1, round(self.count * _GOLDEN))
        while math.gcd(stride, self.count) != 1:
            stride += 1
        return stride


@attrs.define(kw_only=True)
class Cursor:
    """Which steps are done.

    Attributes:
        mark: All steps below it are.
        found: Devices found by them.
    """

    mark: int = 0
    found: int = 0
    _beyond: set[int] = attrs.field(factory=set, alias="beyond")

    @property
    def done(self) -> int:
        """How many steps."""
        return self.mark + len(self._beyond)

    def finish(self, step: int) -> None:
        """One more is done."""
        if step >= self.mark:
            self._beyond.add(step)
        while self.mark in self._beyond:
            self._beyond.remove(self.mark)
            self.mark += 1

    def left(self, count: int) -> Iterator[int]:
        """Steps that are not done, in order, as they stand when each is asked for."""
        for step in range(self.mark, count):
            if step not in self._beyond:
                yield step

    def kept(self, plan: str) -> bytes:
        """To be written down, with the plan it belongs to."""
        said = {"plan": plan, "mark": self.mark, "found": self.found, "beyond": sorted(self._beyond)}
        return json.dumps(said, separators=(",", ":")).encode()

    @classmethod
    def of(cls, kept: bytes | None, plan: str) -> Cursor:
        """As it was written down; a new one where there is none, or it belongs to another plan."""
        try:
            said = json.loads(kept or b"{}")
            if said["plan"] != plan:
                return cls()
            beyond = {int(step) for step in said["beyond"]}
            return cls(mark=int(said["mark"]), found=int(said["found"]), beyond=beyond)
        except (ValueError, LookupError, TypeError):
            return cls()
