"""Invitations in the portal: made, handed over or mailed, opened once."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from hub_rig import PASSWORD, Bench
from portal_steps import URL, SignIn, csrf, send

from tympan_hub.adapters.smtp import MailServer, Smtp
from tympan_hub.domain.errors import BadInput, Unavailable
from tympan_hub.domain.limits.people import INVITATION
from tympan_hub.domain.people import CONSOLE, Role

pytestmark = pytest.mark.anyio
ADA = "ada@acme.example"


def link_of(page: str) -> str:
    """The path of the link on a page."""
    link: str = re.findall(rf">{re.escape(URL)}(/invitation/[\w-]+)<", page)[0]
    return link


async def invited(client: httpx.AsyncClient, **fields: str) -> str:
    """Invites somebody; the link's path."""
    return link_of((await send(client, "/invitations/new", email=ADA, role="user", **fields)).text)


async def come_in(client: httpx.AsyncClient, link: str, name: str = "Ada", password: str = PASSWORD) -> httpx.Response:
    """Opens a link in a browser that has nothing."""
    client.cookies.clear()
    form = {"csrf": await csrf(client, link), "name": name, "password": password}
    return await client.post(link, data=form)


async def test_somebody_is_invited_and_comes_in(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    assert "Invite the first person" in (await client.get("/invitations")).text
    await hub.services.groups.add(tenant, CONSOLE, name="Post")
    page = await send(client, "/invitations/new", email=ADA, role="operator", **{"group-post": "yes"})
    link = link_of(page.text)
    assert "Hand this link over now" in page.text
    listed = (await client.get("/invitations")).text
    assert ADA in listed
    assert link.rpartition("/")[2] not in listed
    welcome = (await client.get(link)).text
    assert "You are invited to print with Acme." in welcome
    answer = await come_in(client, link)
    assert answer.headers["location"] == "/"
    assert "Ada" in (await client.get("/account")).text
    ada = next(each for each in await hub.services.people.list(tenant, CONSOLE) if each.email == ADA)
    assert (ada.name, ada.role) == ("Ada", Role.OPERATOR)
    assert [group.id for group in await hub.services.groups.of_person(tenant, CONSOLE, ada.id)] == ["post"]


async def test_a_link_that_is_used_old_or_taken_back_says_so(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    client = await sign_in(admin)
    link = await invited(client)
    revoke = re.findall(r'action="(/invitations/\w+/revoke)"', (await client.get("/invitations")).text)[0]
    assert "The invitation is revoked." in (await send(client, revoke)).text
    assert "It was so already" in (await send(client, revoke)).text
    assert "It was taken back." in (await client.get(link)).text
    link = await invited(client)
    hub.clock.moment += INVITATION
    assert "It is too old." in (await client.get(link)).text
    link = await invited(await sign_in(admin))
    await come_in(client, link)
    client.cookies.clear()
    answer = await client.get(link)
    assert (answer.status_code, "It was used already." in answer.text) == (404, True)
    assert "The link may be mistyped." in (await client.get("/invitation/none")).text
    form = {"csrf": await csrf(client, "/sign-in"), "name": "Eve", "password": PASSWORD}
    assert "It was used already." in (await client.post(link, data=form)).text


async def test_what_is_wrong_stands_beside_its_field(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    new = {"email": "ada", "role": "user"}
    assert "This is no e-mail address." in (await send(client, "/invitations/new", **new)).text
    taken = {**new, "email": "administrator@acme.example"}
    assert "signs in with this address" in (await send(client, "/invitations/new", **taken)).text
    link = await invited(client)
    assert "at least 10" in (await come_in(client, link, password="short")).text
    assert "This is needed." in (await come_in(client, link, name=" ")).text
    assert (await come_in(client, link)).status_code == 303


async def test_no_invitation_is_accepted_by_a_form_of_another_site(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    link = await invited(client)
    client.cookies.clear()
    form = {"csrf": await csrf(client, link), "name": "Eve", "password": PASSWORD}
    assert (await client.post(link, data=form, headers={"origin": "https://evil.example"})).status_code == 403
    assert (await client.post(link, data={**form, "csrf": "guessed"})).status_code == 403
    assert (await client.post(link, data=form)).status_code == 303


@asynccontextmanager
async def mail_server(*, takes: bool = True) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A mail server on a free loopback port (RFC 5321), and what it took."""
    taken: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"DATA" and takes:
                writer.write(b"354 go on\r\n")
                taken.append(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 taken\r\n")
            elif verb == b"RCPT" and not takes:
                writer.write(b"550 nobody here\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"smtp://127.0.0.1:{port}?from=print@hub.example", taken
    finally:
        server.close()


async def test_the_link_is_mailed_where_there_is_a_mail_server(hub: Bench, sign_in: SignIn) -> None:
    async with mail_server() as (address, taken):
        hub.services.invitations._mail = Smtp(MailServer.at(address))
        client = await sign_in(await hub.person(await hub.tenant("Müller & Söhne")))
        assert "The link is mailed there." in (await client.get("/invitations/new")).text
        page = await send(client, "/invitations/new", email=ADA, role="user")
    assert "The link is mailed." in page.text
    (raw,) = taken
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert (message["to"], message["from"]) == (ADA, "print@hub.example")
    assert message["subject"] == "You are invited to print with Müller & Söhne"
    assert URL + link_of(page.text) in message.get_content()


SPY = "=?utf-8?q?x=0aBcc=3a_spy=40evil.example=0aReply-To=3a_spy=40evil.example?="


async def test_nothing_in_a_name_or_an_address_becomes_a_line_of_a_mails_head(hub: Bench, sign_in: SignIn) -> None:
    async with mail_server() as (address, taken):
        hub.services.invitations._mail = Smtp(MailServer.at(address))
        client = await sign_in(await hub.person(await hub.tenant(f"Acme {SPY}")))
        assert "The link is mailed." in (await send(client, "/invitations/new", email=ADA, role="user")).text
        for name in ("=?utf-8?q?evil=40evil.example=2c?=", "=?utf-8?q?a=0ab?="):
            await send(client, "/invitations/new", email=f"{name}@x.example", role="user")
    (raw,) = taken
    head = email.message_from_bytes(raw).keys()
    assert sorted({name.lower() for name in head} & {"bcc", "reply-to", "to", "subject"}) == ["subject", "to"]
    assert b"spy@evil.example" not in raw


async def test_a_mail_server_that_says_no_loses_no_invitation(hub: Bench, sign_in: SignIn) -> None:
    async with mail_server(takes=False) as (address, _):
        hub.services.invitations._mail = Smtp(MailServer.at(address))
        client = await sign_in(await hub.person(await hub.tenant()))
        page = (await send(client, "/invitations/new", email=ADA, role="user")).text
    assert "The mail server did not take it." in page
    assert (await come_in(client, link_of(page))).status_code == 303


async def test_a_password_is_not_sent_without_tls() -> None:
    async with mail_server() as (address, taken):
        with pytest.raises(Unavailable, match="no TLS"):
            await Smtp(MailServer.at(address.replace("//", "//user:secret@"))).send(ADA, "s", "t")
    assert taken == []


@pytest.mark.parametrize(
    "address",
    ["", "mail.example", "http://mail.example?from=a@b", "smtp://?from=a@b", "smtp://h", "smtp://h:x?from=a@b"],
)
def test_what_is_no_mail_server_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="no address of a mail server"):
        MailServer.at(address)


def test_a_mail_servers_password_is_never_shown() -> None:
    server = MailServer.at("smtps://user%40x:s%3Aecret@mail.example:4650?from=print@hub.example")
    assert (server.host, server.port, server.tls, server.user, server.password) == (
        "mail.example",
        4650,
        True,
        "user@x",
        "s:ecret",
    )
    assert "ecret" not in repr(server)
