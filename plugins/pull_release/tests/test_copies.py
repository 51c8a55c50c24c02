"""Copies: a job of another agent comes whole and in time, or its device is free for others."""

from __future__ import annotations

import base64
import math
import uuid
from collections.abc import AsyncIterator

import pytest
import trio
from pull_release_rig import MEMBER, REFUSED, made, pull, running

from tympan.plugin import JobState
from tympan.testing import FakeHubDownloads, FakeHubIdentity
from tympan_pull_release import _orders
from tympan_wire.hub import HeldNote, MirroredJob, encode
from tympan_wire.sealed import Recipient, Sealer, new_key, seal_note, wrap_for

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]


async def test_a_copy_that_does_not_come_keeps_its_device_from_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(FakeHubDownloads):
        """A link that waits for a hub that is away."""

        async def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
            await trio.sleep(math.inf)
            yield b""

    monkeypatch.setattr(_orders, "WITHIN_MOST_S", 0.3)
    me, rig = Recipient.generate(), made()
    rig.host.offered = [rig.link, rig.membership, FakeHubIdentity(me), Endless({})]
    async with running(rig):
        elsewhere = uuid.uuid4()
        rig.hub.order(elsewhere, mirrored=copy_of(elsewhere, me))
        rig.look()
        await rig.until(lambda: rig.hub.words)
        assert (rig.hub.words[0].outcome, rig.hub.words[0].reason) == (REFUSED, "document-access-error")
        assert "did not come in time" in rig.hub.words[0].detail
        job = await rig.print_()
        rig.hub.order(job.uuid)
        rig.look()
        await rig.state(job, JobState.QUEUED)


def copy_of(job: uuid.UUID, reader: Recipient) -> MirroredJob:
    """A job of another agent, as it lies at the hub."""
    key, content = new_key(), b"%PDF plans"
    sealer = Sealer(key, job)
    size = len(sealer.header() + sealer.update(content) + sealer.finish())
    note = HeldNote(printer=pull().id, user="ben", media_type="application/pdf", size_bytes=len(content))
    envelope = wrap_for(key, reader.public, document=job, context=b"tympan mirror " + MEMBER.tenant.encode())
    sealed = seal_note(key, encode(note), document=job)
    texts = {"envelope": base64.b64encode(envelope).decode(), "note": base64.b64encode(sealed).decode()}
    return MirroredJob(upload="kept", size=size, **texts)
