"""Pages of devices: what strangers said of them is text, a printer is made in two clicks, lists go out and come in."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import attrs
import httpx
import pytest
from hub_rig import BIRTH, Bench, report
from portal_steps import SignIn, csrf

from tympan_hub.domain.devices import DeviceFilter
from tympan_hub.domain.ids import PrinterId, TenantId
from tympan_hub.domain.people import Role
from tympan_wire.device import Description, Supply
from tympan_wire.hub import SightingReport, SweepReport

pytestmark = pytest.mark.anyio
PIN = "a" * 64
ODD = ("=1+1", "'=1", "-x", '"quoted", twice', "; semicolon", "@sum", "plain")
FRONT = SightingReport(
    method="bonjour",
    key="front",
    seen_at=BIRTH,
    uri="ipps://192.0.2.9/ipp/print",
    host="front.local",
    addresses=("192.0.2.9",),
    mac="00:00:5e:00:53:01",
    fingerprint=PIN,
    description=Description(
        uuid="5a1e0f6c-52ad-4d1e-9c1f-00155d4e1a01",
        name="Front",
        make_and_model="Contoso 9000",
        location="Hall",
        formats=("image/urf",),
        color=True,
        supplies=(Supply(name="Black", percent=7), Supply(name="Waste", kind="waste-toner")),
    ),
)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "'; DROP TABLE printers; --",
    "\u202egnp.exe\u202c",
    "\x00\x1b[2J\x07\r\nSet-Cookie: a=b",
    "=cmd|' /C calc'!A0",
    "A" * 2000,
    "\N{COMBINING ACUTE ACCENT}" * 300,
    "\ud800",
)


async def found(hub: Bench, tenant: TenantId, *sights: SightingReport) -> str:
    """What an agent sees, and the id of the first of it by name."""
    agent = await hub.agent(tenant)
    assert (await agent.report(*map(report, sights or (FRONT,)))).refused == ()
    async with hub.units.reading() as unit:
        return (await unit.devices.find(tenant, DeviceFilter()))[0].id


async def sent(client: httpx.AsyncClient, page: str, action: str, **values: str) -> httpx.Response:
    """A form of a page, sent."""
    assert page == "/account" or action in (await client.get(page)).text
    return await client.post(action, data={"csrf": await csrf(client, "/account"), **values})


def fields(page: str) -> dict[str, str]:
    """What stands in the fields of a page."""
    inputs = re.findall(r"<input[^>]*>", page)
    named = {}
    for tag in inputs:
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            named[name[1]] = unescape(value[1]) if value else ""
    return named


async def test_a_printer_is_made_in_two_clicks(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    device = await found(hub, tenant)
    client = await sign_in(await hub.person(tenant))
    listed = (await client.get("/devices")).text
    assert f'href="/printers/new?device={device}"' in listed
    form = (await client.get(f"/printers/new?device={device}")).text
    filled = {name: value for name, value in fields(form).items() if name not in ("computer", "q")}
    assert (filled["name"], filled["uri"], filled["location"]) == ("Front", "ipps://192.0.2.9/ipp/print", "Hall")
    assert filled["pin"] == PIN
    answer = await client.post("/printers/new", data=filled)
    assert answer.status_code == 303
    printer = await hub.services.printers.get(tenant, (await hub.person(tenant, email="x@acme.example")).actor, "front")  # type: ignore[arg-type]
    assert (printer.printer.device, printer.printer.fingerprint) == (device, PIN)
    shown = (await client.get(f"/devices/{device}")).text
    assert 'href="/printers/front"' in shown
    assert "Has a printer" in shown
    assert f'href="/devices/{device}"' in (await client.get("/printers/front")).text


async def test_without_the_tick_no_certificate_is_pinned(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    device = await found(hub, tenant)
    admin = await hub.person(tenant)
    client = await sign_in(admin)
    filled = {**fields((await client.get(f"/printers/new?device={device}")).text), "pin": ""}
    assert (await client.post("/printers/new", data=filled)).status_code == 303
    [printer] = await hub.services.printers.list(tenant, admin.actor)
    assert (await hub.services.printers.get(tenant, admin.actor, printer.printer.id)).printer.fingerprint == ""


async def test_a_move_is_shown_and_taken_over_by_one_click(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    device = await found(hub, tenant)
    client = await sign_in(await hub.person(tenant))
    await client.post("/printers/new", data=fields((await client.get(f"/printers/new?device={device}")).text))
    agent = await hub.agent(tenant, "desk-2")
    moved = attrs.evolve(FRONT, uri="ipps://192.0.2.10/ipp/print", addresses=("192.0.2.10",))
    page = (await client.get("/printers/front")).text
    assert "has another address now" not in page
    await agent.report(report(moved))
    assert "has another address now" not in (await client.get("/printers/front")).text  # one still sees it there
    async with hub.units.reading() as unit:
        [first, _] = sorted((await unit.agents.latest(tenant, 2)), key=lambda one: one == agent.id)
    await hub.services.agents.revoke(tenant, (await hub.person(tenant, email="y@acme.example")).actor, first)
    for where in ("/printers/front", f"/devices/{device}"):
        page = (await client.get(where)).text
        assert "ipps://192.0.2.10/ipp/print" in page
        assert 'action="/printers/front/move"' in page
    answer = await sent(client, "/printers/front", "/printers/front/move", uri=moved.uri)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].endswith("said=printer-moved")
    assert "ipps://192.0.2.10/ipp/print" in (await client.get("/printers/front")).text
    again = await sent(client, "/account", "/printers/front/move", uri=moved.uri)
    assert again.headers["location"].endswith("said=printer-moved-on")


async def test_an_address_a_stranger_claims_is_weighed_before_jobs_go_there(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    honest, evil = await hub.agent(tenant, "honest"), await hub.agent(tenant, "evil-desk")
    plain = attrs.evolve(FRONT, uri="ipp://192.0.2.9/ipp/print", fingerprint="")
    await honest.report(report(plain))
    async with hub.units.reading() as unit:
        [device] = await unit.devices.find(tenant, DeviceFilter())
    client = await sign_in(await hub.person(tenant))
    await client.post("/printers/new", data=fields((await client.get(f"/printers/new?device={device.id}")).text))
    await honest.report(report(attrs.evolve(plain, in_view=False)))
    claim = attrs.evolve(FRONT, uri="ipps://192.0.2.66/ipp/print", addresses=("192.0.2.66",), fingerprint="e" * 64)
    await evil.report(report(claim))
    for where in ("/printers/front", f"/devices/{device.id}"):
        page = (await client.get(where)).text
        assert "has another address now" not in page
        assert "nothing proves it" in page
        assert "evil-desk" in page
        assert 'action="/printers/front/move"' not in page
    at_once = await sent(client, "/account", "/printers/front/move", uri=claim.uri)
    assert at_once.headers["location"].endswith("said=printer-moved-on")
    asked = (await client.get("/printers/front/move")).text
    assert "Seen there by evil-desk." in asked
    assert "no other device gets anything" in asked
    said = {name: value for name, value in fields(asked).items() if name in ("uri", "back", "unproven")}
    taken = await sent(client, "/printers/front/move", "/printers/front/move", **said)
    assert taken.headers["location"] == "/printers/front?said=printer-moved"
    admin = (await hub.person(tenant, email="x@acme.example")).actor
    moved = (await hub.services.printers.get(tenant, admin, PrinterId("front"))).printer
    assert (moved.uri, moved.fingerprint) == (claim.uri, "e" * 64)


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: ascii(words)[:20])
async def test_nothing_of_a_devices_words_is_more_than_text(hub: Bench, sign_in: SignIn, words: str) -> None:
    tenant = await hub.tenant()
    told: dict[str, Any] = dict.fromkeys(
        ("serial", "name", "make_and_model", "location", "firmware", "more_info", "state"), words
    )
    described = Description(
        **told, formats=(words,), sides=(words,), media=(words,), reasons=(words,),
        supplies=(Supply(name=words, kind=words, color=words, percent=10**9),),
    )  # fmt: skip
    sight = SightingReport(
        method="wsd", key="x", seen_at=BIRTH, uri=words, host=words, addresses=(words,), mac=words, fingerprint=words,
        services=(words,), detail=words, description=described,
    )  # fmt: skip
    device = await found(hub, tenant, sight)
    later = attrs.evolve(sight, description=attrs.evolve(described, firmware="1", formats=("a/b", words)))
    await (await hub.agent(tenant, "desk-2")).report(report(later))
    client = await sign_in(await hub.person(tenant))
    for path in ("/devices", f"/devices/{device}", f"/printers/new?device={device}", "/devices?q=" + "x" * 3000):
        answer = await client.get(path)
        assert answer.status_code == 200
        harmless(answer, path)
    sheet = (await client.get("/devices/file")).text
    assert not re.search(r"(^|,)\"?[=+@-]", sheet)


def harmless(answer: httpx.Response, path: str) -> None:
    """Nothing in a page came out of its text."""
    page = answer.text
    assert "<script>alert" not in page, path
    assert "<img src=x" not in page, path
    assert "javascript:" not in page, path
    assert not {"\u202e", "\x1b", "\x07"} & {*page}, path
    assert max(map(len, page.split("A" * 200))) and "A" * 600 not in page, path
    assert "set-cookie: a=b" not in {f"{name}: {value}" for name, value in answer.headers.items()}


async def test_the_list_is_filtered(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    back = attrs.evolve(
        FRONT, method="wsd", key="back", mac="", fingerprint="", addresses=("192.0.2.77",),
        description=Description(name="Back", serial="SN-4711", make_and_model="Fabrikam 1"),
    )  # fmt: skip
    await found(hub, tenant, FRONT, back)
    client = await sign_in(await hub.person(tenant))
    both = (("", 2), ("?q=contoso", 1), ("?q=sn-4711", 1), ("?q=192.0.2.77", 1), ("?method=wsd", 1), ("?q=nothing", 0))
    more = (("?state=new", 2), ("?state=printer", 0), ("?state=here", 2), ("?state=away", 0), ("?state=ignored", 0))
    for query, count in (*both, *more, ("?agent=" + "0" * 32, 0), ("?page=99", 2)):
        assert (await client.get(f"/devices{query}")).text.count('id="device-') == count, query
    assert "No device fits" in (await client.get("/devices?q=nothing")).text


async def test_an_agents_page_says_how_it_looked_around_and_what_was_dropped(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    swept = SweepReport(method="bonjour", at=BIRTH, in_view=3, took_ms=4_200, packets=17, dropped=5)
    await agent.report(report(FRONT), report(attrs.evolve(FRONT, key="")), report(swept))
    client = await sign_in(await hub.person(tenant))
    page = (await client.get(f"/agents/{agent.id}")).text
    for told in ("3 devices in view", "looked for 5 seconds", "17 packets sent", "5 records dropped", "1 too large"):
        assert told in page
    assert (await client.get(f"/devices?agent={agent.id}")).text.count('id="device-') == 1
    assert (await client.get(f"/devices?agent={agent.id}&method=wsd")).text.count('id="device-') == 0
    listed = (await client.get("/devices")).text
    assert "1 too large or malformed" in listed


async def test_it_says_since_when_a_computer_is_away_that_saw_a_device(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    device = await found(hub, tenant)
    hub.clock.forward(hours=3)
    await hub.services.housekeeping.tidy()
    page = (await (await sign_in(await hub.person(tenant))).get(f"/devices/{device}")).text
    assert re.search(r"The computer was last heard of <time[^>]*>3 hours ago</time>", page)
    assert "not in view," in page


async def test_one_is_ignored_and_heeded_again(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    device = await found(hub, tenant)
    client = await sign_in(await hub.person(tenant))
    page = f"/devices/{device}"
    assert (await sent(client, page, f"{page}/ignore", ignored="yes")).headers["location"].endswith("device-ignored")
    assert (await client.get("/devices?state=ignored")).text.count('id="device-') == 1
    assert (await client.get("/devices?state=new")).text.count('id="device-') == 0
    assert (await sent(client, page, f"{page}/ignore", ignored="")).headers["location"].endswith("device-heeded")
    assert (await sent(client, "/account", f"{page}/forget")).headers["location"].endswith("device-in-view")


async def test_operators_look_and_change_nothing_and_users_see_nothing(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    device = await found(hub, tenant)
    client = await sign_in(await hub.person(tenant, Role.OPERATOR))
    page = (await client.get(f"/devices/{device}")).text
    assert "<form" not in page.partition("<main")[2]
    assert "Make printer" not in page + (await client.get("/devices")).text
    assert (await client.get("/devices/import")).status_code == 403
    user = await sign_in(await hub.person(tenant, Role.USER))
    for path in ("/devices", f"/devices/{device}", "/devices/file"):
        assert (await user.get(path)).status_code == 403


async def brought(client: httpx.AsyncClient, content: bytes, **more: Any) -> httpx.Response:
    secret = await csrf(client, "/devices/import")
    return await client.post("/devices/import", data={"csrf": secret, **more}, files={"file": ("list.csv", content)})


async def test_a_list_is_looked_at_before_it_is_taken(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    content = "Name;URI;Standort;Farbe\nBüro;ipp://192.0.2.5/ipp/print;Süd;ja\nLager;javascript:alert(1);;\n"
    page = (await brought(client, content.encode("cp1252"))).text
    assert "Take 1 device" in page
    assert "Line 3" in page
    assert "Farbe" in page
    assert (await client.get("/devices")).text.count('id="device-') == 0
    kept = fields(page)
    answer = await brought(client, b"", take="yes", list=kept["list"])
    assert answer.headers["location"].startswith("/devices?method=import")
    listed = (await client.get("/devices")).text
    assert listed.count('id="device-') == 1
    assert "Büro" in listed
    assert "Entered by hand" in listed


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"\x00\x01", b"a,b\n1,2\n", b"name\n" + b"x\n" * 5001, b"x" * (1 << 20)]
)
async def test_what_is_no_list_is_said_so(hub: Bench, sign_in: SignIn, content: bytes) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    answer = await brought(client, content)
    assert answer.status_code == 422
    assert 'id="file-fault"' in answer.text


async def test_what_went_out_comes_in_and_changes_nothing(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    odd = [
        attrs.evolve(
            FRONT, key=name, uri=f"ipp://192.0.2.{number}/", addresses=(f"192.0.2.{number}",), mac="", fingerprint="",
            description=Description(name=name, location=f"'{name}", make_and_model=name),
        )
        for number, name in enumerate(ODD, start=20)
    ]  # fmt: skip
    await found(hub, tenant, FRONT, *odd)
    client = await sign_in(await hub.person(tenant))
    sheet = await client.get("/devices/file")
    assert sheet.headers["content-type"].startswith("text/csv")
    page = (await brought(client, sheet.content)).text
    assert "Take " not in page
    assert "Mistakes" not in page
    changed = sheet.text.replace("Hall", "Cellar").encode()
    page = (await brought(client, changed)).text
    assert "Take 1 device" in page
    await brought(client, b"", take="yes", list=fields(page)["list"])
    listed = (await client.get("/devices?q=cellar")).text
    assert listed.count('id="device-') == 1
    assert (await client.get("/devices")).text.count('id="device-') == 1 + len(odd)
