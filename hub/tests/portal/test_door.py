"""The door of the page to print from: what a browser seals comes to the agents that may print it, and no other way."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from typing import Any

import attrs
import httpx
import pytest
from crossing_rig import FAR, Sites, new_sites
from hub_rig import Bench
from portal_steps import URL, SignIn, csrf

from tympan_hub.domain.ids import JobId
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.people import Role
from tympan_hub.domain.policy import Verdict
from tympan_wire.hub import CrossingStep, HeldNote, encode
from tympan_wire.ipp import decode as ticket_in
from tympan_wire.key_proofs import fingerprint
from tympan_wire.sealed import Opener, Recipient, Sealer, Suite, new_key, open_note, seal_note, unwrap_with, wrap_for

pytestmark = pytest.mark.anyio
DOOR = "/app/print/door"
PART = 1 << 16
PLAIN = b"%PDF-1.7 Quarterly-figures-nobody-may-read " * 5_000
KEYS = {name: Recipient.generate(Suite.MLKEM768_X25519) for name in ("first", "second")}


@attrs.define
class Phone:
    """A browser that seals.

    Attributes:
        client: Signed in.
        secret: Of its page.
        job: What it hands in.
    """

    client: httpx.AsyncClient
    secret: str
    job: uuid.UUID = attrs.field(factory=uuid.uuid4)

    async def ask(self, method: str, path: str, told: object = None, **more: Any) -> httpx.Response:
        """As the page's script does."""
        headers = {"x-csrf-token": self.secret, "origin": URL, **more.pop("headers", {})}
        return await self.client.request(method, DOOR + path, json=told, headers=headers, **more)

    async def printers(self) -> list[dict[str, Any]]:
        """What may be chosen."""
        answer = await self.ask("GET", "/printers")
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    async def upload(self, sealed: bytes) -> str:
        """All of its parts."""
        asked = {"name": str(self.job), "size": len(sealed), "part_bytes": PART}
        answer = await self.ask("POST", "/uploads", asked)
        assert answer.status_code == 200, answer.text
        begun = answer.json()
        for number, start in enumerate(range(0, len(sealed), PART)):
            answer = await self.part(begun["id"], number, sealed[start : start + PART])
            assert answer.status_code == 200, answer.text
        assert (await self.ask("POST", f"/uploads/{begun['id']}/finish", {})).status_code == 200
        return str(begun["id"])

    async def part(self, upload: str, number: int, content: bytes) -> httpx.Response:
        """One, with its digest."""
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        headers = {"x-csrf-token": self.secret, "origin": URL, "content-digest": f"sha-256=:{digest}:"}
        return await self.client.put(f"{DOOR}/uploads/{upload}/parts/{number}", content=content, headers=headers)

    async def sealed(self, **more: Any) -> dict[str, Any]:
        """A hand-in, its document uploaded."""
        [printer] = await self.printers()
        ticket = (
            await self.ask("POST", "/tickets", {"copies": 2, "sides": "two-sided-long-edge", "pages": "1-2,4"})
        ).json()
        key, sealer_job = new_key(), self.job
        sealer = Sealer(key, sealer_job)
        content = sealer.header() + sealer.update(PLAIN) + sealer.finish()
        note = HeldNote(
            name="Figures", user="ada", printer=printer["id"], media_type="application/pdf",
            ticket=ticket["ticket"], size_bytes=len(PLAIN),
        )  # fmt: skip
        context = base64.b64decode(printer["context"])
        return {
            "job": str(self.job),
            "printer": printer["id"],
            "upload": await self.upload(content),
            "note": base64.b64encode(seal_note(key, encode(note), document=self.job)).decode(),
            "envelopes": [
                {
                    "agent": reader["agent"],
                    "envelope": base64.b64encode(
                        wrap_for(key, base64.b64decode(reader["recipient"]), document=self.job, context=context)
                    ).decode(),
                }
                for reader in printer["readers"]
            ],
            "title": "Figures",
            "media_type": "application/pdf",
            "copies": 2,
        } | more


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    made = await new_sites(hub)
    await made.beside(made.first, key=KEYS["first"].public)
    await made.beside(made.second, key=KEYS["second"].public)
    return made


@pytest.fixture
async def phone(sites: Sites, sign_in: SignIn) -> Phone:
    client = await sign_in(await sites.hub.person(sites.tenant, Role.USER, "ada@acme.example"))
    return Phone(client, await csrf(client, "/account"))


async def test_what_a_browser_sealed_is_opened_by_the_agent_that_prints_it_and_by_nobody_on_its_way(
    sites: Sites, phone: Phone
) -> None:
    [printer] = await phone.printers()
    assert {reader["fingerprint"] for reader in printer["readers"]} == {
        fingerprint(key.public) for key in KEYS.values()
    }
    handed = await phone.ask("POST", "", await phone.sealed())
    assert handed.status_code == 200, handed.text
    order = await sites.take(sites.first)
    assert order.job == phone.job
    context = base64.b64decode(printer["context"])
    key = unwrap_with(base64.b64decode(order.copy.envelope), KEYS["first"], document=phone.job, context=context)
    fetched = await sites.read(sites.first, order.copy.upload, f"bytes=0-{order.copy.size - 1}")
    opener = Opener(key, document=phone.job)
    assert opener.update(fetched.content) == PLAIN
    opener.finish()
    note = json.loads(open_note(key, base64.b64decode(order.copy.note), document=phone.job))
    asked = {one.name: one for group in ticket_in(base64.b64decode(note["ticket"]))[0].groups for one in group}
    assert asked["copies"].value == 2
    assert [one.value for one in asked["page-ranges"].values] == [(1, 2), (4, 4)]
    assert await sites.say(sites.first, order, CrossingStep.BEGIN)


async def test_the_same_again_is_the_same_job(sites: Sites, phone: Phone) -> None:
    told = await phone.sealed()
    first, again = await phone.ask("POST", "", told), await phone.ask("POST", "", told)
    assert first.json() == again.json() == {"id": str(phone.job)}
    assert len((await sites.look(sites.first)).orders) == 1


async def test_an_upload_that_was_cut_tells_which_parts_are_there(phone: Phone) -> None:
    asked = {"name": str(phone.job), "size": 3 * PART, "part_bytes": PART}
    begun = (await phone.ask("POST", "/uploads", asked)).json()
    await phone.part(begun["id"], 1, bytes(PART))
    assert (await phone.ask("POST", "/uploads", asked)).json() == {"id": begun["id"], "parts": [1]}


async def test_a_job_handed_in_is_canceled_by_its_owner_and_nothing_of_it_stays(sites: Sites, phone: Phone) -> None:
    await phone.ask("POST", "", await phone.sealed())
    answer = await phone.client.post(f"/jobs/{phone.job}/cancel", data={"csrf": phone.secret})
    assert answer.status_code == 303
    async with sites.hub.units.reading() as unit:
        job = await unit.jobs.get(sites.tenant, JobId(phone.job))
    assert job is not None
    assert [line.what for line in job.story] == ["Handed in from the portal", "Canceled before any of it was printed"]
    assert job.standing is Standing.CANCELED
    assert (await sites.look(sites.first)).orders == ()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"printer": "no-such"}, 404),
        ({"upload": "0" * 32}, 404),
        ({"envelopes": []}, 400),
        ({"envelopes": [{"agent": "0" * 32, "envelope": "AAAA"}]}, 400),
        ({"note": "no base64!"}, 400),
        ({"media_type": "text/html"}, 400),
        ({"copies": 100_000}, 400),
        ({"copies": "two"}, 400),
        ({"job": "no uuid"}, 400),
        ({"title": "x" * 300}, 400),
    ],
)  # fmt: skip
async def test_what_is_no_hand_in_is_refused_and_says_why(
    sites: Sites, phone: Phone, change: dict[str, Any], status: int
) -> None:
    answer = await phone.ask("POST", "", await phone.sealed(**change))
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert (await sites.look(sites.first)).orders == ()


async def test_attack_a_document_that_somebody_else_uploaded_is_nobodys_to_hand_in(
    sites: Sites, phone: Phone, sign_in: SignIn
) -> None:
    told = await phone.sealed()
    client = await sign_in(await sites.hub.person(sites.tenant, Role.USER, "eve@acme.example"))
    eve = Phone(client, await csrf(client, "/account"))
    assert (await eve.ask("POST", "", told | {"job": str(eve.job)})).status_code == 404
    assert (await eve.ask("POST", f"/uploads/{told['upload']}/finish", {})).status_code == 404
    assert (await eve.part(told["upload"], 0, bytes(PART))).status_code == 404


async def test_attack_the_id_of_another_persons_job_is_refused(sites: Sites, phone: Phone, sign_in: SignIn) -> None:
    await phone.ask("POST", "", await phone.sealed())
    client = await sign_in(await sites.hub.person(sites.tenant, Role.USER, "eve@acme.example"))
    eve = Phone(client, await csrf(client, "/account"), job=phone.job)
    assert (await eve.ask("POST", "", await eve.sealed())).status_code == 409


@pytest.mark.parametrize("headers", [{"x-csrf-token": "guessed"}, {"origin": "https://evil.example"}])
async def test_attack_another_sites_page_gets_nothing_through_the_door(phone: Phone, headers: dict[str, str]) -> None:
    for method, path in (("GET", "/printers"), ("POST", "/uploads"), ("POST", "")):
        answer = await phone.ask(method, path, {} if method == "POST" else None, headers=headers)
        assert answer.status_code == 403, path


async def test_while_handing_in_is_off_no_printer_is_offered_and_nothing_is_taken(sites: Sites, phone: Phone) -> None:
    told = await phone.sealed()
    await sites.services.policy.switch(sites.tenant, sites.admin.actor, "mobility.print", Verdict.OFF)
    assert await phone.printers() == []
    assert (await phone.ask("POST", "", told)).status_code == 403


async def test_a_printer_that_nobody_prints_at_says_so(sites: Sites, phone: Phone) -> None:
    await sites.services.printers.add(
        sites.tenant, sites.admin.actor, name="Attic", uri="ipp://attic.example/ipp/print"
    )
    found = {one["id"]: one for one in await phone.printers()}
    assert found["attic"]["readers"] == [] and "No computer" in found["attic"]["hindrance"]
    assert found[FAR]["hindrance"] == ""
