"""A held job's sealed document through the real hub: whom it is locked for opens it, and whoever steals it has nothing.

Everything between the agents is the product's own: upload, envelopes, note, ranges, identity.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import attrs
import pytest
import trio
from https_rig import Parts, parts
from portal_rig import PASSWORD, served

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import PrinterId
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import Mirroring, PullSettings
from tympan_transport_https._downloads import HttpsDownloads
from tympan_transport_https._errors import EnvelopeUnfit, HubForgot
from tympan_transport_https._identity import AgentIdentity
from tympan_transport_https._uploads import HttpsUploads
from tympan_wire.hub import (
    Desired,
    DesiredRequest,
    DeviceReport,
    Done,
    HeldNote,
    JobReport,
    JobStanding,
    MirrorEnvelope,
    MirrorRequest,
    Operation,
    Receipt,
    Report,
    ReportBatch,
    decode,
    encode,
)
from tympan_wire.sealed import Opener, Sealer, Tampered, new_key, open_note, seal_note, wrap_for

pytestmark = [pytest.mark.anyio, pytest.mark.system]
PLAIN = b"%PDF-1.7 the salaries of everybody\n" * 80_000
TITLE = "Salaries of everybody.pdf"


async def _furnished(home: Path) -> list[str]:
    async with hub(Home(home)) as services:
        tenant = (await services.tenants.add(CONSOLE, "Acme")).id
        ada = await services.people.add(
            tenant,
            CONSOLE,
            email="ada@acme.example",
            name="Ada",
            role=Role.ADMINISTRATOR,
            login="ada",
            password=PASSWORD,
        )
        rules = PullSettings(proximity=Proximity.NONE, mirror=Mirroring.HUB)
        await services.printers.add(tenant, ada.actor, name="Anywhere", uri="", delivery=Delivery.PULL, pull=rules)
        await services.printers.add(tenant, ada.actor, name="Lobby", uri="ipp://lobby.example/ipp/print")
        await services.points.make(tenant, ada, (PrinterId("lobby"),))
        await services.policy.switch(tenant, ada.actor, "agent.require-sign-in", Verdict.OFF)
        return [await services.agents.make_token(tenant, CONSOLE) for _ in range(3)]


@attrs.define
class Site:
    """Three agents of one tenant at a served hub; ``home`` is the hub's."""

    home: Path
    agents: list[Parts]
    _others: list[str]
    _url: str

    async def one_more(self, stack: AsyncExitStack) -> Parts:
        """An agent that joins."""
        made = await stack.enter_async_context(parts())
        await made.membership.join(self._url, self._others.pop())
        return made


@pytest.fixture
async def site(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Site]:
    home = tmp_path / "home"
    tokens = await trio.to_thread.run_sync(asyncio.run, _furnished(home))
    with served(home) as running:
        async with AsyncExitStack() as stack:
            made = Site(home, [], tokens, running.url)
            made.agents += [await made.one_more(stack) for _ in range(3)]
            yield made


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


def id_of(agent: Parts) -> str:
    assert agent.membership.member is not None
    return agent.membership.member.agent


def context_of(agent: Parts) -> bytes:
    assert agent.membership.member is not None
    return b"tympan mirror " + agent.membership.member.tenant.encode()


async def stand_beside(agent: Parts) -> None:
    """Tells the hub that the device in the lobby answers here."""
    await tell(agent, DeviceReport(printer="lobby", reachable=True, observed_at=dt.datetime.now(dt.UTC)))


async def hold(agent: Parts, job: uuid.UUID) -> None:
    """Tells the hub of a job that is held here."""
    now = dt.datetime.now(dt.UTC)
    told = JobReport(
        job=job,
        printer="anywhere",
        user="ada",
        standing=JobStanding.HELD,
        reason="job-held-for-release",
        revision=1,
        size_bytes=len(PLAIN),
        created_at=now,
        held_until=now + dt.timedelta(hours=1),
    )
    await tell(agent, told)


async def tell(agent: Parts, finding: JobReport | DeviceReport) -> None:
    """Reports something."""
    report = Report(id=uuid.uuid4(), at=dt.datetime.now(dt.UTC), finding=finding)
    batch = ReportBatch(reports=(report,))
    receipt = decode(Receipt, await agent.link.request(Operation.REPORTS, encode(batch)))
    assert not receipt.refused, receipt


async def mirrored(agent: Parts, readers: list[Parts], job: uuid.UUID, key: bytes) -> MirrorRequest:
    """Uploads a sealed document, locked for those whose keys the hub tells of."""
    desired = decode(Desired, await agent.link.request(Operation.DESIRED, encode(DesiredRequest(known=""))))
    [queue] = [printer for printer in desired.printers if printer.pull is not None]
    assert queue.pull is not None
    keys = {reader.agent: base64.b64decode(reader.recipient) for reader in queue.pull.readers}
    sealer = Sealer(key, job)
    sealed = sealer.header() + sealer.update(PLAIN) + sealer.finish()
    note = encode(
        HeldNote(name=TITLE, user="ada", printer="anywhere", media_type="application/pdf", size_bytes=len(PLAIN))
    )
    upload = await HttpsUploads(agent.link).upload(f"held/{job}", _pieces(sealed), size_bytes=len(sealed), user="ada")
    request = MirrorRequest(
        job=job,
        upload=upload,
        note=base64.b64encode(seal_note(key, note, document=job)).decode(),
        envelopes=tuple(
            MirrorEnvelope(
                agent=id_of(reader),
                envelope=base64.b64encode(
                    wrap_for(key, keys[id_of(reader)], document=job, context=context_of(agent))
                ).decode(),
            )
            for reader in readers
        ),
    )
    decode(Done, await agent.link.request(Operation.MIRROR, encode(request)))
    return request


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 65_536):
        yield content[start : start + 65_536]


async def fetched(agent: Parts, reference: str, size: int) -> bytes:
    downloads = HttpsDownloads(agent.link, range_bytes=1_000_000)
    return b"".join([piece async for piece in downloads.download(reference, size_bytes=size)])


async def test_whom_it_is_locked_for_opens_it_and_a_thief_has_nothing(site: Site) -> None:
    [maker, reader, thief] = site.agents
    job, key = uuid.uuid4(), new_key()
    await hold(maker, job)
    await stand_beside(reader)
    request = await mirrored(maker, [reader], job, key)
    size = 80 + len(PLAIN) + 24 * -(-len(PLAIN) // 65_536)
    envelope, note = base64.b64decode(request.envelopes[0].envelope), base64.b64decode(request.note)

    sealed = await fetched(reader, request.upload, size)
    opened = await AgentIdentity(reader.membership).open_envelope(envelope, document=job, context=context_of(reader))
    opener = Opener(opened, document=job)
    assert opener.update(sealed) == PLAIN
    opener.finish()
    assert decode(HeldNote, open_note(opened, note, document=job)).name == TITLE

    with pytest.raises(HubForgot):
        await fetched(thief, request.upload, size)
    with pytest.raises(EnvelopeUnfit):
        await AgentIdentity(thief.membership).open_envelope(envelope, document=job, context=context_of(thief))
    with pytest.raises(Tampered):
        open_note(new_key(), note, document=job)
    for file in site.home.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        for secret in (b"the salaries of everybody", TITLE.encode(), key, base64.b64encode(key), key.hex().encode()):
            assert secret not in content, f"the hub has {secret!r} in {file}"
