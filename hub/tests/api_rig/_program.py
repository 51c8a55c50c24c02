"""A program that shows a token."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import httpx
from hub_rig import Bench

from tympan_hub.domain.api_tokens import ApiToken
from tympan_hub.domain.people import Person, Role
from tympan_hub.http.api import PREFIX


@attrs.frozen
class Program:
    """Asks the API of a hub."""

    client: httpx.AsyncClient
    secret: str
    token: ApiToken
    person: Person

    async def ask(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> httpx.Response:
        """Whatever the API answers."""
        shown = {"Authorization": f"Bearer {self.secret}", **(headers or {})}
        sent = {"json": body} if body is not None else {}
        return await self.client.request(method, PREFIX + path, headers=shown, params=query, **sent)  # type: ignore[arg-type]

    async def get(self, path: str, **query: Any) -> Any:
        """What the API tells; the answer must be a good one."""
        answer = await self.ask("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def program(
    hub: Bench, person: Person, role: Role | None = None, *, makes_administrators: bool = True
) -> Program:
    """A program of a person, with their role or a lesser one."""
    secret, token = await hub.services.api_tokens.make(
        person.tenant,
        person.actor,
        name="a program",
        role=role or person.role,
        validity=dt.timedelta(days=30),
        makes_administrators=makes_administrators,
    )
    return Program(hub.client, secret, token, person)
