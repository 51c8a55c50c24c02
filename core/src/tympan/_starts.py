"""A start of the agent that looks for garbage among what is new alone: what is imported stays as long as the process.

- Looking through all of it again and again takes a fifth of a start, and an agent would go on looking through it for
  ever.
- Not looking at all would keep what imports leave behind: a class with slots is made twice, and attrs writes down the
  source of each method it makes, for debuggers. Both are megabytes.
"""

from __future__ import annotations

import contextlib
import gc
import linecache
from collections.abc import Iterator, Mapping
from typing import Final

_NEW: Final = 5_000
"""Objects made until those are looked through: so few that the next imports fill the room of what was left behind."""


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Garbage is looked for as ever afterwards, and never among what was imported meanwhile."""
    usual = gc.get_threshold()
    gc.set_threshold(_NEW)
    gc.callbacks.append(_keep)
    try:
        yield
    finally:
        gc.callbacks.remove(_keep)
        gc.collect()
        _keep("stop", {})
        gc.set_threshold(*usual)


def _keep(phase: str, info: Mapping[str, int]) -> None:
    if phase == "stop":
        gc.freeze()
        linecache.clearcache()
