"""What the hub does again and again beside answering: forgetting, deliveries to webhooks, orders that wait."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from attrs import frozen

from tympan_hub.domain.errors import HubError
from tympan_hub.domain.limits.keeping import HOUSEKEEPING_S
from tympan_hub.domain.limits.notices import PRESENCE_S
from tympan_hub.domain.limits.pull import HELD_AGAIN_S, MIRRORS_SETTLED_S, REGIVE_S
from tympan_hub.domain.limits.tunnel import FAILOVER_S, SERVING_S
from tympan_hub.domain.limits.updates import UPDATES_ROUND_S
from tympan_hub.domain.limits.webhooks import DELIVERIES_S
from tympan_hub.ports import Meter
from tympan_hub.service import Services

_log: Final = logging.getLogger("tympan_hub")


@frozen(kw_only=True)
class Round:
    """Something done again and again.

    Attributes:
        name: What, a word.
        do: Does it once.
        every_s: The wait between two.
        leave: Done once in the end.
        overlaps: The next one begins although this one goes on; what it does then bounds itself.
    """

    name: str
    do: Callable[[], Awaitable[object]]
    every_s: float
    leave: Callable[[], Awaitable[object]] | None = None
    overlaps: bool = False


def rounds(services: Services, *, shared: bool) -> tuple[Round, ...]:
    """All of them; ``shared`` is whether other processes serve from the same database."""
    presence = services.presence
    told = Round(name="presence", do=presence.write, every_s=PRESENCE_S, leave=presence.leave)
    return (
        *([told] if shared else []),
        Round(name="housekeeping", do=services.housekeeping.tidy, every_s=HOUSEKEEPING_S),
        Round(name="mirrors", do=services.keepers.settle, every_s=MIRRORS_SETTLED_S),
        Round(name="uploads", do=services.upload_clearance.tidy, every_s=HOUSEKEEPING_S),
        Round(name="deliveries", do=services.deliveries.round, every_s=DELIVERIES_S, overlaps=True),
        Round(name="releases", do=services.regiving.round, every_s=REGIVE_S),
        Round(name="tunnel", do=services.failover.round, every_s=FAILOVER_S),
        Round(name="tunnel-lost", do=services.failover.settle, every_s=HOUSEKEEPING_S),
        Round(name="new-readers", do=services.new_readers.round, every_s=REGIVE_S),
        Round(name="called-off", do=services.called_off.round, every_s=SERVING_S),
        Round(name="serving", do=services.serving.settle, every_s=SERVING_S),
        Round(name="updates", do=services.updates.round, every_s=UPDATES_ROUND_S),
        Round(name="held-again", do=services.held_again.settle, every_s=HELD_AGAIN_S),
        Round(name="deliveries-kept", do=services.deliveries.tidy, every_s=HOUSEKEEPING_S),
    )


@asynccontextmanager
async def going(services: Services, meter: Meter, *, shared: bool) -> AsyncIterator[None]:
    """Keeps all rounds going meanwhile."""
    tasks = [asyncio.create_task(_go(each, meter)) for each in rounds(services, shared=shared)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _go(each: Round, meter: Meter) -> None:
    try:
        await _again_and_again(each, meter)
    finally:
        if each.leave is not None:
            with contextlib.suppress(HubError):  # who cannot say goodbye is taken for dead a little later
                await each.leave()


async def _again_and_again(each: Round, meter: Meter) -> None:
    async with asyncio.TaskGroup() as group:
        while True:
            once = group.create_task(_once(each, meter))
            if not each.overlaps:
                await once
            await asyncio.sleep(each.every_s)


async def _once(each: Round, meter: Meter) -> None:
    began = time.perf_counter()
    try:
        await each.do()
    except Exception:  # whatever it is, the hub goes on
        _log.exception("the round of %s failed; it is tried again", each.name)
        meter.round(each.name, time.perf_counter() - began, well=False)
    else:
        meter.round(each.name, time.perf_counter() - began, well=True)
