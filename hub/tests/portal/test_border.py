"""Who gets where: every route tried by strangers, without the secret, by every role, and from the tenant next door."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator

import httpx
import pytest
from api_rig import estate
from hub_rig import Bench, rows
from portal_steps import SignIn, csrf, send

from tympan_hub.adapters.sql.tables import metadata
from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.people import CONSOLE, Actor, Role
from tympan_hub.http.portal import _app
from tympan_hub.http.portal._portal import Portal

pytestmark = pytest.mark.anyio
APPLICATION = _app._application(Portal(services=None, clock=None, address=""))  # type: ignore[arg-type]
OPEN = {"/sign-in", "/sign-in/owner", "/sign-in/second", "/invitation/{secret}", "/language"}
OPEN |= {"/sign-in/with/{tenant}/{provider}", "/sign-in/back/{tenant}/{provider}"}
OPEN |= {"/app/manifest.webmanifest", "/app/worker.js", "/app/offline"}  # the same for everybody, as phones keep them
OPEN |= {"/kiosk", "/kiosk/{token}"}  # the screen beside a device: its secret link lets it in

DOOR = "/app/print/door"  # asked by a script, which is told so in words of its own
SHARE = "/app/share"  # the share sheet of a phone has no secret of ours: it changes nothing, and no byte of it is read


def routes(method: str) -> Iterator[str]:
    """Every path of the portal that takes a method."""
    for path, methods in APPLICATION.openapi()["paths"].items():
        if method.lower() in methods:
            yield path


def filled(path: str) -> str:
    """A path with something in its places."""
    return path.format_map(defaultdict(lambda: "b" * 32, job=uuid.UUID(int=7)))


def test_there_are_routes_to_try() -> None:
    assert len(list(routes("GET"))) > 15
    assert len(list(routes("POST"))) > 9


async def test_strangers_are_asked_to_sign_in(visitor: httpx.AsyncClient) -> None:
    for path in sorted({*routes("GET")} - OPEN):
        answer = await visitor.get(filled(path))
        if path.startswith(DOOR):
            assert answer.status_code == 401, path
            continue
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in"), path


async def test_no_form_is_taken_without_its_secret(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    for path in sorted({*routes("POST")} - {SHARE}):
        for secret in ({}, {"csrf": ""}, {"csrf": "guessed"}):
            assert (await client.post(filled(path), data=secret)).status_code == 403, path
    assert (await client.get("/account")).status_code == 200  # who sent none of them is still signed in


async def test_no_form_is_taken_that_another_site_sent(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    form = {"csrf": await csrf(client, "/account")}
    for path in sorted({*routes("POST")} - {SHARE}):
        for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "same-site"}):
            assert (await client.post(filled(path), data=form, headers=headers)).status_code == 403, path
    assert (await client.get("/account")).status_code == 200


async def test_what_a_phone_shares_is_not_kept_by_the_hub_and_the_page_says_so(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    answer = await client.post(SHARE, files={"documents": ("a.pdf", b"%PDF-")})
    assert (answer.status_code, answer.headers["location"]) == (303, "/app/print?shared")


@pytest.mark.parametrize(
    "path", ["/printers/new", "/agents", "/agents/new", "/policy", "/people", "/people/new", "/groups", "/groups/new"]
)
async def test_what_is_not_a_users_is_refused(hub: Bench, sign_in: SignIn, path: str) -> None:
    client = await sign_in(await hub.person(await hub.tenant(), Role.USER))
    assert (await client.get(path)).status_code == 403


@pytest.mark.parametrize("path", ["/printers", "/jobs", "/agents"])
async def test_a_service_owner_sees_nothing_of_a_tenant(hub: Bench, sign_in: SignIn, path: str) -> None:
    client = await sign_in(await hub.owner())
    assert (await client.get(path)).status_code == 404
    assert (await client.get("/")).status_code == 200


async def test_looking_changes_nothing(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    before = await kept(hub)
    counted = {path for path in OPEN if "{provider}" in path}  # how often strangers try these is written down
    for path in sorted({*routes("GET")} - counted):
        await client.get(filled(path))
    after = await kept(hub)
    del before["attempts"], after["attempts"]  # a provider's answer comes as a GET, and guessing is counted
    assert after == before


async def kept(hub: Bench) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the database."""
    async with hub.database.reader.connect() as connection:
        return {
            table.name: [tuple(row) for row in await connection.execute(table.select())]
            for table in metadata.sorted_tables
        }


async def test_the_tenant_next_door_is_not_there(hub: Bench, sign_in: SignIn) -> None:
    theirs, ours = await hub.tenant("Theirs"), await hub.tenant("Ours")
    by = Actor(label="them", tenant=theirs, role=Role.ADMINISTRATOR)
    printer = await hub.services.printers.add(theirs, by, name="Secret room", uri="ipp://device.example/ipp/print")
    agent = await hub.agent(theirs)
    person = await hub.person(theirs, Role.USER)
    group = await hub.services.groups.add(theirs, by, name="Secret society")
    client = await sign_in(await hub.person(ours))
    for path in ("/", "/printers", "/agents", "/people", "/groups"):
        page = (await client.get(path)).text
        assert all(name not in page for name in ("Secret room", "Secret society", agent.id, person.email))
    assert (await client.get(f"/printers/{printer.id}")).status_code == 404
    for path in (
        f"/printers/{printer.id}/remove",
        f"/agents/{agent.id}/revoke",
        f"/people/{person.id}/disable",
        f"/people/{person.id}/remove",
        f"/people/{person.id}/password",
        f"/people/{person.id}",
        f"/groups/{group.id}/remove",
    ):
        assert (await send(client, path)).status_code == 404
    assert len(await hub.services.printers.list(theirs, by)) == 1
    assert (await hub.services.agents.get(theirs, CONSOLE, AgentId(agent.id))).agent.revoked_at is None


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_route_reaches_the_tenant_next_door(hub: Bench, sign_in: SignIn, method: str) -> None:
    """Every route of the application, with what is of the neighbour in its path, its query and its form."""
    theirs, ours = await estate(hub, "theirs"), await estate(hub, "ours")
    client = await sign_in(ours.admin.person)
    before = await rows(hub, theirs.tenant)
    nowhere = {
        "upload": "b" * 32,
        "number": 0,
        "session": "b" * 32,
        "secret": "b" * 43,
        "code": "b" * 8,
        "batch": "b" * 32,
        "station": "b" * 32,
    }
    named = {**nowhere, **theirs.known}
    form = {name: str(value) for name, value in theirs.known.items() if name in FORM}
    for path in sorted({*routes(method)} - OPEN - {"/sign-out"}):
        address = path.format(**named)
        if method == "GET":
            answer = await client.get(address, params={"group": theirs.known["group"], "q": theirs.admin.person.email})
        else:
            answer = await client.post(address, data={**form, "csrf": await csrf(client, "/account")})
        assert answer.status_code < 500, path
        asked = str(answer.request.url) + str(form) + theirs.admin.person.email
        leaked = [mark for mark in theirs.marks if mark in answer.text and mark not in asked]
        assert not leaked, (path, leaked)
        assert await rows(hub, theirs.tenant) == before, path
        if answer.headers.get("location", "").startswith("/sign-in"):
            client = await sign_in(ours.admin.person)


FORM = {"person", "printer", "agent", "group", "sign_in", "replaces", "invitation", "command", "key", "provider"}
"""Fields by which forms name something."""
