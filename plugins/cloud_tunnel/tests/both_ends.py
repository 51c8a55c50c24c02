"""A hub in memory that may lie, and both ends of the tunnel around it, each with a kernel's fakes."""

from __future__ import annotations

import base64
import functools
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from tympan.plugin import (
    DeviceSnapshot,
    Job,
    JobState,
    JobStep,
    LookAgain,
    Member,
    Outcome,
    Printer,
    PrinterId,
    PrinterReach,
    Retry,
    SendAgain,
    TympanError,
)
from tympan.testing import (
    FakeAgentKeys,
    FakeDelivery,
    FakeDocument,
    FakeHost,
    FakeHubDownloads,
    FakeHubIdentity,
    FakeHubLink,
    FakeHubUploads,
    FakeMembership,
)
from tympan_cloud_tunnel._gate import TunnelGate
from tympan_cloud_tunnel._model import Entry
from tympan_cloud_tunnel._receiver import Receiver
from tympan_cloud_tunnel._route import TunnelRoute
from tympan_cloud_tunnel._sender import Sender
from tympan_cloud_tunnel._station import Station
from tympan_relay import Terms, written
from tympan_wire.hub import (
    CrossingAnswer,
    CrossingAnswers,
    CrossingCancel,
    CrossingEnvelopes,
    CrossingHeld,
    CrossingOffer,
    CrossingOrder,
    CrossingsQuestion,
    CrossingStanding,
    CrossingStandings,
    CrossingState,
    CrossingStep,
    CrossingWord,
    CrossingWords,
    Done,
    EnvelopesWanted,
    MirroredJob,
    MirrorEnvelope,
    Operation,
    Reader,
    Tunnel,
    TunnelRequest,
    TunnelRules,
    TunnelUse,
    decode,
    encode,
)
from tympan_wire.sealed import Recipient

TENANT = "acme"
SETTINGS: dict[str, object] = {"poll_s": 30.0, "rate": 0}
CONTENT = b"%PDF-1.7 the plans of everybody\n" * 40
WAITING, TAKEN, BEGUN = CrossingState.WAITING, CrossingState.TAKEN, CrossingState.BEGUN
OPEN = (WAITING, TAKEN)


class Away(TympanError):
    """The hub is away."""

    retry = Retry.LATER


@attrs.define(eq=False)
class Crossing:
    """One at the hub."""

    offer: CrossingOffer
    sender: str
    id: uuid.UUID = attrs.field(factory=uuid.uuid4)
    state: CrossingState = WAITING
    fence: int = 0
    holder: str = ""
    by: str = ""
    impressions: int | None = None
    reason: str = "none"
    detail: str = ""
    avoided: set[str] = attrs.field(factory=set)
    missing: tuple[Reader, ...] = ()


class Hub:
    """What a hub would answer, and what a lying one would.

    Attributes:
        crossings: By job, the newest.
        words: All it heard: agent, word.
        away: What every request gets.
        order, answer, standing: What becomes of what it would say.
    """

    def __init__(self) -> None:
        self.bytes = FakeHubUploads()
        self.crossings: dict[uuid.UUID, Crossing] = {}
        self.words: list[tuple[str, CrossingWord]] = []
        self.offers: list[CrossingOffer] = []
        self.helped: list[CrossingEnvelopes] = []
        self.wanted: tuple[EnvelopesWanted, ...] = ()
        self.looks: list[tuple[str, TunnelRequest]] = []
        self.away: TympanError | None = None
        self.full: TympanError | None = None
        self.deaf: set[str] = set()
        self.order: Callable[[CrossingOrder], CrossingOrder] = lambda one: one
        self.answer: Callable[[CrossingAnswer], CrossingAnswer] = lambda one: one
        self.standing: Callable[[CrossingStanding], CrossingStanding] = lambda one: one

    def link(self, agent: str) -> FakeHubLink:
        link = FakeHubLink()
        for operation, said in (
            (Operation.TUNNEL_OFFER, self._offer),
            (Operation.TUNNEL_STANDINGS, self._standings),
            (Operation.TUNNEL_CANCEL, self._cancel),
            (Operation.TUNNEL_ENVELOPES, self._envelopes),
            (Operation.TUNNEL, self._tunnel),
            (Operation.TUNNEL_WORDS, self._words),
        ):
            link.answers[operation] = functools.partial(self._said, agent, said)
        return link

    def _said(self, agent: str, said: Callable[[str, bytes], object], payload: bytes) -> bytes:
        if self.away is not None:
            raise self.away
        answer = encode(said(agent, payload))
        if agent in self.deaf:
            raise Away("the answer was lost")
        return answer

    # ------------------------------------------------------------------ the sending end

    def _offer(self, agent: str, payload: bytes) -> CrossingStanding:
        offer = decode(CrossingOffer, payload)
        if self.full is not None:
            raise self.full
        self.offers.append(offer)
        known = self.crossings.get(offer.job)
        if known is None or known.state not in (*OPEN, BEGUN, CrossingState.LOST):
            self.crossings[offer.job] = Crossing(offer=offer, sender=agent)
        else:
            self._add(known, offer.envelopes)
        return self._stands(offer.job)

    def _add(self, crossing: Crossing, envelopes: tuple[MirrorEnvelope, ...]) -> None:
        had = {one.agent for one in crossing.offer.envelopes}
        new = tuple(one for one in envelopes if one.agent not in had)
        crossing.offer = attrs.evolve(crossing.offer, envelopes=(*crossing.offer.envelopes, *new))
        crossing.missing = tuple(one for one in crossing.missing if one.agent not in had | {one.agent for one in new})

    def _stands(self, job: uuid.UUID) -> CrossingStanding:
        one = self.crossings.get(job)
        if one is None:
            return self.standing(CrossingStanding(job=job, state=CrossingState.ABSENT))
        return self.standing(
            CrossingStanding(
                job=job, state=one.state, by=one.by or one.holder, impressions=one.impressions, reason=one.reason,
                detail=one.detail, missing=one.missing if one.state in OPEN else (),
            )
        )  # fmt: skip

    def _standings(self, agent: str, payload: bytes) -> CrossingStandings:
        return CrossingStandings(standings=tuple(self._stands(job) for job in decode(CrossingsQuestion, payload).jobs))

    def _cancel(self, agent: str, payload: bytes) -> CrossingStanding:
        job = decode(CrossingCancel, payload).job
        one = self.crossings.get(job)
        if one is not None and one.state in OPEN:
            one.state = CrossingState.CANCELED
        return self._stands(job)

    # ------------------------------------------------------------------ the receiving end

    def _envelopes(self, agent: str, payload: bytes) -> Done:
        told = decode(CrossingEnvelopes, payload)
        self.helped.append(told)
        if told.job in self.crossings:
            self._add(self.crossings[told.job], told.envelopes)
        return Done()

    def _tunnel(self, agent: str, payload: bytes) -> Tunnel:
        asked = decode(TunnelRequest, payload)
        self.looks.append((agent, asked))
        held = {one.id for one in asked.held}
        gone = tuple(one.id for one in asked.held if not self._holds(agent, one))
        waiting = [one for one in self.crossings.values() if one.id not in held and self._is_for(one, agent)]
        orders = [self._lease(one, agent) for one in waiting[: asked.room]]
        begun = tuple(
            CrossingHeld(id=one.id, fence=one.fence)
            for one in self.crossings.values()
            if one.state is BEGUN and one.holder == agent
        )
        return Tunnel(orders=tuple(orders), gone=gone, begun=begun, wanted=self.wanted)

    def _holds(self, agent: str, held: CrossingHeld) -> bool:
        return any(
            (one.id, one.fence, one.holder) == (held.id, held.fence, agent) and one.state in (TAKEN, BEGUN)
            for one in self.crossings.values()
        )

    def _is_for(self, one: Crossing, agent: str) -> bool:
        mine = any(envelope.agent == agent for envelope in one.offer.envelopes)
        held_elsewhere = one.state is TAKEN and one.holder != agent
        return mine and one.state in OPEN and not held_elsewhere and agent not in one.avoided

    def _lease(self, one: Crossing, agent: str) -> CrossingOrder:
        one.state, one.holder, one.fence = TAKEN, agent, one.fence + 1
        envelope = next(each.envelope for each in one.offer.envelopes if each.agent == agent)
        size = len(self.bytes.uploads[one.offer.upload])
        copy = MirroredJob(upload=one.offer.upload, size=size, envelope=envelope, note=one.offer.note)
        return self.order(
            CrossingOrder(id=one.id, fence=one.fence, job=one.offer.job, printer=one.offer.printer, by="Ada", copy=copy)
        )

    def _words(self, agent: str, payload: bytes) -> CrossingAnswers:
        return CrossingAnswers(answers=tuple(self._word(agent, word) for word in decode(CrossingWords, payload).words))

    def _word(self, agent: str, word: CrossingWord) -> CrossingAnswer:
        self.words.append((agent, word))
        one = next((each for each in self.crossings.values() if each.id == word.id), None)
        taken = one is not None and (one.holder, one.fence) == (agent, word.fence) and one.state in (TAKEN, BEGUN)
        if one is not None and taken:
            self._obey(one, word, agent)
        return self.answer(CrossingAnswer(id=word.id, fence=word.fence, taken=taken))

    def _obey(self, one: Crossing, word: CrossingWord, agent: str) -> None:
        if word.step is CrossingStep.BEGIN:
            one.state = BEGUN
        elif word.step is CrossingStep.GIVE_BACK:
            one.state, one.holder = WAITING, ""
            one.avoided.add(agent)
        else:
            end = CrossingState.LOST if one.state is BEGUN else CrossingState.ABORTED
            one.state, one.reason, one.detail = end, word.reason, word.detail

    # ------------------------------------------------------------------ what a test does

    def lapse(self, job: uuid.UUID) -> None:
        """The holder was not heard of in time."""
        self.crossings[job].state, self.crossings[job].holder = WAITING, ""

    def ends(self, job: uuid.UUID, state: CrossingState, **fields: Any) -> None:
        """The holder's reports tell an end."""
        self.crossings[job].state = state
        for name, value in fields.items():
            setattr(self.crossings[job], name, value)

    def steps(self, agent: str) -> list[CrossingStep]:
        """What an agent said, in order."""
        return [word.step for who, word in self.words if who == agent]


def member(agent: str) -> Member:
    return Member(address="https://hub.example", agent=agent, tenant=TENANT, policy_keys=(bytes(32),))


def reader(agent: str, key: Recipient) -> Reader:
    return Reader(agent=agent, recipient=base64.b64encode(key.public).decode())


def printer(reach: PrinterReach = PrinterReach.TUNNEL, rules: TunnelRules | None = None, **fields: Any) -> Printer:
    """Where jobs of the sending end go."""
    use = TunnelUse.ALWAYS if reach is PrinterReach.TUNNEL else TunnelUse.FALLBACK
    terms = written(Terms(tunnel=rules or TunnelRules(use=use)))
    return Printer(**{"id": PrinterId("far"), "name": "Far", "uri": "ipp://far.example/", "reach": reach,
                      "terms": terms, **fields})  # fmt: skip


SERVED = Printer(id=PrinterId("far"), name="Far", uri="ipp://far.example/", offered=False, serves=True)


def host_of(agent: str, hub: Hub, *printers: Printer, key: Recipient | None = None, keys: object = None) -> FakeHost:
    ports = [
        hub.link(agent),
        FakeMembership(member(agent)),
        hub.bytes,
        FakeHubDownloads(hub.bytes.uploads),
        FakeHubIdentity(key),
        keys if keys is not None else FakeAgentKeys(),
    ]
    return FakeHost("cloud_tunnel", settings=SETTINGS, printers=printers, ports=ports)


@attrs.define(eq=False)
class Sending:
    """An agent that reaches no device."""

    hub: Hub
    host: FakeHost
    station: Station
    route: TunnelRoute

    def delivery(self, content: bytes = CONTENT, **fields: Any) -> FakeDelivery:
        """Of a job as the kernel hands it to the route."""
        from tympan_wire.sealed import new_key

        place = self.host.printers.get(PrinterId("far"))
        assert place is not None
        job = Job(**{
            "uuid": uuid.uuid4(), "number": 1, "printer": place.id, "name": "Secret plans", "user": "ada",
            "media_type": "application/pdf", "ticket": b"ticket", "state": JobState.SENDING,
            "created_at": self.host.now(), "size_bytes": len(content), **fields,
        })  # fmt: skip
        document = FakeDocument(content=content, media_type=job.media_type, name=job.uuid, key=new_key())
        return FakeDelivery(job=job, printer=place, document=document)

    async def deliver(self, delivery: FakeDelivery) -> Outcome:
        """As the kernel does: again while it waits, through ``recover`` while there is evidence."""
        for _ in range(200):
            found: Outcome | SendAgain = await (
                self.route.recover(delivery) if delivery.evidence else self.route.deliver(delivery)
            )
            if isinstance(found, SendAgain):
                await delivery.checkpoint(b"", what="may be sent again", why=found.why)
            elif type(found).__name__ != "Deferred":
                return found
            delivery.job = attrs.evolve(delivery.job, state=JobState.SENDING)
            await trio.sleep(1)
        raise AssertionError("it never ended")

    def sees_device(self, reachable: bool) -> None:
        now = self.host.now()
        self.host.printers.observe(PrinterId("far"), DeviceSnapshot(reachable=reachable, observed_at=now))

    def notice(self) -> None:
        self.host.bus.publish(LookAgain(topic="tunnel"))


@attrs.define(eq=False)
class Receiving:
    """An agent beside the device."""

    name: str
    hub: Hub
    host: FakeHost
    gate: TunnelGate
    key: Recipient

    @property
    def reader(self) -> Reader:
        return reader(self.name, self.key)

    def look(self) -> None:
        self.host.bus.publish(LookAgain(topic="tunnel"))

    def found(self, job: uuid.UUID) -> Job | None:
        return self.host.jobs.find(job)

    async def state(self, job: uuid.UUID, state: JobState) -> Job:
        await until(lambda: (found := self.found(job)) is not None and found.state is state)
        return self.host.jobs.known(job)

    def takes(self, job: uuid.UUID) -> Job:
        """The device takes it."""
        now = self.host.jobs.step(self.host.jobs.known(job), JobStep.CLAIM)
        self.host.jobs.replace(attrs.evolve(now, evidence=b"job 7"))
        return self.host.jobs.step(self.host.jobs.known(job), JobStep.SENT)

    def prints(self, job: uuid.UUID) -> None:
        """The device prints it, and the hub hears so."""
        self.host.jobs.step(self.takes(job), JobStep.COMPLETE)
        self.hub.ends(job, CrossingState.COMPLETED, impressions=3)


async def until(true: Callable[[], object], within_s: float = 120) -> None:
    with trio.fail_after(within_s):
        while not true():
            await trio.sleep(0.05)


def receiving(hub: Hub, name: str = "near", *printers: Printer, keys: object = None) -> Receiving:
    key = Recipient.generate()
    host = host_of(name, hub, *(printers or (SERVED,)), key=key, keys=keys)
    return Receiving(name, hub, host, TunnelGate(), key)


@asynccontextmanager
async def live(*agents: Receiving) -> AsyncIterator[None]:
    """Runs the services of receiving ends."""
    async with trio.open_nursery() as nursery:
        for agent in agents:
            nursery.start_soon(Receiver(agent.gate).run, agent.host)
            await agent.host.ready_event.wait()
        yield
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def sending(
    hub: Hub, *readers: Reader, reach: PrinterReach = PrinterReach.TUNNEL, keys: object = None, **rules: Any
) -> AsyncIterator[Sending]:
    """Runs a sending end that may print at some readers."""
    use = TunnelUse.ALWAYS if reach is PrinterReach.TUNNEL else TunnelUse.FALLBACK
    place = printer(reach, TunnelRules(**{"use": use, "readers": readers, **rules}))
    host, station = host_of("home", hub, place, keys=keys), Station()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Sender(station).run, host)
        await host.ready_event.wait()
        yield Sending(hub, host, station, TunnelRoute(station))
        nursery.cancel_scope.cancel()


async def offered(home: Sending, nursery: trio.Nursery, content: bytes = CONTENT) -> uuid.UUID:
    """A job of the sending end, once the hub has it; gives its name."""
    delivery = home.delivery(content)
    nursery.start_soon(home.deliver, delivery)
    await until(lambda: delivery.job.uuid in home.hub.crossings)
    return delivery.job.uuid


def entry(number: int, **fields: object) -> Entry:
    """An entry of the ledger."""
    return Entry(**{"id": uuid.UUID(int=number), "fence": 1, "job": uuid.UUID(int=number), "printer": "far", **fields})  # type: ignore[arg-type]


@asynccontextmanager
async def under_way(hub: Hub, near: Receiving, content: bytes = CONTENT) -> AsyncIterator[uuid.UUID]:
    """A job on its way from a sending end to a receiving one that runs and has not looked yet; gives its name."""
    async with live(near), sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        yield await offered(home, nursery, content)
        nursery.cancel_scope.cancel()
