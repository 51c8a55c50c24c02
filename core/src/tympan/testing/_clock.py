"""A clock for tests that jumps to the next deadline whenever everything only waits, and never while a thread works.

trio's own takes a task that waits for a thread as one that waits for time: a disk that is slow for a moment then makes
every deadline of the test pass at once.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import trio
import trio.testing


@contextmanager
def jumping_clock() -> Iterator[trio.testing.MockClock]:
    """A clock for one run of trio; threads are known while the block runs."""
    clock = trio.testing.MockClock(autojump_threshold=0)
    found = (sys.modules.get(name) for name in ("trio.to_thread", "trio._path"))
    places: list[Any] = [module for module in found if module is not None]
    original, at_work = trio.to_thread.run_sync, 0

    async def run_sync(*args: Any, **named: Any) -> Any:
        nonlocal at_work
        at_work += 1
        clock.autojump_threshold = math.inf
        try:
            return await original(*args, **named)
        finally:
            at_work -= 1
            if not at_work:
                clock.autojump_threshold = 0

    for place in places:
        place.run_sync = run_sync
    try:
        yield clock
    finally:
        for place in places:
            place.run_sync = original
