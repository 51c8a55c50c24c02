"""A hub in memory that orders releases, a kernel's fakes around the plugin, and a device the test plays."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from tympan.plugin import (
    Go,
    Job,
    JobState,
    JobStep,
    LookAgain,
    Member,
    NewJob,
    Printer,
    PrinterId,
    PrinterMode,
    TympanError,
)
from tympan.testing import (
    FakeAgentKeys,
    FakeHost,
    FakeHubDownloads,
    FakeHubIdentity,
    FakeHubLink,
    FakeHubUploads,
    FakeMembership,
)
from tympan_pull_release._gate import PullGate
from tympan_pull_release._permits import Permits
from tympan_pull_release._releaser import Desk
from tympan_pull_release._service import ReleaseService
from tympan_wire.hub import (
    Done,
    KeepOrder,
    Operation,
    PullRules,
    ReleaseOrder,
    ReleaseOutcome,
    Releases,
    ReleasesRequest,
    ReleaseWord,
    ReleaseWords,
    decode,
    encode,
)

MEMBER = Member(address="https://hub.example", agent="agent-1", tenant="acme", policy_keys=(bytes(32),))
RULES = PullRules(hold_s=3600, jobs_most=3, bytes_most=1 << 20, media=("iso_a4_210x297mm",))
BEGUN, REFUSED = ReleaseOutcome.BEGUN, ReleaseOutcome.REFUSED
SETTINGS: dict[str, object] = {"hold_s": 86_400.0, "jobs_most": 100, "poll_s": 30.0}


def pull(rules: PullRules = RULES, name: str = "pull") -> Printer:
    return Printer(id=PrinterId(name), name="Anywhere", uri="", mode=PrinterMode.PULL, terms=encode(rules).decode())


POINT = Printer(
    id=PrinterId("hall"), name="Hall", uri="ipp://hall.example/", location="Ground floor", offered=False, releases=True
)
LOFT = attrs.evolve(POINT, id=PrinterId("loft"), name="Loft", location="")
DESK_PRINTER = Printer(id=PrinterId("desk"), name="Desk", uri="ipp://desk.example/")
OWN = Printer(id=PrinterId("own"), name="Own", uri="ipp://own.example/", mode=PrinterMode.PULL)


class Hub:
    """What the hub would answer."""

    def __init__(self, link: FakeHubLink) -> None:
        self.orders: list[ReleaseOrder] = []
        self.ended: list[uuid.UUID] = []
        self.words: list[ReleaseWord] = []
        self.keep: list[KeepOrder] = []
        self.kept: tuple[uuid.UUID, ...] = ()
        self.granted: tuple[uuid.UUID, ...] = ()
        self.drop: list[uuid.UUID] = []
        self.away: TympanError | None = None
        self.deaf = False
        self.fetched = 0
        link.answers[Operation.RELEASES] = self._releases
        link.answers[Operation.RELEASE_WORDS] = self._heard

    def order(self, job: uuid.UUID, at: str = "hall", **fields: Any) -> ReleaseOrder:
        order = ReleaseOrder(
            **{"id": uuid.uuid4(), "fence": 1, "job": job, "printer": at, "by": "Ada", "within_s": 60, **fields}
        )
        self.orders.append(order)
        return order

    def _releases(self, payload: bytes) -> bytes:
        self._check()
        self.fetched += 1
        asked = decode(ReleasesRequest, payload)
        self.kept, self.granted = asked.kept, asked.granted
        keep = tuple(order for order in self.keep if order.job not in self.kept)
        drop = tuple(job for job in self.drop if job in self.kept)
        return encode(Releases(orders=tuple(self.orders), ended=tuple(self.ended), keep=keep, drop=drop))

    def _heard(self, payload: bytes) -> bytes:
        self._check()
        words = decode(ReleaseWords, payload).words
        self.words += words
        if self.deaf:
            raise Away("the answer was lost")
        done = {word.order for word in words}
        self.orders = [order for order in self.orders if order.id not in done]
        return encode(Done())

    def _check(self) -> None:
        if self.away is not None:
            raise self.away


class Away(TympanError):
    """The hub is away."""

    from tympan.plugin import Retry

    retry = Retry.LATER


@attrs.define(eq=False)
class Rig:
    """What a test holds."""

    host: FakeHost
    link: FakeHubLink
    hub: Hub
    gate: PullGate
    permits: Permits
    desk: Desk
    uploads: FakeHubUploads
    membership: FakeMembership

    async def print_(self, content: bytes = b"%PDF pages", printer: str = "pull", **fields: Any) -> Job:
        """A job that came in and met the gate, as the kernel would have it."""
        new = NewJob(**{"printer": PrinterId(printer), "name": "Secret plans", "user": "ada", **fields})
        intake = self.host.jobs.open(new)
        await intake.write(content)
        await intake.commit()
        job = attrs.evolve(self.host.jobs.known(intake.job.uuid), state=JobState.RECEIVED)
        self.host.jobs.replace(job)
        place = self.host.printers.get(job.printer)
        assert place is not None
        held = await self.gate.check(job, place)
        if isinstance(held, Go):
            return self.host.jobs.step(job, JobStep.QUEUE)
        job = attrs.evolve(job, reason=held.reason, detail=held.detail, retry_at=held.until)
        return self.host.jobs.step(job, JobStep.HOLD)

    def look(self, topic: str = "releases") -> None:
        self.host.bus.publish(LookAgain(topic=topic))

    async def until(self, true: Callable[[], object]) -> None:
        with trio.fail_after(20):
            while not true():
                await trio.sleep(0.01)

    async def state(self, job: Job, state: JobState) -> Job:
        await self.until(lambda: self.host.jobs.known(job.uuid).state is state)
        return self.host.jobs.known(job.uuid)

    def takes(self, job: Job) -> Job:
        """The device takes it."""
        now = self.host.jobs.step(self.host.jobs.known(job.uuid), JobStep.CLAIM)
        now = attrs.evolve(now, evidence=b"job 7")
        self.host.jobs.replace(now)
        return self.host.jobs.step(now, JobStep.SENT)


def made(*printers: Printer, settings: dict[str, object] | None = None) -> Rig:
    link, uploads = FakeHubLink(), FakeHubUploads()
    hub = Hub(link)
    membership = FakeMembership(MEMBER)
    host = FakeHost(
        "pull_release",
        settings=settings or SETTINGS,
        printers=printers or (pull(), POINT, LOFT, DESK_PRINTER, OWN),
        ports=[link, membership, uploads, FakeHubIdentity(), FakeHubDownloads(uploads.uploads), FakeAgentKeys()],
    )
    permits = Permits()
    return Rig(host, link, hub, PullGate(permits), permits, Desk(), uploads, membership)


@asynccontextmanager
async def running(rig: Rig | None = None) -> AsyncIterator[Rig]:
    """Runs the service."""
    rig = rig or made()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ReleaseService(rig.gate, rig.permits, rig.desk).run, rig.host)
        await rig.host.ready_event.wait()
        yield rig
        nursery.cancel_scope.cancel()
