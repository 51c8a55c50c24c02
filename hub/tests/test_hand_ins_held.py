"""What people hand in for a queue that holds jobs: it lies sealed at the hub until they stand at a device."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import uuid
from collections.abc import AsyncIterator

import attrs
import pytest
from hub_rig import Bench, RemoteAgent
from pull_rig import FREE, LOBBY, QUEUE, Office, new_office

from tympan_hub.domain.blobs import Kind
from tympan_hub.domain.errors import Full
from tympan_hub.domain.hand_ins import HandIn, Via, Wanted
from tympan_hub.domain.held import Whereabouts
from tympan_hub.domain.ids import AgentId, JobId, UploadId
from tympan_hub.domain.jobs import Job, Standing
from tympan_hub.domain.mirrors import Envelope
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.releases import Step
from tympan_hub.domain.uploads import Uploader
from tympan_hub.http.portal._held_rows import place_of
from tympan_hub.http.portal._held_words import NOBODY
from tympan_hub.service.conversions import Document
from tympan_wire.hub import (
    HeldNote,
    JobStanding,
    UploadFinish,
    UploadRequest,
    decode,
    digest_of,
)
from tympan_wire.sealed import Opener, Recipient, Suite, open_note, unwrap_with

pytestmark = pytest.mark.anyio
SEALED = bytes(range(256)) * 300
NOTE = base64.b64encode(b"note").decode()
KEY = base64.b64encode(b"envelope").decode()
OURS = Recipient.generate(Suite.X25519)
JPEG = b"\xff\xd8\xff\xe0" + b"what an agent renders" * 10
MEANWHILE_S = 0.5
"""That somebody else has to come in between, were they let."""


@attrs.define
class Hall:
    """An office with a second agent beside its release point."""

    office: Office
    beside: RemoteAgent

    async def upload(self) -> UploadId:
        """Ada uploads a sealed document."""
        whose, uploads = Uploader(tenant=self.office.tenant, person=self.office.ada.id), self.office.services.uploads
        asked = UploadRequest(name=str(uuid.uuid4()), size=len(SEALED), part_bytes=len(SEALED), user="ada")
        begun = await uploads.begin(whose, asked)
        digest = hashlib.sha256(SEALED).hexdigest()
        await uploads.put(whose, begun.upload, 0, SEALED, digest)
        await uploads.finish(whose, UploadFinish(upload=begun.upload, digest=digest_of([digest])))
        return UploadId(begun.upload)

    async def hand_in(self) -> JobId:
        """And hands it in."""
        job = JobId(uuid.uuid4())
        envelope = Envelope(job=job, agent=AgentId(self.beside.id), envelope=KEY)
        given = HandIn(
            job=job, printer=QUEUE, upload=await self.upload(), note=NOTE, envelopes=(envelope,), title="Plans",
            via=Via.PORTAL,
        )  # fmt: skip
        taken = await self.office.services.sealed_hand_ins.take(self.office.tenant, self.office.ada, given)
        assert taken.standing is Standing.HELD
        return job

    async def give(self, job: JobId | None = None) -> Job:
        """Ada's program hands a picture in, in clear."""

        async def pieces() -> AsyncIterator[bytes]:
            yield JPEG

        wanted = Wanted(printer=QUEUE, title="Photo")
        taken = await self.office.services.hand_ins.take_plain(
            self.office.tenant, self.office.ada, job or JobId(uuid.uuid4()), wanted, Document(content=pieces())
        )
        assert isinstance(taken, Job)
        return taken


@pytest.fixture
async def hall(hub: Bench) -> Hall:
    office = await new_office(hub, attrs.evolve(FREE, jobs_most=3))
    await hub.services.policy.switch(office.tenant, office.admin.actor, "agent.require-sign-in", Verdict.OFF)
    beside = await hub.agent(office.tenant, "desk-2")
    async with hub.units.writing() as unit:
        known = await unit.agents.get(office.tenant, AgentId(beside.id))
        assert known is not None
        await unit.agents.certify(office.tenant, known.id, known.certificate, OURS.public)
    await office.sees(LOBBY, beside)
    return Hall(office, beside)


async def test_it_is_offered_for_those_beside_the_release_points(hall: Hall) -> None:
    office = hall.office
    [queue] = [one for one in await office.services.sealed_hand_ins.targets(office.tenant, office.ada) if one.holds]
    assert queue.printer == QUEUE
    assert [reader.agent for reader in queue.readers] == [hall.beside.id]
    assert base64.b64decode(queue.context) == b"tympan mirror acme"


async def test_it_is_held_released_and_printed_by_who_has_its_key(hall: Hall) -> None:
    office, beside = hall.office, hall.beside
    job = await hall.hand_in()
    [held] = await office.mine()
    assert (held.job, held.title, held.agent, held.whereabouts) == (job, "Plans", None, Whereabouts.ASLEEP)
    assert held.held_until is not None
    office.connect(beside)
    assert [held.whereabouts for held in await office.mine()] == [Whereabouts.MIRRORED]
    batch = await office.release(job)
    [order] = (await office.fetch(beside)).orders
    assert order.mirrored is not None
    assert (order.mirrored.envelope, order.mirrored.note) == (KEY, NOTE)
    await office.answer(order, agent=beside)
    await office.stands(job, JobStanding.COMPLETED, agent=beside, user="kiosk")
    assert [one.step for one in await office.progress(batch)] == [Step.DONE]
    shown = await office.services.jobs.get(office.tenant, office.ada, job)
    assert (shown.person, shown.agent, shown.standing) == (office.ada.id, beside.id, Standing.COMPLETED)
    assert [line.what for line in shown.story] == ["Handed in from the portal", "received"]
    assert await uploads(hall) == []


async def test_what_a_program_gives_in_clear_is_held_too_and_opened_by_who_has_its_key(hall: Hall) -> None:
    office, beside = hall.office, hall.beside
    await office.services.policy.switch(office.tenant, office.admin.actor, "mobility.convert", Verdict.OFF)
    given = await hall.give()
    assert (given.standing, given.agent, given.person) == (Standing.HELD, None, office.ada.id)
    assert await hall.give(given.id) == await office.services.jobs.get(office.tenant, office.ada, given.id)
    office.connect(beside)
    [held] = await office.mine()
    assert (held.job, held.title, held.whereabouts) == (given.id, "Photo", Whereabouts.MIRRORED)
    await office.services.upload_clearance.tidy()
    batch = await office.release(given.id)
    [order] = (await office.fetch(beside)).orders
    assert order.mirrored is not None
    envelope = base64.b64decode(order.mirrored.envelope)
    key = unwrap_with(envelope, OURS, document=given.id, context=b"tympan mirror acme")
    note = decode(HeldNote, open_note(key, base64.b64decode(order.mirrored.note), document=given.id))
    assert (note.media_type, note.size_bytes) == ("image/jpeg", len(JPEG))
    opener = Opener(key, document=given.id)
    assert opener.update(await lying(hall)) == JPEG
    opener.finish()
    await office.answer(order, agent=beside)
    await office.stands(given.id, JobStanding.COMPLETED, agent=beside, user="kiosk")
    assert [one.step for one in await office.progress(batch)] == [Step.DONE]
    assert await uploads(hall) == []


async def test_the_same_again_is_the_same_job_also_when_it_is_over(hall: Hall) -> None:
    office, beside = hall.office, hall.beside
    await office.services.policy.switch(office.tenant, office.admin.actor, "mobility.convert", Verdict.OFF)
    deleted, printed = (await hall.give()).id, (await hall.give()).id
    await office.services.held.delete(office.tenant, office.ada, [deleted])
    office.connect(beside)
    await office.release(printed)
    [order] = (await office.fetch(beside)).orders
    await office.answer(order, agent=beside)
    await office.stands(printed, JobStanding.COMPLETED, agent=beside, user="kiosk")
    again = [await hall.give(job) for job in (deleted, printed)]
    assert [one.standing for one in again] == [Standing.CANCELED, Standing.COMPLETED]
    assert await uploads(hall) == []


async def test_of_what_is_given_in_clear_for_a_queue_that_is_full_nothing_stays(hall: Hall) -> None:
    office = hall.office
    await office.services.policy.switch(office.tenant, office.admin.actor, "mobility.convert", Verdict.OFF)
    answers = await asyncio.gather(*(hall.give() for _ in range(5)), return_exceptions=True)
    assert [type(answer) for answer in answers if not isinstance(answer, Job)] == [Full, Full]
    assert len(await office.mine()) == len(await uploads(hall)) == 3


async def test_no_more_bytes_are_held_for_one_person_than_the_queue_says(hall: Hall) -> None:
    office = hall.office
    async with office.hub.units.writing() as unit:
        queue = await unit.printers.get(office.tenant, QUEUE)
        assert queue is not None and queue.pull is not None
        small = attrs.evolve(queue.pull, bytes_most=len(SEALED) + 1_000)
        await unit.printers.change(office.tenant, attrs.evolve(queue, pull=small))
    await hall.hand_in()
    with pytest.raises(Full, match="MiB are held"):
        await hall.hand_in()


async def test_its_owner_is_told_of_no_computer_of_its_own(hall: Hall) -> None:
    await hall.hand_in()
    [asleep] = await hall.office.mine()
    assert place_of(asleep, None) == NOBODY
    hall.office.connect(hall.beside)
    [there] = await hall.office.mine()
    assert place_of(there, None) is None


async def test_its_owner_deletes_it_and_nothing_of_it_stays(hall: Hall) -> None:
    office = hall.office
    job = await hall.hand_in()
    await office.services.held.delete(office.tenant, office.ada, [job])
    assert (await office.services.jobs.get(office.tenant, office.ada, job)).standing is Standing.CANCELED
    assert await office.mine() == ()
    assert await uploads(hall) == []


async def test_one_that_is_given_to_its_agent_in_this_moment_is_canceled_through_it(hall: Hall) -> None:
    office, beside = hall.office, hall.beside
    job = JobId(await hall.hand_in())
    async with office.hub.units.writing() as unit:
        known = await unit.jobs.get(office.tenant, job)
        assert known is not None
        assert await unit.jobs.give(office.tenant, known, AgentId(beside.id))
        asking = asyncio.create_task(office.services.cancels.ask(office.tenant, office.ada, job))
        await asyncio.wait({asking}, timeout=MEANWHILE_S)
    command = await asking
    assert command is not None
    assert command.agent == beside.id
    assert (await office.services.jobs.get(office.tenant, office.ada, job)).standing is Standing.HELD


async def test_it_is_over_in_time_though_no_agent_ever_had_it(hall: Hall) -> None:
    office = hall.office
    job = await hall.hand_in()
    office.hub.clock.forward(days=3)
    await office.services.housekeeping.tidy()
    assert (await office.services.jobs.get(office.tenant, office.ada, job)).standing is Standing.EXPIRED
    assert await uploads(hall) == []


async def test_no_more_is_held_for_one_person_than_the_queue_says(hall: Hall) -> None:
    for _ in range(3):
        await hall.hand_in()
    with pytest.raises(Full):
        await hall.hand_in()


async def test_what_nobody_there_can_print_is_not_released_and_waits(hall: Hall) -> None:
    office = hall.office
    job = await hall.hand_in()
    await office.services.agents.revoke(office.tenant, office.admin.actor, AgentId(hall.beside.id))
    batch = await office.release(job)
    assert batch.releases == ()
    assert [refused.job for refused in batch.refused] == [job]
    assert [held.job for held in await office.mine()] == [job]


async def uploads(hall: Hall) -> list[str]:
    """What lies at the hub of sealed documents."""
    async with hall.office.hub.units.reading() as unit:
        return [one.id for one in await unit.uploads.page(hall.office.tenant, "", 10)]


async def lying(hall: Hall) -> bytes:
    """The sealed bytes of the one document there is."""
    blobs, tenant = hall.office.hub.blobs, hall.office.tenant
    [one] = [one async for one in blobs.list(tenant, Kind.UPLOADS)]
    return b"".join([piece async for piece in blobs.get(tenant, one.name, 0, 1 << 20)])
