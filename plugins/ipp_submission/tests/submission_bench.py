"""What the tests stand on: virtual devices, a host, a running watcher, deliveries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio

from tympan.plugin import Claim, Deferred, Job, JobState, Outcome, PluginId, Printer, PrinterId, SendAgain
from tympan.testing import FakeDelivery, FakeDocument, FakeHost
from tympan_ipp_submission._fleet import Fleet
from tympan_ipp_submission._route import IppRoute
from tympan_ipp_submission._watcher import Watcher
from tympan_sim import PrinterHandle, Profile, run_printers
from tympan_wire.ipp import Attribute, Group, GroupTag, Message, encode

SETTINGS = {"watch_interval_s": 60.0, "watch_alert_interval_s": 0.5, "remind_after_h": 24.0, "give_up_cancel_s": 1.0}
DOCUMENTS = Path(__file__).parents[3] / "tests" / "documents"
FRONT = PrinterId("front")
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def ticket(*attributes: Attribute) -> bytes:
    groups = (Group(GroupTag.OPERATION, ()), Group(GroupTag.JOB, attributes))
    return encode(Message(version=(2, 0), code=0, request_id=1, groups=groups))


def pdf(name: str = "01-a4-1p-gray.pdf") -> bytes:
    return (DOCUMENTS / name).read_bytes()


LARGE = pdf() + b"\n%" + b"x" * 3_000_000
"""A PDF of one page that takes many packets: comments may follow its end."""


@attrs.define(kw_only=True)
class Bench:
    """One device, one printer on it, the plugin's parts."""

    host: FakeHost
    fleet: Fleet
    route: IppRoute
    simulated: PrinterHandle | None = None

    @property
    def device(self) -> PrinterHandle:
        assert self.simulated is not None, "only a virtual device can be ordered about"
        return self.simulated

    @property
    def printer(self) -> Printer:
        found = self.host.printers.get(FRONT)
        assert found is not None
        return found

    def delivery(
        self,
        content: bytes,
        *,
        media_type: str = "application/pdf",
        ticket: bytes = b"",
        evidence: bytes = b"",
        name: str = "letter",
    ) -> FakeDelivery:
        job = Job(
            uuid=uuid.uuid4(),
            number=1,
            printer=FRONT,
            name=name,
            user="ada",
            media_type=media_type,
            ticket=ticket,
            state=JobState.SENDING,
            created_at=NOW,
            size_bytes=len(content),
            claim=Claim(route=PluginId("ipp_submission"), attempt=1, fence=1),
            evidence=evidence,
        )
        document = FakeDocument(content=content, media_type=media_type)
        return FakeDelivery(job=job, printer=self.printer, document=document, evidence=evidence)

    async def deliver(self, delivery: FakeDelivery, *, within_s: float = 20.0) -> Outcome:
        with trio.fail_after(within_s):
            return await self.route.deliver(delivery)

    async def recover(self, delivery: FakeDelivery, *, within_s: float = 20.0) -> Outcome | SendAgain:
        with trio.fail_after(within_s):
            return await self.route.recover(delivery)


async def until(holds: Callable[[], bool], within_s: float = 10.0) -> None:
    with trio.fail_after(within_s):
        while not holds():
            await trio.sleep(0.01)


async def deliver_all(parts: Bench, delivery: FakeDelivery, tries: int = 20) -> object:
    """Delivers as the kernel does: again while deferred, through ``recover`` while there is evidence."""
    for _ in range(tries):
        outcome = await (parts.recover(delivery) if delivery.evidence else parts.deliver(delivery))
        if isinstance(outcome, SendAgain):
            await delivery.checkpoint(b"", what="may be sent again")
        elif not isinstance(outcome, Deferred):
            return outcome
        delivery.job = attrs.evolve(delivery.job, state=type(delivery.job.state).SENDING)
        await trio.sleep(0.05)
    raise AssertionError("it never ended")


@asynccontextmanager
async def bench(uri: str, *, watch: bool = True) -> AsyncIterator[Bench]:
    """The plugin on a device that runs already."""
    host = FakeHost("ipp_submission", settings=SETTINGS, printers=[Printer(id=FRONT, name="Front", uri=uri)])
    fleet = Fleet()
    parts = Bench(host=host, fleet=fleet, route=IppRoute(fleet))
    async with trio.open_nursery() as nursery:
        if watch:
            nursery.start_soon(Watcher(fleet).run, host)
            with trio.fail_after(5):
                await host.ready_event.wait()
            yield parts
        else:
            with fleet.attached(host):
                yield parts
            await fleet.close()
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def virtual(
    profile: Profile | None = None,
    *,
    tls: bool = False,
    watch: bool = False,
    apart: bool = True,
    directory: Path | None = None,
) -> AsyncIterator[Bench]:
    """The plugin on a virtual device."""
    async with trio.open_nursery() as nursery:
        site = await nursery.start(_run, profile or Profile(), tls, apart, directory)
        device = next(iter(site))
        async with bench(device.uri, watch=watch) as parts:
            parts.simulated = device
            yield parts
        nursery.cancel_scope.cancel()


async def _run(
    profile: Profile, tls: bool, apart: bool, directory: Path | None, *, task_status: trio.TaskStatus[object]
) -> None:
    await run_printers([profile], tls=tls, apart=apart, directory=directory, task_status=task_status)
