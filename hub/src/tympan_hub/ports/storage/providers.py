"""OpenID providers, whom they know, and whose sessions they vouch for."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.arrivals import Identity, Vouched
from tympan_hub.domain.ids import PersonId, ProviderId, TenantId, TokenHash
from tympan_hub.domain.providers import Provider


class Providers(Protocol):
    """OpenID providers of a tenant, or of the service."""

    async def add(self, tenant: TenantId, provider: Provider, secret: bytes) -> None:
        """Adds one, with its sealed client secret; raises ``Conflict`` when issuer or a domain is taken."""
        ...

    async def get(self, tenant: TenantId, provider: ProviderId) -> Provider | None:
        """One."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Provider, ...]:
        """All, by name."""
        ...

    async def secret(self, tenant: TenantId, provider: ProviderId) -> bytes | None:
        """The sealed client secret."""
        ...

    async def change(self, tenant: TenantId, provider: Provider) -> bool:
        """Replaces the one of that id; tells whether there is one. Raises ``Conflict`` as `add`."""
        ...

    async def set_secret(self, tenant: TenantId, provider: ProviderId, secret: bytes) -> bool:
        """Replaces the sealed client secret; tells whether there is such a provider."""
        ...

    async def remove(self, tenant: TenantId, provider: ProviderId) -> bool:
        """Removes one; tells whether there was one. People stay."""
        ...


class Identities(Protocol):
    """People as providers know them."""

    async def get(self, tenant: TenantId, issuer: str, subject: str) -> Identity | None:
        """One."""
        ...

    async def put(self, tenant: TenantId, identity: Identity) -> None:
        """Keeps one, in place of what was kept; the person must be there."""
        ...

    async def of_person(self, tenant: TenantId, person: PersonId) -> tuple[Identity, ...]:
        """As whom a person is known, by issuer."""
        ...

    async def remove(self, tenant: TenantId, issuer: str, subject: str) -> bool:
        """Forgets one; tells whether there was one. The person stays."""
        ...


class Vouchings(Protocol):
    """Sessions that providers vouch for; each goes with its session."""

    async def add(self, tenant: TenantId, vouched: Vouched) -> None:
        """Keeps one; the session must be there."""
        ...

    async def get(self, tenant: TenantId, session: TokenHash) -> Vouched | None:
        """One."""
        ...

    async def take(self, tenant: TenantId, vouched: Vouched, due_at: dt.datetime) -> bool:
        """Puts off the time to ask again; False when somebody else did so meanwhile and asks."""
        ...

    async def keep(self, tenant: TenantId, vouched: Vouched) -> bool:
        """Keeps tokens and times; False when the session ended meanwhile."""
        ...

    async def end(self, tenant: TenantId, whose: TenantId, provider: ProviderId) -> int:
        """Ends every session a provider vouches for; returns how many."""
        ...

    async def end_as(self, tenant: TenantId, issuer: str, subject: str) -> int:
        """Ends every session of who came as this; returns how many."""
        ...


class Departures(Protocol):
    """States of sign-ins at providers that somebody came back with."""

    async def spend(self, tenant: TenantId, state: TokenHash, until: dt.datetime) -> bool:
        """Accepts a state once; False when it was accepted before."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...
