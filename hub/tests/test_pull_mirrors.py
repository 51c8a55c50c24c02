"""Mirrored jobs: printed by another agent while their own is away, by one alone, and erased when they are over."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import uuid

import attrs
import httpx
import pytest
from hub_rig import Bench, RemoteAgent, problem
from pull_rig import FREE, LOBBY, QUEUE, Office, new_office

from tympan_hub.domain.grants import Grant
from tympan_hub.domain.held import Whereabouts
from tympan_hub.domain.ids import GrantId, JobId, UploadId
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.pull import Mirroring
from tympan_hub.domain.releases import Step
from tympan_wire.hub import (
    BLOBS_PATH,
    HEADER,
    PROTOCOL,
    JobStanding,
    Mirror,
    MirrorEnvelope,
    MirrorRequest,
    Operation,
    ReleaseOutcome,
    ReleasesRequest,
    ReleaseWord,
    ReleaseWords,
    UploadFinish,
    UploadRequest,
    digest_of,
)

pytestmark = pytest.mark.anyio
SEALED = bytes(range(256)) * 300
NOTE = base64.b64encode(b"note").decode()
KEY = base64.b64encode(b"envelope").decode()


@attrs.define
class Site:
    """An office whose queue mirrors, and a second agent beside the device."""

    office: Office
    other: RemoteAgent

    async def upload(self, content: bytes = SEALED) -> str:
        """The first agent uploads a sealed document."""
        bearer, uploads = self.office.bearer(), self.office.services.uploads
        request = UploadRequest(name=f"held/{uuid.uuid4()}", size=len(content), part_bytes=1 << 16, user="ada")
        begun = await uploads.begin(bearer.uploader, request)
        sums = []
        for number in range(-(-len(content) // begun.part_bytes)):
            part = content[number * begun.part_bytes : (number + 1) * begun.part_bytes]
            sums.append(hashlib.sha256(part).hexdigest())
            await uploads.put(bearer.uploader, begun.upload, number, part, sums[-1])
        await uploads.finish(bearer.uploader, UploadFinish(upload=begun.upload, digest=digest_of(sums)))
        return str(begun.upload)

    async def mirrored(self, job: JobId, *more: RemoteAgent) -> str:
        """A held job is mirrored for the other agent, and for more."""
        upload = await self.upload()
        envelopes = tuple(MirrorEnvelope(agent=reader.id, envelope=KEY) for reader in (self.other, *more))
        request = MirrorRequest(job=job, upload=upload, note=NOTE, envelopes=envelopes)
        await self.office.desk.ask(Operation.MIRROR, request)
        return upload

    async def read(self, agent: RemoteAgent, upload: str, span: str = "bytes=0-99") -> httpx.Response:
        """An agent asks for bytes."""
        headers = {HEADER: str(PROTOCOL), "Authorization": f"Bearer {agent.token}", "Range": span}
        return await agent.client.get(BLOBS_PATH + upload, headers=headers)


@pytest.fixture
async def site(hub: Bench) -> Site:
    office = await new_office(hub, attrs.evolve(FREE, mirror=Mirroring.HUB))
    await hub.services.policy.switch(office.tenant, office.admin.actor, "agent.require-sign-in", Verdict.OFF)
    return Site(office, await hub.agent(office.tenant, "desk-2"))


async def test_a_job_whose_computer_sleeps_is_printed_by_another_agent(site: Site) -> None:
    office, other = site.office, site.other
    job = await office.hold()
    upload = await site.mirrored(job)
    assert [held.whereabouts for held in await office.mine()] == [Whereabouts.ASLEEP]
    office.connect(other)
    assert [held.whereabouts for held in await office.mine()] == [Whereabouts.MIRRORED]

    batch = await office.release(job)
    assert not (await office.fetch()).orders, "its own agent is not given it"
    [order] = (await office.fetch(other)).orders
    assert order.mirrored is not None
    assert (order.mirrored.upload, order.mirrored.envelope, order.mirrored.note) == (upload, KEY, NOTE)
    assert (await office.fetch()).ended == (job,), "the first one is told"

    await office.answer(order, agent=other)
    await office.stands(job, JobStanding.HELD, revision=7)
    assert [one.step for one in await office.progress(batch)] == [Step.PREPARING], "what the first says is passed over"
    await office.stands(job, JobStanding.PRINTING, agent=other, user="kiosk", revision=1)
    await office.stands(job, JobStanding.COMPLETED, agent=other, user="kiosk", revision=2)
    assert [one.step for one in await office.progress(batch)] == [Step.DONE]

    shown = await office.services.jobs.get(office.tenant, office.ada, job)
    assert (shown.person, shown.user, shown.agent) == (office.ada.id, "ada", other.id), "it stays hers"
    assert [line.what for line in shown.story] == ["received", "received"], "what happened before is told too"
    assert (await site.read(other, upload)).status_code == 404, "its bytes are gone"

    await office.stands(job, JobStanding.CANCELED, revision=8)
    assert not (await office.fetch()).ended
    assert (await office.services.jobs.get(office.tenant, office.ada, job)).standing is Standing.COMPLETED


async def test_who_took_an_order_is_the_only_one_until_it_says_no(site: Site) -> None:
    office, other = site.office, site.other
    third = await office.hub.agent(office.tenant, "desk-3")
    job = await office.hold()
    await site.mirrored(job, third)
    there = office.connect(other)
    await office.release(job)
    [order] = (await office.fetch(other)).orders
    office.services.notices.close(there)
    office.connect(third)
    office.hub.clock.forward(seconds=91)
    [again] = (await office.release(job)).releases
    assert again.agent == other.id, "nobody knows what it did"
    assert not (await office.fetch(third)).orders
    [anew] = (await office.fetch(other)).orders
    await office.answer(anew, ReleaseOutcome.REFUSED, agent=other, reason="job-completed")
    [still] = (await office.release(job)).releases
    assert still.agent == other.id, "of the first order it said nothing"
    await office.answer((await office.fetch(other)).orders[0], ReleaseOutcome.REFUSED, agent=other)
    await office.answer(order, ReleaseOutcome.REFUSED, agent=other)
    [last] = (await office.release(job)).releases
    assert last.agent == third.id


async def test_what_waits_for_an_agent_that_is_gone_is_given_to_another_under_the_next_fence(site: Site) -> None:
    office, other = site.office, site.other
    job = await office.hold()
    await site.mirrored(job)
    own = office.connect()
    batch = await office.release(job)
    office.services.notices.close(own)
    office.connect(other)
    await office.progress(batch)
    assert not (await office.fetch()).orders
    [order] = (await office.fetch(other)).orders
    assert order.fence == 2
    stale = ReleaseWord(order=order.id, fence=1, outcome=ReleaseOutcome.REFUSED)
    await office.desk.ask(Operation.RELEASE_WORDS, ReleaseWords(words=(stale,)))
    await office.answer(order, agent=other)
    assert [one.step for one in await office.progress(batch)] == [Step.PREPARING]


async def test_bytes_are_read_in_ranges_by_those_with_an_envelope(site: Site) -> None:
    office, other = site.office, site.other
    stranger = await office.hub.agent(office.tenant, "desk-3")
    foreign = await office.hub.agent(await office.hub.tenant("Other"), "desk-4")
    upload = await site.mirrored(await office.hold())
    answer = await site.read(other, upload, "bytes=10-19")
    assert (answer.status_code, answer.content) == (206, SEALED[10:20])
    assert answer.headers["content-range"] == f"bytes 10-19/{len(SEALED)}"
    assert (await site.read(other, upload, f"bytes=70000-{1 << 20}")).content == SEALED[70000:]
    assert (await site.read(other, upload, "bytes=99999999-100000000")).status_code == 400
    assert (await site.read(other, upload, "")).status_code == 400
    assert (await site.read(stranger, upload)).status_code == 404
    assert (await site.read(foreign, upload)).status_code == 404
    assert (await site.read(office.desk, upload)).status_code == 206
    await office.services.agents.revoke(office.tenant, office.admin.actor, office.bearer(other).agent)
    assert (await site.read(other, upload)).status_code in (401, 403)


@pytest.mark.parametrize("wrong", ["job", "upload", "agent", "over", "late"])
async def test_what_is_mirrored_belongs_to_who_says_so(site: Site, wrong: str) -> None:
    office = site.office
    upload, job = await site.upload(), await office.hold()
    other = await office.hold(agent=site.other)
    if wrong == "over":
        await office.stands(job, JobStanding.COMPLETED)
    reader = await office.hub.agent(await office.hub.tenant("Other")) if wrong == "agent" else site.other
    request = MirrorRequest(
        job={"job": other, "late": uuid.uuid4()}.get(wrong, job),
        upload="0" * 32 if wrong == "upload" else upload,
        note=NOTE,
        envelopes=(MirrorEnvelope(agent=reader.id, envelope=KEY),),
    )
    answer = await office.desk.post(Operation.MIRROR, request)
    status = {"job": 409, "upload": 404, "agent": 400, "over": 409, "late": 503}
    assert answer.status_code == status[wrong], problem(answer)


async def test_policy_and_queue_decide_whether_jobs_are_mirrored_and_for_whom(site: Site) -> None:
    office, other = site.office, site.other
    async with office.hub.raw(office.tenant) as connection:
        await connection.exec_driver_sql(f"UPDATE agents SET recipient = {_octets(office.hub)} WHERE id = '{other.id}'")
    await office.sees(LOBBY, other)
    rules = {printer.id: printer.pull for printer in (await office.desk.desired()).printers}[QUEUE]
    assert rules is not None
    assert (rules.mirror, [reader.agent for reader in rules.readers]) == (Mirror.HUB, [other.id])
    own = {printer.id: printer.pull for printer in (await other.desired()).printers}[QUEUE]
    assert own is not None and own.readers == (), "nobody needs an envelope for themselves"

    await office.services.policy.switch(office.tenant, CONSOLE, "pull.mirror", Verdict.OFF)
    rules = {printer.id: printer.pull for printer in (await office.desk.desired()).printers}[QUEUE]
    assert rules is not None and (rules.mirror, rules.readers) == (Mirror.NONE, ())
    upload, job = await site.upload(), await office.hold()
    answer = await office.desk.post(Operation.MIRROR, MirrorRequest(job=job, upload=upload, note=NOTE, envelopes=()))
    assert answer.status_code == 403


def _octets(hub: Bench) -> str:
    return "'\\x6b6579'" if hub.database.shared else "x'6b6579'"


async def test_a_mirrored_job_is_deleted_at_once_and_its_computer_told_later(site: Site) -> None:
    office = site.office
    job = await office.hold()
    upload = await site.mirrored(job)
    office.connect(site.other)
    await office.services.held.delete(office.tenant, office.ada, [job])
    assert not await office.mine()
    assert (await site.read(site.other, upload)).status_code == 404
    assert (await office.fetch()).ended == (job,)
    await office.stands(job, JobStanding.HELD, revision=5)
    assert not await office.mine(), "it does not come back"
    await office.stands(job, JobStanding.CANCELED, revision=6)
    assert not (await office.fetch()).ended


async def test_mirrored_bytes_outlive_the_time_of_uploads_and_go_with_the_job(site: Site) -> None:
    office = site.office
    job = await office.hold(held_until=None)
    upload = await site.mirrored(job)
    office.hub.clock.forward(days=8)
    await office.desk.renew(), await site.other.renew()
    await office.services.upload_clearance.tidy()
    assert (await site.read(site.other, upload)).status_code == 206
    await office.stands(job, JobStanding.EXPIRED)
    assert (await site.read(site.other, upload)).status_code == 404


async def test_a_held_job_of_an_agent_that_never_came_back_is_over_in_time(site: Site) -> None:
    office = site.office
    job = await office.hold()
    await site.mirrored(job)
    office.hub.clock.forward(hours=26)
    await office.services.housekeeping.tidy()
    shown = await office.services.jobs.get(office.tenant, office.ada, job)
    assert shown.standing is Standing.EXPIRED
    async with office.hub.units.reading() as unit:
        assert await unit.mirrors.get(office.tenant, job) is None


async def test_what_is_held_without_an_end_lies_at_the_hub_no_longer_than_anything_may_be_held(site: Site) -> None:
    """Its sender held it, and the agent is gone for good: nobody would ever say that it is over."""
    office = site.office
    job = await office.hold(held_until=None)
    upload = await site.mirrored(job)
    for days, kept in ((13, True), (2, False)):
        office.hub.clock.forward(days=days)
        await site.other.renew()
        await office.services.housekeeping.tidy()
        assert ((await site.read(site.other, upload)).status_code == 206) is kept
    async with office.hub.units.reading() as unit:
        assert await unit.uploads.get(office.tenant, UploadId(upload)) is None
    assert (await office.services.jobs.get(office.tenant, office.ada, job)).standing is Standing.HELD


async def test_a_job_a_phone_holds_a_grant_for_is_nobody_elses_until_its_agent_said_what_it_did(site: Site) -> None:
    office, other = site.office, site.other
    job = await office.hold()
    await site.mirrored(job)
    office.connect(other)
    now = office.hub.clock.now()
    grant = Grant(
        id=GrantId(uuid.uuid4()),
        tenant=office.tenant,
        job=job,
        agent=office.bearer().agent,
        person=office.ada.id,
        expires_at=now + dt.timedelta(minutes=10),
    )
    async with office.hub.units.writing() as unit:
        await unit.grants.add(office.tenant, [grant])
    for minutes in (0, 11):
        office.hub.clock.forward(minutes=minutes)
        await other.renew()
        await office.services.housekeeping.tidy()
        [release] = (await office.release(job)).releases
        assert release.agent == office.desk.id, minutes
        office.hub.clock.forward(minutes=3)
    await office.desk.renew()
    [release] = (await office.release(job)).releases
    assert release.agent == office.desk.id, "it came back, and what it did is not told yet"
    office.hub.clock.forward(minutes=3)
    await office.services.releases.of(office.bearer(), ReleasesRequest(granted=(job,)))
    [release] = (await office.release(job)).releases
    assert release.agent == office.desk.id, "it let the job go, and how that ended is not told yet"
    office.hub.clock.forward(minutes=3)
    await office.services.releases.of(office.bearer(), ReleasesRequest())
    [release] = (await office.release(job)).releases
    assert release.agent == other.id
