"""Counting what may be tried only so often."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from tympan_hub.domain.errors import TooMany
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.limits.attempts import ATTEMPTS_WINDOW
from tympan_hub.ports import Unit

FAILED_SIGN_INS: Final = "failed sign-ins"
"""What those are called that count against a person and a source, by password or through a provider."""


async def count(unit: Unit, limits: Mapping[str, int], now: dt.datetime, what: str, *, add: bool = True) -> None:
    """Counts one try for each key, or only looks; raises ``TooMany`` when a key has had its share in the window."""
    for key, most in limits.items():
        times = await unit.attempts.times(SERVICE, key, now - ATTEMPTS_WINDOW)
        if len(times) >= most:
            raise _too_many(what, times[-most] + ATTEMPTS_WINDOW - now)
    for key in limits if add else ():
        await unit.attempts.add(SERVICE, key, now)


def _too_many(what: str, wait: dt.timedelta) -> TooMany:
    seconds = int(wait.total_seconds())
    return TooMany(
        f"too many {what} lately",
        next_step=f"Try again in {seconds // 60 + 1} minutes.",
        retry_after_s=max(1, seconds + 1),
    )
