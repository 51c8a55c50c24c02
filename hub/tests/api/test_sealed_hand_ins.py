"""Documents that programs seal and hand in with their token: as the page's script does at its door."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from typing import Any

import attrs
import httpx
import pytest
from api_rig import Program, program
from crossing_rig import FAR, Sites, new_sites
from hub_rig import Bench

from tympan_hub.domain.people import Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.http.api import PREFIX
from tympan_wire.hub import HeldNote, encode
from tympan_wire.ipp import decode as ticket_in
from tympan_wire.sealed import Opener, Recipient, Sealer, Suite, new_key, open_note, seal_note, unwrap_with, wrap_for

pytestmark = pytest.mark.anyio
PART = 1 << 16
PLAIN = b"%PDF-1.7 Quarterly-figures-nobody-may-read " * 5_000
KEYS = {name: Recipient.generate(Suite.X25519) for name in ("first", "second")}


@attrs.define
class Sealing:
    """A program that seals."""

    by: Program
    job: uuid.UUID = attrs.field(factory=uuid.uuid4)

    async def part(self, upload: str, number: int, content: bytes, digest: bytes | None = None) -> httpx.Response:
        """One part, with its digest."""
        told = base64.b64encode(digest or hashlib.sha256(content).digest()).decode()
        headers = {"Authorization": f"Bearer {self.by.secret}", "Content-Digest": f"sha-256=:{told}:"}
        path = f"{PREFIX}/hand-ins/uploads/{upload}/parts/{number}"
        return await self.by.client.put(path, content=content, headers=headers)

    async def upload(self, sealed: bytes) -> str:
        """All parts."""
        asked = {"name": str(self.job), "size": len(sealed), "part_bytes": PART}
        begun = (await self.by.ask("POST", "/hand-ins/uploads", asked)).json()
        for number, start in enumerate(range(0, len(sealed), PART)):
            answer = await self.part(begun["id"], number, sealed[start : start + PART])
            assert (answer.status_code, answer.json()) == (200, {"number": number})
        done = await self.by.ask("POST", f"/hand-ins/uploads/{begun['id']}/finish")
        assert done.status_code == 200, done.text
        return str(begun["id"])

    async def sealed(self, **more: Any) -> dict[str, Any]:
        """A hand-in, its document uploaded."""
        [printer] = await self.by.get("/hand-ins/printers")
        wishes = {"copies": 2, "sides": "two-sided-long-edge", "pages": "1-2,4"}
        ticket = (await self.by.ask("POST", "/hand-ins/tickets", wishes)).json()["ticket"]
        key = new_key()
        sealer = Sealer(key, self.job)
        content = sealer.header() + sealer.update(PLAIN) + sealer.finish()
        note = HeldNote(
            name="Figures", user="ada", printer=printer["id"], media_type="application/pdf", ticket=ticket,
            size_bytes=len(PLAIN),
        )  # fmt: skip
        context = base64.b64decode(printer["context"])
        envelopes = {
            reader["agent"]: wrap_for(key, base64.b64decode(reader["recipient"]), document=self.job, context=context)
            for reader in printer["readers"]
        }
        return {
            "job": str(self.job),
            "printer": printer["id"],
            "upload": await self.upload(content),
            "note": base64.b64encode(seal_note(key, encode(note), document=self.job)).decode(),
            "envelopes": [
                {"agent": agent, "envelope": base64.b64encode(locked).decode()} for agent, locked in envelopes.items()
            ],
            "title": "Figures",
        } | more


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    made = await new_sites(hub)
    await made.beside(made.first, key=KEYS["first"].public)
    await made.beside(made.second, key=KEYS["second"].public)
    return made


@pytest.fixture
async def sealing(sites: Sites) -> Sealing:
    ada = await sites.hub.person(sites.tenant, Role.USER, "ada@acme.example")
    return Sealing(await program(sites.hub, ada))


async def test_what_a_program_sealed_is_opened_by_the_agent_that_prints_it(sites: Sites, sealing: Sealing) -> None:
    handed = await sealing.by.ask("POST", "/hand-ins", await sealing.sealed())
    assert handed.status_code == 201, handed.text
    job = handed.json()
    assert (job["id"], job["agent"], job["standing"]) == (str(sealing.job), None, "queued")
    order = await sites.take(sites.first)
    context = b"tympan tunnel " + sites.tenant.encode()
    key = unwrap_with(base64.b64decode(order.copy.envelope), KEYS["first"], document=sealing.job, context=context)
    fetched = await sites.read(sites.first, order.copy.upload, f"bytes=0-{order.copy.size - 1}")
    opener = Opener(key, document=sealing.job)
    assert opener.update(fetched.content) == PLAIN
    opener.finish()
    note = json.loads(open_note(key, base64.b64decode(order.copy.note), document=sealing.job))
    asked = {one.name: one for group in ticket_in(base64.b64decode(note["ticket"]))[0].groups for one in group}
    assert (asked["copies"].value, asked["sides"].value) == (2, "two-sided-long-edge")
    assert [one.value for one in asked["page-ranges"].values] == [(1, 2), (4, 4)]
    assert (await sealing.by.get(f"/jobs/{sealing.job}"))["story"][0]["what"] == "Handed in through the API"


async def test_the_same_again_is_the_same_job(sites: Sites, sealing: Sealing) -> None:
    told = await sealing.sealed()
    answers = [await sealing.by.ask("POST", "/hand-ins", told) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len((await sites.look(sites.first)).orders) == 1


async def test_an_upload_goes_on_where_it_was_cut_and_a_part_that_is_not_its_digest_is_refused(
    sealing: Sealing,
) -> None:
    asked = {"name": str(sealing.job), "size": 3 * PART, "part_bytes": PART}
    begun = (await sealing.by.ask("POST", "/hand-ins/uploads", asked)).json()
    assert begun["parts"] == []
    await sealing.part(begun["id"], 1, bytes(PART))
    refused = await sealing.part(begun["id"], 0, bytes(PART), digest=bytes(32))
    assert refused.status_code == 400
    assert (await sealing.part(begun["id"], 0, bytes(PART + 1))).status_code == 413
    assert (await sealing.by.ask("POST", "/hand-ins/uploads", asked)).json() == {"id": begun["id"], "parts": [1]}
    assert (await sealing.by.ask("POST", f"/hand-ins/uploads/{begun['id']}/finish")).status_code == 409


async def test_a_part_of_full_size_and_envelopes_for_many_computers_are_no_larger_than_may_come(
    sealing: Sealing,
) -> None:
    asked = {"name": "large", "size": 4 << 20, "part_bytes": 4 << 20}
    begun = (await sealing.by.ask("POST", "/hand-ins/uploads", asked)).json()
    assert (await sealing.part(begun["id"], 0, bytes(4 << 20))).status_code == 200
    told = await sealing.sealed()
    many = [{"agent": f"{number:032x}", "envelope": "A" * 4096} for number in range(60)]
    answer = await sealing.by.ask("POST", "/hand-ins", told | {"envelopes": told["envelopes"] + many})
    assert answer.status_code == 201, answer.text


async def test_attack_what_somebody_else_uploaded_is_nobodys_to_fill_finish_or_hand_in(
    sites: Sites, sealing: Sealing
) -> None:
    told = await sealing.sealed()
    eve = Sealing(await program(sites.hub, await sites.hub.person(sites.tenant, Role.USER, "eve@acme.example")))
    assert (await eve.part(told["upload"], 0, bytes(PART))).status_code == 404
    assert (await eve.by.ask("POST", f"/hand-ins/uploads/{told['upload']}/finish")).status_code == 404
    assert (await eve.by.ask("POST", "/hand-ins", told | {"job": str(eve.job)})).status_code == 404


async def test_while_handing_in_is_off_no_printer_is_told_and_nothing_is_taken(sites: Sites, sealing: Sealing) -> None:
    told = await sealing.sealed()
    await sites.services.policy.switch(sites.tenant, sites.admin.actor, "mobility.print", Verdict.OFF)
    assert await sealing.by.get("/hand-ins/printers") == []
    assert (await sealing.by.ask("POST", "/hand-ins", told)).status_code == 403


async def test_a_printer_that_nobody_prints_at_says_so(sites: Sites, sealing: Sealing) -> None:
    uri = "ipp://attic.example/ipp/print"
    await sites.services.printers.add(sites.tenant, sites.admin.actor, name="Attic", uri=uri)
    found = {one["id"]: one for one in await sealing.by.get("/hand-ins/printers")}
    assert (found["attic"]["readers"], found[FAR]["hindrance"]) == ([], "")
    assert "No computer" in found["attic"]["hindrance"]


async def test_a_service_owner_who_belongs_to_no_tenant_hands_nothing_in(sites: Sites, sealing: Sealing) -> None:
    owner = await program(sites.hub, await sites.hub.owner())
    told, tenant, job = await sealing.sealed(), str(sites.tenant), str(uuid.uuid4())
    begun = {"name": "x", "size": 1, "part_bytes": PART}
    answers = [
        await owner.ask("POST", "/hand-ins", told, tenant=tenant),
        await owner.ask("POST", "/hand-ins/documents", tenant=tenant, job=job, printer=FAR),
        await owner.ask("POST", "/hand-ins/uploads", begun, tenant=tenant),
    ]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert {answer.json()["code"] for answer in answers} == {"not-allowed"}
