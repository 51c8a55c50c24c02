"""The bus: its order contract, bounded channels, and leaving."""

from __future__ import annotations

import pytest
import trio

from tympan._bus import Bus
from tympan._errors import Overloaded
from tympan._events import DeviceChanged, Event, PolicyChanged, PrintersChanged
from tympan._ids import printer_id
from tympan._limits import Limits

pytestmark = pytest.mark.anyio


async def test_a_subscriber_gets_its_types_in_order() -> None:
    bus = Bus()
    with bus.subscribe(DeviceChanged, PrintersChanged) as events:
        sent: list[Event] = [
            DeviceChanged(printer=printer_id("a")),
            PrintersChanged(),
            DeviceChanged(printer=printer_id("b")),
        ]
        bus.publish(PolicyChanged())
        for event in sent:
            bus.publish(event)
        assert [await events.receive() for _ in sent] == sent


async def test_a_slow_subscriber_misses_events_and_knows_it_while_others_get_all() -> None:
    bus = Bus()
    with bus.subscribe(PolicyChanged, size=2) as slow, bus.subscribe(PolicyChanged, size=8) as quick:
        for _ in range(5):
            bus.publish(PolicyChanged())
        assert (slow.missed, quick.missed) == (3, 0)


async def test_closing_ends_a_waiting_receiver() -> None:
    bus = Bus()
    events = bus.subscribe(PolicyChanged)
    ended = trio.Event()

    async def wait() -> None:
        async for _ in events:
            raise AssertionError("nothing was published")
        ended.set()

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            events.close()
    assert ended.is_set()


async def test_a_leak_of_subscriptions_is_refused() -> None:
    bus = Bus(Limits(subscribers=8))
    opened = [bus.subscribe() for _ in range(8)]
    with pytest.raises(Overloaded):
        bus.subscribe()
    opened[0].close()
    bus.subscribe()
