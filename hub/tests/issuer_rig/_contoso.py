"""A hub with a tenant that has a provider, and a browser."""

from __future__ import annotations

from typing import Any

import attrs
import httpx
from hub_rig import Bench

from issuer_rig._issuer import CLIENT, SECRET, Issuer
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.providers import LOOK_AGAIN
from tympan_hub.domain.people import CONSOLE, PersonFilter, Role
from tympan_hub.domain.providers import ClaimNames, Provider
from tympan_hub.service.providers import ProviderWanted

URL = "https://hub.example"


@attrs.define
class Contoso:
    """A hub with a tenant that has a provider, and a browser."""

    hub: Bench
    issuer: Issuer
    client: httpx.AsyncClient
    tenant: TenantId
    provider: Provider

    @property
    def way(self) -> str:
        return f"{self.provider.tenant}/{self.provider.id}"

    async def leave(self, then: str = "/") -> str:
        """The address at the provider."""
        answer = await self.client.get(f"/sign-in/with/{self.way}", params={"then": then})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def come(self, **other: str) -> httpx.Response:
        """The whole way; what the hub says at the end."""
        return await self.client.get(self.issuer.authorise(await self.leave(), **other))

    async def signed_in(self) -> bool:
        """Whether the browser has a session."""
        return (await self.client.get("/account")).status_code == 200

    async def look_again(self) -> bool:
        """Time passes until the provider is asked again; whether the session is still there."""
        self.hub.clock.forward(seconds=LOOK_AGAIN.total_seconds() + 1)
        return await self.signed_in()

    async def people(self, tenant: TenantId | None = None) -> dict[str, Role]:
        """Everybody, with their role."""
        found = await self.hub.services.people.find(tenant or self.tenant, CONSOLE, PersonFilter())
        return {person.email: person.role for person in found.people}

    async def groups(self) -> dict[str, int]:
        """Every group, with how many are in it."""
        return {each.group.name: each.people for each in await self.hub.services.groups.list(self.tenant, CONSOLE)}

    async def change(self, **other: Any) -> None:
        """Changes the provider."""
        wanted = attrs.evolve(wish(self.issuer.url), **other)
        self.provider = await self.hub.services.providers.change(
            self.provider.tenant, CONSOLE, self.provider.id, wanted, SECRET
        )

    async def rule(self, value: str, group: str = "", role: Role | None = None) -> None:
        """Adds a rule."""
        await self.hub.services.providers.add_rule(
            self.provider.tenant, CONSOLE, self.provider.id, value=value, group=group, role=role
        )


def wish(issuer: str) -> ProviderWanted:
    return ProviderWanted(
        name="Contoso", issuer=issuer, client_id=CLIENT, scopes=("openid", "email"), claims=ClaimNames()
    )
