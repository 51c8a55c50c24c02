"""Waiting for a condition by looking at it again and again, never longer than a deadline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from rig._limits import POLL_S

T = TypeVar("T")


async def wait_until(
    look: Callable[[], Awaitable[T | None]], what: str, *, timeout_s: float, every_s: float = POLL_S
) -> T:
    """Returns the first truthy answer of ``look``, or raises ``TimeoutError`` naming ``what`` and the last answer."""
    last: T | None = None
    with trio.move_on_after(timeout_s):
        while True:
            last = await look()
            if last:
                return last
            await trio.sleep(every_s)
    raise TimeoutError(f"waited {timeout_s:g} s in vain for {what}; last seen: {last!r}")
