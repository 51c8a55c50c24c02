"""Documents handed in at the hub: sealed for the agents beside the device, and printed once, as any job."""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator
from io import BytesIO

import pikepdf
import pytest
from alembic import command
from crossing_rig import FAR, Sites, new_sites
from hub_rig import PASSWORD, Bench

from tympan_hub.adapters.sql import migrate
from tympan_hub.adapters.sql.schema import check_references, migrating
from tympan_hub.adapters.sql.security import relax
from tympan_hub.adapters.sql.upgrades import config
from tympan_hub.domain.blobs import Kind
from tympan_hub.domain.errors import Conflict, NotAllowed, NotFound
from tympan_hub.domain.hand_ins import Wanted, Wishes
from tympan_hub.domain.held import Sides
from tympan_hub.domain.ids import JobId
from tympan_hub.domain.jobs import Job, Standing
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.domain.uploads import Upload
from tympan_hub.service.conversions import Document
from tympan_wire.hub import CrossingStep, HeldNote, JobStanding, decode
from tympan_wire.ipp import decode as ticket_of
from tympan_wire.sealed import Opener, Recipient, Suite, open_note, unwrap_with

pytestmark = pytest.mark.anyio

MARKER = "Quarterly-figures-nobody-may-read"
KEYS = {name: Recipient.generate(Suite.X25519) for name in ("first", "second")}


def document() -> bytes:
    with pikepdf.new() as made:
        made.add_blank_page()
        made.Root.Marker = pikepdf.String(MARKER)
        into = BytesIO()
        made.save(into, compress_streams=False)
    return into.getvalue()


PDF = document()


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    made = await new_sites(hub)
    await made.beside(made.first, key=KEYS["first"].public)
    await made.beside(made.second, key=KEYS["second"].public)
    return made


def body(content: bytes = PDF, media_type: str = "application/pdf") -> Document:
    async def pieces() -> AsyncIterator[bytes]:
        for first in range(0, len(content), 100):
            yield content[first : first + 100]

    return Document(content=pieces(), media_type=media_type)


async def hand_in(
    sites: Sites, job: uuid.UUID | None = None, *, document: Document | None = None, **wanted: object
) -> Job:
    aim, name = Wanted(**{"printer": FAR, "title": MARKER, **wanted}), JobId(job or uuid.uuid4())  # type: ignore[arg-type]
    taken = await sites.services.hand_ins.take_plain(sites.tenant, sites.admin, name, aim, document or body())
    assert isinstance(taken, Job)
    return taken


async def stored(sites: Sites, job: uuid.UUID) -> Job:
    known = await sites.services.jobs.get(sites.tenant, sites.admin, job)
    assert isinstance(known, Job)
    return known


async def uploads(sites: Sites) -> int:
    return len([one async for one in sites.hub.blobs.list(sites.tenant, Kind.UPLOADS)])


async def rows_of_uploads(sites: Sites) -> tuple[Upload, ...]:
    async with sites.hub.units.reading() as unit:
        return await unit.uploads.page(sites.tenant, "", 9)


@pytest.mark.parametrize("known", [True, False])
async def test_a_computer_with_a_key_of_another_kind_hinders_nobody_else(hub: Bench, known: bool) -> None:
    sites = await new_sites(hub)
    await sites.beside(sites.second, key=b"\x7f" + KEYS["second"].public[1:])
    if known:
        await sites.beside(sites.first, key=KEYS["first"].public)
        handed = await hand_in(sites)
        assert (await sites.take(sites.first)).job == handed.id
    else:
        with pytest.raises(Conflict, match="whose key this hub knows"):
            await hand_in(sites)
        assert await uploads(sites) == 0


async def test_what_is_handed_in_is_opened_by_an_agent_beside_the_device_and_ends_as_it_reports(sites: Sites) -> None:
    handed = await hand_in(sites, wishes=Wishes(copies=2, sides=Sides.LONG_EDGE))
    assert (handed.agent, handed.standing, handed.person) == (None, Standing.QUEUED, sites.admin.id)

    order = await sites.take(sites.first)
    context = b"tympan tunnel " + sites.tenant.encode()
    key = unwrap_with(base64.b64decode(order.copy.envelope), KEYS["first"], document=order.job, context=context)
    note = decode(HeldNote, open_note(key, base64.b64decode(order.copy.note), document=order.job))
    ticket, _ = ticket_of(base64.b64decode(note.ticket))
    asked = {one.name: one.value for group in ticket.groups for one in group}
    assert (note.name, note.size_bytes, asked["copies"], asked["sides"]) == (MARKER, len(PDF), 2, Sides.LONG_EDGE.value)
    sealed = (await sites.read(sites.first, order.copy.upload, f"bytes=0-{order.copy.size - 1}")).content
    opener = Opener(key, document=order.job)
    plain = opener.update(sealed)
    opener.finish()
    assert bytes(plain) == PDF

    assert await sites.say(sites.first, order)
    await sites.stands(order.job, JobStanding.COMPLETED, sites.first)
    over = await stored(sites, order.job)
    assert (over.agent, over.standing, over.person) == (sites.first.id, Standing.COMPLETED, sites.admin.id)
    assert over.story[0].what == "Handed in through the API"
    assert not await uploads(sites), "its bytes are gone"


async def test_what_waits_of_somebody_who_is_removed_is_still_printed(sites: Sites) -> None:
    people = sites.services.people
    ben = await people.add(
        sites.tenant, CONSOLE, email="ben@acme.example", name="Ben", role=Role.USER, password=PASSWORD
    )
    aim, job = Wanted(printer=FAR, title=MARKER), JobId(uuid.uuid4())
    await sites.services.hand_ins.take_plain(sites.tenant, ben, job, aim, body())
    await people.remove(sites.tenant, CONSOLE, ben.id)
    sites.hub.clock.forward(minutes=5)
    await sites.services.upload_clearance.tidy()
    order = await sites.take(sites.first)
    assert order.job == job
    sealed = (await sites.read(sites.first, order.copy.upload, f"bytes=0-{order.copy.size - 1}")).content
    assert len(sealed) == order.copy.size


async def test_nothing_the_hub_keeps_of_a_hand_in_tells_the_document(sites: Sites) -> None:
    await hand_in(sites)
    kept = b""
    async for one in sites.hub.blobs.list(sites.tenant, Kind.UPLOADS):
        async for piece in sites.hub.blobs.get(sites.tenant, one.name, 0, 1 << 20):
            kept += piece
    assert len(kept) > len(PDF)
    assert MARKER.encode() not in kept
    assert b"%PDF" not in kept


async def test_the_same_id_again_is_the_same_job_and_is_printed_once(sites: Sites) -> None:
    job = uuid.uuid4()
    first, again = await hand_in(sites, job), await hand_in(sites, job)
    assert (first.id, again.id) == (job, job)
    assert len((await sites.look(sites.first)).orders) == 1
    assert await uploads(sites) == 1


async def test_the_same_id_many_times_at_once_is_one_job_and_one_document(sites: Sites) -> None:
    job = uuid.uuid4()
    answers = await asyncio.gather(*(hand_in(sites, job) for _ in range(3)))
    assert {answer.id for answer in answers} == {job}
    assert len((await sites.look(sites.first)).orders) == await uploads(sites) == 1


async def test_an_id_of_another_ones_job_is_refused(sites: Sites) -> None:
    offer = await sites.offer()
    with pytest.raises(Conflict, match="another job's"):
        await hand_in(sites, offer.job)


async def test_a_printer_that_is_not_there_takes_none_nor_any_where_handing_in_is_off(sites: Sites) -> None:
    with pytest.raises(NotFound):
        await hand_in(sites, printer="no-such")
    await sites.services.policy.switch(sites.tenant, sites.admin.actor, "mobility.print", Verdict.OFF)
    with pytest.raises(NotAllowed):
        await hand_in(sites)
    assert not await uploads(sites)


async def test_a_printer_that_agents_print_on_directly_takes_what_is_handed_in(sites: Sites) -> None:
    await sites.services.tunnel_use.choose(sites.tenant, sites.admin.actor, FAR, TunnelChoice(use=TunnelUse.NEVER))
    handed = await hand_in(sites)
    order = await sites.take(sites.first)
    assert order.job == handed.id
    assert await sites.say(sites.first, order, CrossingStep.BEGIN)


@pytest.mark.parametrize(
    ("content", "is_it"), [(PDF, "application/pdf"), (b"\xff\xd8\xff\xe0" + bytes(900), "image/jpeg")]
)
async def test_what_needs_no_converter_is_taken_as_it_is_while_converters_are_off(
    sites: Sites, content: bytes, is_it: str
) -> None:
    await sites.services.policy.switch(sites.tenant, sites.admin.actor, "mobility.convert", Verdict.OFF)
    handed = await hand_in(sites, document=body(content, "text/html"))
    order = await sites.take(sites.first)
    assert order.job == handed.id
    context = b"tympan tunnel " + sites.tenant.encode()
    key = unwrap_with(base64.b64decode(order.copy.envelope), KEYS["first"], document=order.job, context=context)
    note = decode(HeldNote, open_note(key, base64.b64decode(order.copy.note), document=order.job))
    assert (note.media_type, note.size_bytes) == (is_it, len(content))
    sealed = (await sites.read(sites.first, order.copy.upload, f"bytes=0-{order.copy.size - 1}")).content
    assert bytes(Opener(key, document=order.job).update(sealed)) == content


async def test_what_needs_a_converter_is_refused_while_they_are_off_and_nothing_of_it_stays(sites: Sites) -> None:
    await sites.services.policy.switch(sites.tenant, sites.admin.actor, "mobility.convert", Verdict.OFF)
    with pytest.raises(NotAllowed, match="Save it as PDF"):
        await hand_in(sites, document=body(b"plain text"))
    assert not await uploads(sites)


async def test_what_waits_ends_where_handing_in_is_switched_off(sites: Sites) -> None:
    handed = await hand_in(sites)
    await sites.services.policy.switch(sites.tenant, sites.admin.actor, "mobility.print", Verdict.OFF)
    await sites.services.called_off.round()
    over = await stored(sites, handed.id)
    assert (over.standing, over.story[-1].what) == (Standing.ABORTED, "No computer can print it")
    assert over.story[-1].why == "Printing through the hub was switched off for this printer."
    assert not await uploads(sites)


async def test_what_waits_for_a_printer_that_is_removed_ends_at_once_and_says_so(sites: Sites) -> None:
    handed = await hand_in(sites)
    await sites.services.printers.remove(sites.tenant, sites.admin.actor, FAR)
    over = await stored(sites, handed.id)
    assert (over.standing, over.story[-1].what) == (Standing.ABORTED, "No computer can print it")
    assert over.story[-1].why == "Its printer was removed at the hub before any of it was printed."
    assert not await uploads(sites)


async def test_one_that_nobody_prints_in_its_time_is_over_and_says_why(sites: Sites) -> None:
    handed = await hand_in(sites)
    await sites.later(8 * 86_400)
    over = await stored(sites, handed.id)
    assert over.standing is Standing.EXPIRED
    assert over.story[-1].what != "Handed in through the API"
    assert not await uploads(sites)


async def test_one_that_its_computer_refuses_is_over_at_once(sites: Sites) -> None:
    handed = await hand_in(sites)
    order = await sites.take(sites.first)
    assert await sites.say(sites.first, order, CrossingStep.REFUSE, reason="aborted-by-system", detail="No paper.")
    over = await stored(sites, handed.id)
    assert (over.standing, len(over.story)) == (Standing.ABORTED, 2)


async def test_what_was_cut_off_before_it_was_a_job_is_none_and_goes(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(*_: object) -> None:
        raise ConnectionError("the hub's storage is away")

    monkeypatch.setattr(sites.services.hand_ins, "_send", cut)
    job = uuid.uuid4()
    with pytest.raises(ConnectionError):
        await hand_in(sites, job)
    with pytest.raises(NotFound):
        await stored(sites, job)
    assert not await uploads(sites)


@pytest.mark.parametrize("cut_off", ["before all was stored", "before it was a job"])
async def test_what_a_hub_left_that_was_killed_before_it_was_a_job_goes_within_hours(
    sites: Sites, monkeypatch: pytest.MonkeyPatch, cut_off: str
) -> None:
    async def killed(*_: object, **__: object) -> None:
        raise ConnectionError("the hub was killed")

    kept = await hand_in(sites)
    whole = await uploads(sites)
    hand_ins = sites.services.hand_ins
    with monkeypatch.context() as dying:
        dying.setattr(hand_ins, "_drop_unused", killed)
        if cut_off == "before it was a job":
            dying.setattr(hand_ins, "_send", killed)
        else:
            dying.setattr(sites.hub.blobs, "put", killed)
        with pytest.raises(ConnectionError):
            await hand_in(sites)
    sites.hub.clock.forward(minutes=59)
    await sites.services.upload_clearance.tidy()
    assert len(await rows_of_uploads(sites)) == 2
    sites.hub.clock.forward(minutes=2)
    await sites.services.upload_clearance.tidy()
    [left] = await rows_of_uploads(sites)
    assert await uploads(sites) == whole
    async with sites.hub.units.reading() as unit:
        crossing = (await unit.crossings.newest(sites.tenant, [kept.id]))[kept.id]
    assert crossing.upload == left.id, "what waits for a computer stays"


async def test_what_was_handed_in_goes_whole_where_the_schema_is_led_back(sites: Sites) -> None:
    await hand_in(sites)
    async with migrating(sites.hub.database) as connection:
        if sites.hub.database.shared:
            await connection.run_sync(relax)
        await connection.run_sync(lambda inner: command.downgrade(config(inner), "0029"))
        await connection.run_sync(check_references)
    await migrate(sites.hub.database, upgrade=True)
    async with sites.hub.units.reading() as unit:
        assert (await unit.crossings.tally(sites.tenant)).count == 0
