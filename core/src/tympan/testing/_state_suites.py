"""The suites of what the kernel gives a plugin to keep and to hear: ``KeyValue``, ``EventBus`` and ``Printers``.

A vendor needs them only to make a host of his own; the kernel's own and the fakes pass the same ones. Fixtures:
``values`` (empty); ``bus`` (without subscribers); ``printers`` with ``bus``, ``printer``, the one that it knows, and
``add``, which makes one more known.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Callable

import attrs
import trio
import trio.testing

from tympan._errors import BadInput, NotFound
from tympan._events import (
    DeviceChanged,
    DeviceWanted,
    Event,
    JobChanged,
    PolicyChanged,
    PortsChanged,
    PrintersChanged,
)
from tympan._ids import PrinterId
from tympan._ports import EventBus, KeyValue, Printers, Subscription
from tympan._states import JobState
from tympan._values import DeviceSnapshot, Printer
from tympan.testing._expectations import ANSWER_S, answer, refusal

_VALUE_BYTES = 64 * 1024
_NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
_NOBODY = PrinterId("nobody")


class KeyValueSuite:
    """What every ``KeyValue`` must do."""

    async def test_what_was_put_comes_back(self, values: KeyValue) -> None:
        """Bytes of every kind, up to 64 KiB; the last one counts."""
        assert await answer(functools.partial(values.get, "key")) is None
        for value in (b"", b"\x00\xff" * 8, bytes(_VALUE_BYTES), b"last"):
            await answer(functools.partial(values.put, "key", value))
            assert await answer(functools.partial(values.get, "key")) == value
        assert await answer(functools.partial(values.get, "other")) is None

    async def test_what_was_deleted_is_gone(self, values: KeyValue) -> None:
        """Deleting what is not there harms nothing."""
        await answer(functools.partial(values.put, "key", b"value"))
        for _ in range(2):
            await answer(functools.partial(values.delete, "key"))
            assert await answer(functools.partial(values.get, "key")) is None

    async def test_what_is_too_large_is_refused_and_changes_nothing(self, values: KeyValue) -> None:
        """A plugin's state is small."""
        await answer(functools.partial(values.put, "key", b"value"))
        await refusal(functools.partial(values.put, "key", bytes(_VALUE_BYTES + 1)), BadInput)
        await refusal(functools.partial(values.put, "k" * 256, b""), BadInput)
        assert await answer(functools.partial(values.get, "key")) == b"value"


class EventBusSuite:
    """What every ``EventBus`` must do."""

    async def test_events_of_the_kinds_wanted_arrive_in_order(self, bus: EventBus) -> None:
        """From ``subscribe`` on, and not those before."""
        job = JobChanged(job=uuid.UUID(int=1), printer=_NOBODY, state=JobState.HELD)
        bus.publish(PrintersChanged())
        with bus.subscribe(JobChanged, PortsChanged) as some, bus.subscribe() as every:
            for event in (job, PolicyChanged(), PortsChanged()):
                bus.publish(event)
            assert await _take(some, 2) == [job, PortsChanged()]
            assert await _take(every, 3) == [job, PolicyChanged(), PortsChanged()]

    async def test_a_slow_subscriber_misses_and_knows_it(self, bus: EventBus) -> None:
        """It holds up nobody."""
        with bus.subscribe(size=1) as slow, bus.subscribe(size=8) as quick:
            for _ in range(3):
                bus.publish(PortsChanged())
            assert (slow.missed, quick.missed) == (2, 0)
            assert len(await _take(quick, 3)) == 3

    async def test_a_closed_subscription_ends(self, bus: EventBus) -> None:
        """What was waiting is still seen; then the loop is over."""
        subscription = bus.subscribe()
        bus.publish(PortsChanged())
        subscription.close()
        bus.publish(PolicyChanged())
        assert [event async for event in subscription] == [PortsChanged()]


class PrintersSuite:
    """What every ``Printers`` must do."""

    async def test_a_known_printer_is_found_and_no_other(self, printers: Printers, printer: Printer) -> None:
        """By id."""
        assert printer in printers.all()
        assert printers.get(printer.id) == printer
        assert printers.get(_NOBODY) is None
        assert printers.snapshot(printer.id) is None

    async def test_a_printer_on_its_way_is_waited_for(
        self, printers: Printers, printer: Printer, add: Callable[[Printer], None]
    ) -> None:
        """One that is there is answered at once, one that comes when it comes, and no other is waited for long."""
        assert await answer(functools.partial(printers.wait, printer.id, 0.0)) == printer
        coming = attrs.evolve(printer, id=PrinterId("coming"), name="Coming")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_later, add, attrs.evolve(coming, id=PrinterId("another"), name="Another"))
            nursery.start_soon(_later, add, coming)
            found = await answer(functools.partial(_waited, printers, coming.id))
        assert found == coming
        await refusal(functools.partial(printers.wait, _NOBODY, 0.01), NotFound)

    async def test_a_look_is_kept_and_told_when_it_differs(
        self, printers: Printers, bus: EventBus, printer: Printer
    ) -> None:
        """A device that is as before is no news."""
        seen = DeviceSnapshot(reachable=True, observed_at=_NOW, answered_at=_NOW, attributes=b"\x02")
        later = attrs.evolve(seen, observed_at=_NOW + dt.timedelta(seconds=5))
        away = attrs.evolve(later, reachable=False, reason="offline-report", detail="it does not answer")
        with bus.subscribe(DeviceChanged, PolicyChanged) as events:
            for snapshot in (seen, later, away):
                printers.observe(printer.id, snapshot)
                assert printers.snapshot(printer.id) == snapshot
            bus.publish(PolicyChanged())
            told = await _take(events, 3)
        assert told == [DeviceChanged(printer=printer.id)] * 2 + [PolicyChanged()]

    async def test_a_wish_is_published(self, printers: Printers, bus: EventBus, printer: Printer) -> None:
        """Whoever watches the device hears it."""
        with bus.subscribe(DeviceWanted) as events:
            printers.want(printer.id)
            assert await _take(events, 1) == [DeviceWanted(printer=printer.id)]

    async def test_a_pin_is_kept(self, printers: Printers, printer: Printer) -> None:
        """One for a printer that is gone meanwhile is ignored."""
        printers.pin(printer.id, "ab" * 32)
        printers.pin(_NOBODY, "cd" * 32)
        found = printers.get(printer.id)
        assert found is not None
        assert found.fingerprint == "ab" * 32


async def _waited(printers: Printers, printer: PrinterId) -> Printer | None:
    try:
        return await printers.wait(printer, ANSWER_S)
    except NotFound:
        return None


async def _later(add: Callable[[Printer], None], printer: Printer) -> None:
    await trio.testing.wait_all_tasks_blocked()
    add(printer)


async def _take(subscription: Subscription, count: int) -> list[Event]:
    with trio.fail_after(10):
        return [await subscription.receive() for _ in range(count)]
