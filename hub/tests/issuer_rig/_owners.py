"""Service owners who come through a provider, or with a password, in a browser."""

from __future__ import annotations

import base64
from typing import Any

import attrs
import httpx
from hub_rig import PASSWORD

from issuer_rig._contoso import Contoso, wish
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.limits.providers import OWNER_LOOK_AGAIN
from tympan_hub.domain.people import CONSOLE, Actor, Person, PersonFilter, Session
from tympan_hub.domain.second_factor import code, step_at
from tympan_hub.service.providers import ProviderWanted

CHIEF: dict[str, Any] = {
    "sub": "9",
    "email": "chief@service.example",
    "email_verified": True,
    "name": "Chief",
    "groups": ["root"],
}


def owners_wish(issuer: str, **other: Any) -> ProviderWanted:
    """A provider of owners as somebody describes it."""
    return attrs.evolve(wish(issuer), **{"links_by_email": False, **other})


async def sign_in(contoso: Contoso, person: Person) -> httpx.Response:
    """With a password, in the browser."""
    page = await contoso.client.get("/sign-in")
    fields = {"csrf": secret_of(page), "email": person.email, "password": PASSWORD}
    return await contoso.client.post("/sign-in", data=fields)


def secret_of(page: httpx.Response) -> str:
    return page.text.partition('name="csrf" value="')[2].partition('"')[0]


async def actor(contoso: Contoso) -> Actor:
    """Whoever the browser is, as one who acts."""
    return (await session_here(contoso)).actor


async def look_again(contoso: Contoso) -> bool:
    """Less than a minute later; whether the session is still there."""
    contoso.hub.clock.forward(seconds=OWNER_LOOK_AGAIN.total_seconds() + 1)
    return await contoso.signed_in()


async def ask_link(contoso: Contoso, password: str = PASSWORD) -> httpx.Response:
    page = await contoso.client.get("/account")
    fields = {"csrf": secret_of(page), "provider": contoso.provider.id, "link_password": password}
    return await contoso.client.post("/account/links", data=fields)


def way_out(answer: httpx.Response) -> str:
    """The address at the provider that the page leads on to."""
    found = answer.text.partition("0; url=")[2].partition('"')[0]
    return found.replace("&amp;", "&")


async def local_owner(contoso: Contoso) -> Person:
    (local,) = (await contoso.hub.services.people.find(SERVICE, CONSOLE, PersonFilter(local=True))).people
    return local


async def linked(contoso: Contoso) -> Person:
    """The local owner, who has linked their account at the provider, and comes through it."""
    local = await local_owner(contoso)
    await sign_in(contoso, local)
    await contoso.client.get(contoso.issuer.authorise(way_out(await ask_link(contoso))))
    contoso.client.cookies.clear()
    return local


def session_secret(contoso: Contoso) -> str:
    """What the browser carries of its session."""
    return next(value for name, value in contoso.client.cookies.items() if name.endswith("tympan-session"))


async def session_here(contoso: Contoso) -> Session:
    """The session of the browser."""
    return await contoso.hub.services.vouched_sessions.get(session_secret(contoso))


def code_of(secret: str, contoso: Contoso) -> str:
    return code(base64.b32decode(secret.replace(" ", "")), step_at(contoso.hub.clock.now()))
