"""Room for hand-ins: so many wait of one person, whichever way they came, and a document in clear is so large."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import uuid
from collections.abc import AsyncIterator

import attrs
import pytest
from crossing_rig import FAR, Sites, new_sites
from hub_rig import Bench

from tympan_hub.domain.errors import Full, HubError, TooLarge
from tympan_hub.domain.hand_ins import HandIn, Wanted
from tympan_hub.domain.ids import AgentId, JobId, UploadId
from tympan_hub.domain.jobs import Job
from tympan_hub.domain.mirrors import Envelope
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.uploads import Uploader
from tympan_hub.http.guards import body_limit
from tympan_hub.service import hand_in_room, hand_ins
from tympan_hub.service.conversions import Document
from tympan_wire.hub import UploadFinish, UploadRequest, digest_of
from tympan_wire.sealed import Recipient, Suite

pytestmark = pytest.mark.anyio
JPEG = b"\xff\xd8\xff\xe0" + bytes(900)
WORD = base64.b64encode(b"sealed").decode()
MOST = 3


@attrs.define
class Door:
    """Whoever hands documents in, sealed or in clear."""

    sites: Sites

    async def uploaded(self, by: Person) -> HandIn:
        """A document that was sealed and uploaded."""
        job, tenant = JobId(uuid.uuid4()), self.sites.tenant
        whose, uploads = Uploader(tenant=tenant, person=by.id), self.sites.services.uploads
        begun = await uploads.begin(whose, UploadRequest(name=str(job), size=900, part_bytes=1 << 16, user="ada"))
        digest = hashlib.sha256(bytes(900)).hexdigest()
        await uploads.put(whose, begun.upload, 0, bytes(900), digest)
        await uploads.finish(whose, UploadFinish(upload=begun.upload, digest=digest_of([digest])))
        envelope = Envelope(job=job, agent=AgentId(self.sites.first.id), envelope=WORD)
        return HandIn(job=job, printer=FAR, upload=UploadId(begun.upload), note=WORD, envelopes=(envelope,))

    async def take(self, by: Person, given: HandIn) -> Job:
        """It is handed in."""
        taken: Job = await self.sites.services.sealed_hand_ins.take(self.sites.tenant, by, given)
        return taken

    async def sealed(self, by: Person) -> Job:
        """Both."""
        return await self.take(by, await self.uploaded(by))

    async def plain(self, by: Person, content: bytes = JPEG) -> Job:
        """A picture that a program gives in clear."""

        async def pieces() -> AsyncIterator[bytes]:
            for first in range(0, len(content), 100):
                yield content[first : first + 100]

        document, job = Document(content=pieces()), JobId(uuid.uuid4())
        taken: Job = await self.sites.services.hand_ins.take_plain(
            self.sites.tenant, by, job, Wanted(printer=FAR), document
        )
        return taken


@pytest.fixture
async def door(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr(hand_in_room, "WAITING_PER_PERSON", MOST)
    sites = await new_sites(hub)
    for agent in (sites.first, sites.second):
        await sites.beside(agent, key=Recipient.generate(Suite.X25519).public)
    await sites.services.policy.switch(sites.tenant, sites.admin.actor, "mobility.convert", Verdict.OFF)
    return Door(sites)


async def test_so_many_wait_of_one_person_and_no_more_though_they_come_at_once(door: Door) -> None:
    ada = door.sites.admin
    given = [await door.uploaded(ada) for _ in range(4 * MOST)]
    asked = [*(door.take(ada, one) for one in given), door.plain(ada), door.plain(ada)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if not isinstance(answer, Job)]
    assert [type(answer) for answer in refused] == [Full] * (len(asked) - MOST)
    assert all(isinstance(one, HubError) and "wait already" in one.cause and one.next_step for one in refused)


async def test_others_have_room_of_their_own_and_one_has_it_again_when_something_was_begun(door: Door) -> None:
    sites = door.sites
    [first, *_] = [await door.plain(sites.admin) for _ in range(MOST)]
    for way in (door.plain, door.sealed):
        with pytest.raises(Full):
            await way(sites.admin)
    ben = await sites.hub.person(sites.tenant, Role.USER, "ben@acme.example")
    await door.sealed(ben)
    orders = (await sites.look(sites.first)).orders
    assert await sites.say(sites.first, next(order for order in orders if order.job == first.id))
    await door.sealed(sites.admin)


async def test_a_document_in_clear_that_is_too_large_is_refused_as_it_comes(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_ins, "PLAIN_BYTES", len(JPEG) - 1)
    with pytest.raises(TooLarge, match="has at most"):
        await door.plain(door.sites.admin)
    assert body_limit("/api/v1/hand-ins/documents") < body_limit("/api/v1/hand-ins/conversions")
