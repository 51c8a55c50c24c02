"""Two sites and the hub between: a sender that never sees the device, and agents beside it."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

import attrs
import httpx
from hub_rig import BIRTH, Bench, RemoteAgent, job_report, report

from tympan_hub.domain.blobs import Kind
from tympan_hub.domain.ids import SERVICE, AgentId, PrinterId, TenantId, UploadId
from tympan_hub.domain.people import CONSOLE, Person
from tympan_hub.domain.policy import TUNNEL_RECEIVE, TUNNEL_SEND, Verdict
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.ports import Bearer
from tympan_hub.service.notices import Stream
from tympan_wire.hub import (
    BLOBS_PATH,
    HEADER,
    PROTOCOL,
    CrossingHeld,
    CrossingOffer,
    CrossingOrder,
    CrossingsQuestion,
    CrossingStanding,
    CrossingStep,
    CrossingWord,
    CrossingWords,
    DeviceReport,
    JobStanding,
    MirrorEnvelope,
    Operation,
    StoryLine,
    Tunnel,
    TunnelRequest,
    UploadFinish,
    UploadRequest,
    digest_of,
)

FAR = PrinterId("far-away")
SEALED = bytes(range(256)) * 300
NOTE = base64.b64encode(b"note").decode()
KEY = base64.b64encode(b"envelope").decode()


@attrs.define
class Sites:
    """They."""

    hub: Bench
    tenant: TenantId
    admin: Person
    sender: RemoteAgent
    first: RemoteAgent
    second: RemoteAgent
    revisions: dict[tuple[uuid.UUID, str], int] = attrs.field(factory=dict)

    @property
    def services(self) -> Any:
        """Of the hub."""
        return self.hub.services

    def bearer(self, agent: RemoteAgent) -> Bearer:
        """An agent as its token shows it."""
        return Bearer(tenant=self.tenant, agent=AgentId(agent.id))

    def connect(self, agent: RemoteAgent) -> Stream:
        """An agent opens a stream of notices."""
        stream: Stream = self.services.notices.open(self.bearer(agent))
        return stream

    async def another_printer(self, name: str, *agents: RemoteAgent) -> PrinterId:
        """A second printer behind the tunnel, and agents that see it."""
        by, uri = self.admin.actor, f"ipp://{name.lower()}.example/ipp/print"
        made = await self.services.printers.add(self.tenant, by, name=name, uri=uri)
        await self.services.tunnel_use.choose(self.tenant, by, made.id, TunnelChoice(use=TunnelUse.ALWAYS))
        for agent in agents:
            seen = DeviceReport(printer=made.id, reachable=True, observed_at=self.hub.clock.now())
            await agent.report(report(seen))
        return PrinterId(made.id)

    async def beside(self, agent: RemoteAgent, *, key: bytes = b"key") -> RemoteAgent:
        """An agent that sees the device, and has a key for envelopes."""
        async with self.hub.units.writing() as unit:
            known = await unit.agents.get(self.tenant, AgentId(agent.id))
            assert known is not None
            await unit.agents.certify(self.tenant, known.id, known.certificate, key)
        seen = DeviceReport(printer=FAR, reachable=True, observed_at=self.hub.clock.now())
        await agent.report(report(seen))
        return agent

    async def upload(self, name: str, content: bytes = SEALED, agent: RemoteAgent | None = None) -> str:
        """An agent uploads a sealed document."""
        bearer, uploads = self.bearer(agent or self.sender), self.services.uploads
        begun = await uploads.begin(
            bearer.uploader, UploadRequest(name=name, size=len(content), part_bytes=1 << 16, user="ada")
        )
        sums = []
        for number in range(-(-len(content) // begun.part_bytes)):
            part = content[number * begun.part_bytes : (number + 1) * begun.part_bytes]
            sums.append(hashlib.sha256(part).hexdigest())
            await uploads.put(bearer.uploader, begun.upload, number, part, sums[-1])
        await uploads.finish(bearer.uploader, UploadFinish(upload=begun.upload, digest=digest_of(sums)))
        return str(begun.upload)

    async def stands(
        self, job: uuid.UUID, standing: JobStanding, agent: RemoteAgent | None = None, **other: Any
    ) -> None:
        """An agent reports where a job stands."""
        who = agent or self.sender
        self.revisions[job, who.id] = self.revisions.get((job, who.id), 0) + 1
        over = standing in (JobStanding.COMPLETED, JobStanding.CANCELED, JobStanding.ABORTED, JobStanding.UNKNOWN)
        told: dict[str, Any] = {
            "printer": FAR,
            "user": "ada",
            "revision": self.revisions[job, who.id],
            "standing": standing,
            "ended_at": BIRTH if over else None,
            "story": (StoryLine(at=BIRTH, what="received", standing=JobStanding.RECEIVED),),
        }
        receipt = await who.report(report(job_report(job, **{**told, **other})))
        assert not receipt.refused, receipt

    def offered(self, job: uuid.UUID, upload: str, *readers: RemoteAgent, printer: PrinterId = FAR) -> CrossingOffer:
        """What the sender says of a job."""
        envelopes = tuple(MirrorEnvelope(agent=reader.id, envelope=KEY) for reader in readers)
        return CrossingOffer(job=job, printer=printer, upload=upload, note=NOTE, envelopes=envelopes)

    async def offer(
        self, *readers: RemoteAgent, job: uuid.UUID | None = None, printer: PrinterId = FAR
    ) -> CrossingOffer:
        """The sender sends a job, for both agents unless others are named."""
        job = job or uuid.uuid4()
        await self.stands(job, JobStanding.SENDING)
        upload = await self.upload(f"tunnel {job}")
        offer = self.offered(job, upload, *(readers or (self.first, self.second)), printer=printer)
        await self.sender.ask(Operation.TUNNEL_OFFER, offer)
        return offer

    async def look(self, agent: RemoteAgent, *held: CrossingOrder, room: int = 5) -> Tunnel:
        """An agent looks."""
        leases = tuple(CrossingHeld(id=order.id, fence=order.fence) for order in held)
        told: Tunnel = await agent.ask(Operation.TUNNEL, TunnelRequest(held=leases, room=room))
        return told

    async def take(self, agent: RemoteAgent) -> CrossingOrder:
        """An agent looks, and is given one job."""
        [order] = (await self.look(agent)).orders
        return order

    async def say(
        self, agent: RemoteAgent, order: CrossingOrder, step: CrossingStep = CrossingStep.BEGIN, **other: Any
    ) -> bool:
        """An agent says what it does; whether that counts."""
        word = attrs.evolve(CrossingWord(id=order.id, fence=order.fence, step=step), **other)
        answers = await agent.ask(Operation.TUNNEL_WORDS, CrossingWords(words=(word,)))
        [answer] = answers.answers
        assert (answer.id, answer.fence) == (word.id, word.fence)
        return bool(answer.taken)

    async def standing(self, job: uuid.UUID) -> CrossingStanding:
        """How a job fares, as its sender is told."""
        told = await self.sender.ask(Operation.TUNNEL_STANDINGS, CrossingsQuestion(jobs=(job,)))
        [standing] = told.standings
        assert isinstance(standing, CrossingStanding)
        return standing

    async def read(self, agent: RemoteAgent, upload: str, span: str = "bytes=0-99") -> httpx.Response:
        """An agent asks for bytes."""
        headers = {HEADER: str(PROTOCOL), "Authorization": f"Bearer {agent.token}", "Range": span}
        return await agent.client.get(BLOBS_PATH + upload, headers=headers)

    async def renewed(self) -> None:
        """The agents get other tokens: theirs ended with the time that passed."""
        for agent in (self.sender, self.first, self.second):
            await agent.renew()

    async def kept(self, upload: str) -> bool:
        """Whether anything of an upload is at the hub: a row, or bytes."""
        async with self.hub.units.reading() as unit:
            row = await unit.uploads.get(self.tenant, UploadId(upload))
        shelves = {seen.name.shelf.holder async for seen in self.hub.blobs.list(self.tenant, Kind.UPLOADS)}
        return row is not None or upload in shelves

    async def envelopes_for(self, agent: RemoteAgent) -> int:
        """How many envelopes there are for an agent."""
        async with self.hub.units.reading() as unit:
            return len(await unit.crossings.unbegun_for(self.tenant, AgentId(agent.id), 99))

    async def later(self, seconds: float) -> None:
        """Time passes, and the hub does what it does every second."""
        self.hub.clock.forward(seconds=seconds)
        await self.services.failover.round()


async def new_sites(hub: Bench) -> Sites:
    """One printer, a sender and two agents beside the device."""
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    await hub.services.policy.switch(tenant, admin.actor, "agent.require-sign-in", Verdict.OFF)
    await hub.services.policy.switch(SERVICE, CONSOLE, TUNNEL_SEND, Verdict.ON)
    await hub.services.policy.switch(SERVICE, CONSOLE, TUNNEL_RECEIVE, Verdict.ON)
    await hub.services.printers.add(tenant, admin.actor, name="Far away", uri="ipp://far.example/ipp/print")
    await hub.services.tunnel_use.choose(tenant, admin.actor, FAR, TunnelChoice(use=TunnelUse.ALWAYS))
    home, first, second = [await hub.agent(tenant, name) for name in ("home", "office-1", "office-2")]
    sites = Sites(hub, tenant, admin, sender=home, first=first, second=second)
    for agent in (first, second):
        await sites.beside(agent)
    return sites
