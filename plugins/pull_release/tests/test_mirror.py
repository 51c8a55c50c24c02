"""The mirror: what leaves this computer is sealed, opens for chosen agents alone, and is printed by one of them."""

from __future__ import annotations

import base64
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio
from pull_release_rig import DESK_PRINTER, MEMBER, POINT, RULES, Away, Rig, made, pull, running

from tympan.plugin import Hold, Job, JobState, Member, NotFound, SharedDocument
from tympan.testing import FakeAgentKeys, FakeHubDownloads, FakeHubIdentity
from tympan_pull_release._mirror import MirrorService
from tympan_wire.hub import (
    Done,
    Mirror,
    MirroredJob,
    MirrorRequest,
    Operation,
    Reader,
    ReleaseOutcome,
    decode,
    encode,
)
from tympan_wire.sealed import Recipient, Sealer, new_key, sealed_size

pytestmark = pytest.mark.anyio

SECRET = b"%PDF the merger with Umbrella"
OTHER = Recipient.generate()


def reader(agent: str = "agent-2", recipient: Recipient = OTHER) -> Reader:
    return Reader(agent=agent, recipient=base64.b64encode(recipient.public).decode())


def rules(*readers: Reader) -> Any:
    return attrs.evolve(RULES, mirror=Mirror.HUB, readers=readers or (reader(),))


@attrs.frozen
class SealedDocument:
    """One that rests sealed, as the kernel's do."""

    shared: SharedDocument

    def share(self) -> SharedDocument:
        return self.shared


@attrs.define(eq=False)
class Taker:
    """The agent that took the job, and what the hub was given."""

    rig: Rig
    given: list[MirrorRequest] = attrs.field(factory=list)


def taker(monkeypatch: pytest.MonkeyPatch, *readers: Reader) -> Taker:
    rig = made(pull(rules(*readers)), POINT)
    taken = Taker(rig)
    keys: dict[uuid.UUID, bytes] = {}

    def heard(payload: bytes) -> bytes:
        taken.given.append(decode(MirrorRequest, payload))
        return encode(Done())

    def share(job: uuid.UUID) -> SharedDocument:
        sealer = Sealer(keys.setdefault(job, new_key()), job)
        content = rig.host.jobs.contents[job]
        inline = sealer.header() + sealer.update(content) + sealer.finish()
        return SharedDocument(key=keys[job], document=job, inline=inline, size_bytes=len(content))

    monkeypatch.setattr(rig.host.jobs, "document", lambda job: SealedDocument(share(job)))
    rig.link.answers[Operation.MIRROR] = heard
    return taken


@asynccontextmanager
async def mirroring(taken: Taker) -> AsyncIterator[Rig]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(MirrorService(taken.rig.gate).run, taken.rig.host)
        yield taken.rig
        nursery.cancel_scope.cancel()


async def test_a_held_job_is_kept_at_the_hub_as_ciphertext(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = taker(monkeypatch)
    async with mirroring(taken) as rig:
        job = await rig.print_(SECRET, name="Secret plans", ticket=b"a ticket")
        await rig.until(lambda: taken.given)
        [given] = taken.given
        assert given.job == job.uuid
        assert [envelope.agent for envelope in given.envelopes] == ["agent-2"]
        kept = rig.uploads.uploads[given.upload]
        assert len(kept) == sealed_size(len(SECRET))
        everything = kept + b"".join(body for _, body in rig.link.requests) + base64.b64decode(given.note)
        for word in (b"merger", b"Secret plans", b"a ticket"):
            assert word not in everything


async def test_what_is_kept_is_not_sent_again_but_told_to_agents_that_come_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = taker(monkeypatch)
    async with mirroring(taken) as rig:
        await rig.print_(SECRET)
        await rig.until(lambda: taken.given)
        await rig.print_(SECRET)
        await rig.until(lambda: len(taken.given) == 2)
    async with mirroring(taken) as rig:
        await trio.sleep(200)
        assert len(taken.given) == 2, "a restart sends nothing again"
        third = Recipient.generate()
        rig.host.printers.add(pull(rules(reader(), reader("agent-3", third))))
        await rig.until(lambda: len(taken.given) == 4)
        assert {envelope.agent for envelope in taken.given[-1].envelopes} == {"agent-2", "agent-3"}


async def test_an_agent_whose_key_changed_gets_no_envelope(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = taker(monkeypatch)
    async with mirroring(taken) as rig:
        await rig.print_(SECRET)
        await rig.until(lambda: taken.given)
        forged = reader("agent-2", Recipient.generate())
        rig.host.printers.add(pull(rules(forged, reader("agent-3", Recipient.generate()))))
        await rig.until(lambda: len(taken.given) == 2)
        assert [envelope.agent for envelope in taken.given[-1].envelopes] == ["agent-3"]
        assert any("key of another agent is not believed" in message for message, _ in rig.host.logged)


async def test_nothing_leaves_where_nobody_knows_whose_keys_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = taker(monkeypatch)
    taken.rig.host.offered = [port for port in taken.rig.host.offered if not isinstance(port, FakeAgentKeys)]
    async with mirroring(taken) as rig:
        await rig.print_(SECRET)
        await trio.sleep(200)
        assert (taken.given, rig.uploads.uploads) == ([], {})


@pytest.mark.parametrize("rule", [RULES, attrs.evolve(RULES, mirror=Mirror.HUB, readers=(reader("agent-1"),))])
async def test_nothing_leaves_where_nobody_else_may_print_it(monkeypatch: pytest.MonkeyPatch, rule: Any) -> None:
    taken = taker(monkeypatch)
    taken.rig.host.printers.add(pull(rule))
    async with mirroring(taken) as rig:
        await rig.print_(SECRET)
        await trio.sleep(200)
        assert (taken.given, rig.uploads.uploads) == ([], {})


async def test_a_hub_that_is_away_gets_it_later(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = taker(monkeypatch)
    heard = taken.rig.link.answers[Operation.MIRROR]

    def away(_: bytes) -> bytes:
        raise Away("no answer")

    taken.rig.link.answers[Operation.MIRROR] = away
    async with mirroring(taken) as rig:
        await rig.print_(SECRET)
        await trio.sleep(5)
        taken.rig.link.answers[Operation.MIRROR] = heard
        await trio.sleep(60)
        assert taken.given


# ---------------------------------------------------------------------- another agent prints it


@attrs.define(eq=False)
class Copy:
    """What the hub tells another agent."""

    job: Job
    mirrored: MirroredJob
    uploads: dict[str, bytes]


async def copied(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> Copy:
    taken = taker(monkeypatch)
    async with mirroring(taken) as rig:
        job = await rig.print_(SECRET, **fields)
        await rig.until(lambda: taken.given)
        [given] = taken.given
        [envelope] = given.envelopes
        kept = rig.uploads.uploads
        mirrored = MirroredJob(
            upload=given.upload, size=len(kept[given.upload]), envelope=envelope.envelope, note=given.note
        )
        return Copy(job=job, mirrored=mirrored, uploads=dict(kept))


def second(copy: Copy, *printers: Any, recipient: Recipient = OTHER) -> Rig:
    rig = made(*(printers or (pull(rules()), POINT, DESK_PRINTER)))
    rig.membership.become(Member(**{**attrs.asdict(MEMBER), "agent": "agent-2"}))
    kept = (rig.link, rig.membership)
    rig.host.offered = [port for port in rig.host.offered if port in kept]
    rig.host.offered += [FakeHubIdentity(recipient), FakeHubDownloads(copy.uploads)]
    return rig


async def test_another_agent_prints_it_as_its_owner_sent_it(monkeypatch: pytest.MonkeyPatch) -> None:
    copy = await copied(monkeypatch, ticket=b"a ticket", media_type="application/pdf")
    async with running(second(copy, POINT)) as rig:  # it does not know the pull printer
        order = rig.hub.order(copy.job.uuid, mirrored=copy.mirrored)
        rig.look()
        await rig.until(lambda: rig.host.jobs.find(copy.job.uuid))
        await rig.until(lambda: rig.host.jobs.known(copy.job.uuid).state is JobState.QUEUED)
        job = rig.host.jobs.known(copy.job.uuid)
        assert rig.host.jobs.contents[job.uuid] == SECRET
        assert (job.user, job.name, job.ticket, job.media_type) == (
            "ada (elsewhere)",
            "Secret plans",
            b"a ticket",
            "application/pdf",
        )
        assert (job.printer, job.target) == (POINT.id, POINT.id)
        assert job.uuid in rig.gate.foreign
        rig.takes(job)
        await rig.until(lambda: rig.hub.words)
        assert (rig.hub.words[0].order, rig.hub.words[0].outcome) == (order.id, ReleaseOutcome.BEGUN)


async def test_nobody_at_the_other_machine_can_let_it_go(monkeypatch: pytest.MonkeyPatch) -> None:
    copy = await copied(monkeypatch)
    rig = second(copy, POINT)
    async with running(rig):
        rig.hub.order(copy.job.uuid, mirrored=copy.mirrored)
        rig.look()
        await rig.until(lambda: rig.host.jobs.find(copy.job.uuid))
        await rig.until(lambda: rig.host.jobs.known(copy.job.uuid).state is JobState.QUEUED)
        held = await rig.host.jobs.hold(copy.job.uuid, by="somebody")
        await rig.until(lambda: rig.hub.words)
        assert isinstance(rig.gate.look(held, POINT), Hold)
    rig.host.ready_event = trio.Event()
    async with running(rig):
        assert isinstance(rig.gate.look(held, POINT), Hold), "a restart forgets nothing of that"


@pytest.mark.parametrize("attack", ["changed", "cut", "stranger", "envelope", "note", "elsewhere", "gone"])
async def test_a_copy_that_is_not_what_it_was_prints_nothing(monkeypatch: pytest.MonkeyPatch, attack: str) -> None:
    copy = await copied(monkeypatch)
    mirrored, uploads, recipient = copy.mirrored, copy.uploads, OTHER
    job = copy.job.uuid
    body = bytearray(uploads[mirrored.upload])
    if attack == "changed":
        body[-1] ^= 1
        uploads[mirrored.upload] = bytes(body)
    elif attack == "cut":
        uploads[mirrored.upload] = bytes(body[:-5])
        mirrored = attrs.evolve(mirrored, size=len(body) - 5)
    elif attack == "stranger":
        recipient = Recipient.generate()
    elif attack == "envelope":
        mirrored = attrs.evolve(mirrored, envelope=mirrored.envelope[:-8] + "AAAAAAA=")
    elif attack == "note":
        mirrored = attrs.evolve(mirrored, note=base64.b64encode(bytes(80)).decode())
    elif attack == "elsewhere":
        job = uuid.uuid4()  # the copy of one job passed off as another
    else:
        uploads.clear()
    async with running(second(copy, POINT, recipient=recipient)) as rig:
        rig.hub.order(job, mirrored=mirrored)
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert rig.hub.words[0].outcome is ReleaseOutcome.REFUSED
        found = rig.host.jobs.find(job)
        assert found is None or found.state is JobState.ABORTED
        with pytest.raises(NotFound):
            rig.host.jobs.document(job)
