"""What the kernel gives to plugins, breaking its contract in one way."""

from __future__ import annotations

from typing import Any

import attrs
import trio
from conformance_rig import FRONT, Cases

from tympan._bus import Bus
from tympan._ids import PrinterId
from tympan._ports import OutboxEntry
from tympan._values import NewJob, Printer
from tympan.testing import (
    EventBusSuite,
    FakeJobs,
    FakeKeyValue,
    FakeOutbox,
    FakePrinters,
    JobsSuite,
    KeyValueSuite,
    OutboxSuite,
    PrintersSuite,
)


class Piling(FakeOutbox):
    def _put(self, entry: OutboxEntry, slot: str) -> None:
        self.entries[f"{slot} {entry.id}"] = entry


class Hoarding(FakeKeyValue):
    async def delete(self, key: str) -> None:
        await trio.lowlevel.checkpoint()


class Chatty(FakePrinters):
    def observe(self, printer: PrinterId, snapshot: Any) -> None:
        self._snapshots.clear()
        super().observe(printer, snapshot)


class Hasty(FakePrinters):
    async def wait(self, printer: PrinterId, within_s: float) -> Printer:
        return await super().wait(printer, 0.0)


class Losing(Bus):
    def publish(self, event: Any) -> None:
        if len(self._subscriptions) > 1:
            super().publish(event)


class Careless(FakeJobs):
    def open(self, new: NewJob) -> Any:
        return super().open(attrs.evolve(new, name="report.pdf"))


KERNEL: Cases = {
    "outbox that keeps every change of a job": (
        OutboxSuite, "test_a_job_has_one_entry_while_jobs_are_watched",
        lambda: {"jobs": (jobs := FakeJobs()), "outbox": Piling(jobs), "printer": FRONT.id}),
    "outbox that removes by slot": (
        OutboxSuite, "test_a_slot_has_one_entry_the_newest", lambda: {"outbox": Piling(FakeJobs())}),
    "values that stay": (KeyValueSuite, "test_what_was_deleted_is_gone", lambda: {"values": Hoarding()}),
    "printers with no news": (
        PrintersSuite, "test_a_look_is_kept_and_told_when_it_differs",
        lambda: {"printers": Chatty(bus := Bus(), [FRONT]), "bus": bus, "printer": FRONT}),
    "printers nobody waits for": (
        PrintersSuite, "test_a_printer_on_its_way_is_waited_for",
        lambda: {"printers": (hasty := Hasty(Bus(), [FRONT])), "printer": FRONT, "add": hasty.add}),
    "bus that loses": (EventBusSuite, "test_a_closed_subscription_ends", lambda: {"bus": Losing()}),
    "jobs under other names": (
        JobsSuite, "test_a_job_begins_receiving_and_is_accepted_whole",
        lambda: {"jobs": Careless(), "printer": FRONT.id}),
}  # fmt: skip
