"""The service beside a hub in memory that takes reports as the real one does."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from tympan.plugin import Member, Printer, Retry, TympanError, printer_id
from tympan.testing import FakeHost, FakeHubLink, FakeMembership, FakeNoticeSource, FakeSpooler
from tympan_hub_sync._model import SyncSettings
from tympan_hub_sync._service import SyncService
from tympan_hub_sync._wants import Wants
from tympan_wire.hub import (
    Desired,
    DesiredRequest,
    Receipt,
    Refused,
    Report,
    ReportBatch,
    decode,
    encode,
)

MEMBER = Member(address="https://hub.example", agent="agent-1", tenant="t", policy_keys=(bytes(32),))
FRONT = Printer(id=printer_id("front"), name="Front", uri="ipp://device.example/ipp/print")
QUICK = SyncSettings(settle_s=0.01, poll_s=30.0)


class Away(TympanError):
    """The hub is away."""

    retry = Retry.LATER


class FakeControl:
    """Answers what the service asks of the kernel."""

    token = "none"

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            "status": {"keys_statement": "in a file", "policy": [], "problems": []},
            "plugins": [{"id": "p", "version": "1", "status": "running", "reason": "", "capabilities": ["a.b"]}],
        }

    async def ask(self, operation: str, arguments: object) -> object:
        """The answer set."""
        await trio.lowlevel.checkpoint()
        return self.answers[operation]

    def announce(self, port: int) -> None:
        """Not asked for."""

    def withdraw(self) -> None:
        """Not asked for."""


@attrs.define(eq=False)
class Sync:
    """What a test holds."""

    host: FakeHost
    link: FakeHubLink
    membership: FakeMembership
    notices: FakeNoticeSource
    spooler: FakeSpooler
    control: FakeControl
    wants: Wants
    desired: Desired = attrs.field(factory=lambda: Desired(edition="0"))
    reports: dict[uuid.UUID, Report] = attrs.field(factory=dict)
    batches: list[ReportBatch] = attrs.field(factory=list)
    away: bool = False
    lose: int = 0
    refuse: str = ""
    garbage: int = 0

    def answer_desired(self, payload: bytes) -> bytes:
        """As the hub does."""
        self.check()
        if decode(DesiredRequest, payload).known == self.desired.edition:
            return encode(Desired(edition=self.desired.edition, unchanged=True))
        return encode(self.desired)

    def answer_reports(self, payload: bytes) -> bytes:
        """As the hub does."""
        self.check()
        batch = decode(ReportBatch, payload)
        self.batches.append(batch)
        refused = [r for r in batch.reports if self.refuse == r.finding.KIND]  # type: ignore[union-attr]
        for report in batch.reports:
            if report not in refused:
                self.reports.setdefault(report.id, report)
        if self.lose:
            self.lose -= 1
            raise Away("the answer was lost")
        taken = tuple(report.id for report in batch.reports if report not in refused)
        return encode(Receipt(taken=taken, refused=tuple(Refused(id=r.id, why="no such kind") for r in refused)))

    def check(self) -> None:
        """Faults to order."""
        if self.away:
            raise Away("the hub is away")
        if self.garbage:
            self.garbage -= 1
            raise Garbage

    def findings(self, kind: type[Any]) -> list[Any]:
        """What was reported of one kind, in order."""
        return [report.finding for report in self.reports.values() if isinstance(report.finding, kind)]

    async def want(self, desired: Desired) -> None:
        """The hub wants something else, and says so."""
        self.desired = desired
        await self.notices.push("desired")

    async def until(self, condition: Callable[[], object]) -> Any:
        """Polls."""
        with trio.fail_after(20):
            while not (found := condition()):
                await trio.sleep(0.002)
        return found


class Garbage(Exception):
    """In place of an answer, nonsense."""


class Link(FakeHubLink):
    """A link whose hub may answer nonsense."""

    async def request(self, operation: str, payload: bytes) -> bytes:
        """The answer, or nonsense."""
        try:
            return await super().request(operation, payload)
        except Garbage:
            return b"<html>"


def made(settings: SyncSettings = QUICK, member: Member | None = MEMBER) -> Sync:
    """A service's surroundings; kept over runs they are a restart."""
    link, membership, notices, spooler = Link(), FakeMembership(member), FakeNoticeSource(), FakeSpooler()
    control = FakeControl()
    host = FakeHost(
        "hub_sync",
        settings=attrs.asdict(settings),
        printers=[FRONT],
        ports=[link, membership, notices, spooler],
        control=control,
    )
    sync = Sync(host, link, membership, notices, spooler, control, Wants())
    link.answers = {"desired": sync.answer_desired, "reports": sync.answer_reports}
    return sync


@asynccontextmanager
async def running(sync: Sync | None = None, first_s: float = 0.001, last_s: float = 0.01) -> AsyncIterator[Sync]:
    """Runs the service; after a failure it waits so long."""
    sync = sync or made()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SyncService(sync.wants, first_s, last_s).run, sync.host)
        yield sync
        nursery.cancel_scope.cancel()
