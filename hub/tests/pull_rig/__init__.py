"""An office that prints pull: a queue, release points, people who are signed in at their computers, held jobs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import attrs
from hub_rig import BIRTH, PASSWORD, Bench, RemoteAgent, job_report, report

from tympan_hub.domain.held import Held
from tympan_hub.domain.ids import AgentId, JobId, PrinterId, TenantId
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.releases import Batch, Progress
from tympan_hub.ports import Bearer
from tympan_hub.service.notices import Stream
from tympan_wire.hub import (
    DeviceReport,
    JobReport,
    JobStanding,
    Operation,
    ReleaseOrder,
    ReleaseOutcome,
    Releases,
    ReleasesRequest,
    ReleaseWord,
    ReleaseWords,
    StoryLine,
)

QUEUE = PrinterId("anywhere")
LOBBY = PrinterId("lobby")
ATTIC = PrinterId("attic")
FREE = PullSettings(proximity=Proximity.NONE)


@attrs.define
class Office:
    """It."""

    hub: Bench
    tenant: TenantId
    admin: Person
    ada: Person
    desk: RemoteAgent
    revisions: dict[uuid.UUID, int] = attrs.field(factory=dict)

    @property
    def services(self) -> Any:
        """Of the hub."""
        return self.hub.services

    def bearer(self, agent: RemoteAgent | None = None) -> Bearer:
        """An agent as its token shows it."""
        return Bearer(tenant=self.tenant, agent=AgentId((agent or self.desk).id))

    def connect(self, agent: RemoteAgent | None = None) -> Stream:
        """An agent opens a stream of notices."""
        stream: Stream = self.services.notices.open(self.bearer(agent))
        return stream

    async def said(self, job: JobReport, agent: RemoteAgent | None = None) -> None:
        """An agent reports."""
        receipt = await (agent or self.desk).report(report(job))
        assert not receipt.refused, receipt

    async def hold(self, user: str = "ada", agent: RemoteAgent | None = None, **other: Any) -> JobId:
        """A job is held at an agent."""
        job = uuid.uuid4()
        await self.stands(job, JobStanding.HELD, user=user, agent=agent, **other)
        return JobId(job)

    async def stands(
        self,
        job: uuid.UUID,
        standing: JobStanding,
        *,
        user: str = "ada",
        agent: RemoteAgent | None = None,
        **other: Any,
    ) -> None:
        """An agent reports where a job stands."""
        self.revisions[job] = other.pop("revision", self.revisions.get(job, 0) + 1)
        over = standing in (JobStanding.COMPLETED, JobStanding.CANCELED, JobStanding.ABORTED, JobStanding.UNKNOWN)
        told: dict[str, Any] = {
            "printer": QUEUE,
            "user": user,
            "revision": self.revisions[job],
            "standing": standing,
            "ended_at": BIRTH + dt.timedelta(seconds=9) if over else None,
            "held_until": BIRTH + dt.timedelta(hours=24) if standing is JobStanding.HELD else None,
            "reason": "job-held-for-release" if standing is JobStanding.HELD else "none",
            "story": (StoryLine(at=BIRTH, what="received", standing=JobStanding.RECEIVED),),
        }
        await self.said(job_report(job, **{**told, **other}), agent)

    async def sees(self, printer: PrinterId, agent: RemoteAgent | None = None, **other: Any) -> None:
        """An agent sees a device."""
        seen = DeviceReport(printer=printer, reachable=True, observed_at=self.hub.clock.now())
        await (agent or self.desk).report(report(attrs.evolve(seen, **other)))

    async def mine(self, who: Person | None = None) -> tuple[Held, ...]:
        """What somebody sees of their held jobs."""
        held: tuple[Held, ...] = await self.services.held.mine(self.tenant, who or self.ada)
        return held

    async def release(self, *jobs: JobId, at: PrinterId = LOBBY, who: Person | None = None, **how: Any) -> Batch:
        """Somebody releases jobs."""
        batch: Batch = await self.services.releases.ask(self.tenant, who or self.ada, at, jobs, **how)
        return batch

    async def fetch(self, agent: RemoteAgent | None = None) -> Releases:
        """An agent fetches what it shall print."""
        told: Releases = await (agent or self.desk).ask(Operation.RELEASES, ReleasesRequest())
        return told

    async def answer(
        self,
        order: ReleaseOrder,
        outcome: ReleaseOutcome = ReleaseOutcome.BEGUN,
        agent: RemoteAgent | None = None,
        **other: Any,
    ) -> None:
        """An agent says what it did."""
        word = ReleaseWord(order=order.id, fence=order.fence, outcome=outcome)
        await (agent or self.desk).ask(Operation.RELEASE_WORDS, ReleaseWords(words=(attrs.evolve(word, **other),)))

    async def progress(self, batch: Batch) -> tuple[Progress, ...]:
        """How far a batch is."""
        told: tuple[Progress, ...] = await self.services.releases.progress(self.tenant, self.ada, batch.id)
        return told


async def new_office(hub: Bench, pull: PullSettings = FREE) -> Office:
    """One with a queue, two release points, and Ada, whose account is "ada" everywhere."""
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    printers, points = hub.services.printers, hub.services.points
    await printers.add(tenant, admin.actor, name="Anywhere", uri="", delivery=Delivery.PULL, pull=pull)
    for name in ("Lobby", "Attic"):
        await printers.add(tenant, admin.actor, name=name, uri=f"ipp://{name.lower()}.example/ipp/print", location=name)
    await points.make(tenant, admin, (LOBBY, ATTIC))
    ada = await hub.services.people.add(
        tenant, admin.actor, email="ada@acme.example", name="Ada", role=Role.USER, login="ada", password=PASSWORD
    )
    return Office(hub, tenant, admin, ada, await hub.agent(tenant))
