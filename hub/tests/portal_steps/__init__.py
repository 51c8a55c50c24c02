"""What tests of the portal do again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx

from tympan_hub.domain.people import Person

SignIn = Callable[[Person], Awaitable[httpx.AsyncClient]]
"""Signs a person in, and gives the browser."""

URL = "https://hub.example"


async def csrf(client: httpx.AsyncClient, path: str) -> str:
    """The secret in the form of a page."""
    page = (await client.get(path)).text
    return page.partition('name="csrf" value="')[2].partition('"')[0]


async def send(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Sends a form as the page before it would, and goes where the answer leads."""
    data = {"csrf": await csrf(client, "/account"), **fields}
    return await client.post(path, data=data, follow_redirects=True)
