"""Tokens of the API, and answers kept for repetitions."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.api_tokens import ApiToken
from tympan_hub.domain.ids import ApiTokenId, PersonId, TenantId, TokenHash
from tympan_hub.domain.repeats import Repeat


class ApiTokens(Protocol):
    """Tokens of the API."""

    async def add(self, tenant: TenantId, token: ApiToken) -> None:
        """Keeps a new one."""
        ...

    async def get(self, tenant: TenantId, token_id: ApiTokenId) -> ApiToken | None:
        """One."""
        ...

    async def by_hash(self, tenant: TenantId, hashed: TokenHash) -> ApiToken | None:
        """The one with this hash."""
        ...

    async def all(self, tenant: TenantId) -> tuple[ApiToken, ...]:
        """All, the newest first."""
        ...

    async def count(self, tenant: TenantId) -> int:
        """How many are not revoked."""
        ...

    async def used(self, tenant: TenantId, token_id: ApiTokenId, at: dt.datetime) -> None:
        """One was used."""
        ...

    async def revoke(self, tenant: TenantId, token_id: ApiTokenId, at: dt.datetime) -> bool:
        """Ends one; False when there is none, or it was ended before."""
        ...

    async def revoke_of(self, tenant: TenantId, person: PersonId, at: dt.datetime) -> int:
        """Ends all of a person; tells how many."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended or were revoked earlier."""
        ...


class Repeats(Protocol):
    """Answers kept for requests that are repeated under the same key, sealed with the token that asked."""

    async def get(self, tenant: TenantId, token_id: ApiTokenId, keyed: TokenHash) -> Repeat | None:
        """What is kept under a key."""
        ...

    async def begin(self, tenant: TenantId, repeat: Repeat) -> bool:
        """Takes a key; False when it is taken."""
        ...

    async def end(self, tenant: TenantId, token_id: ApiTokenId, keyed: TokenHash, status: int, sealed: bytes) -> None:
        """Keeps the answer."""
        ...

    async def drop(self, tenant: TenantId, token_id: ApiTokenId, keyed: TokenHash) -> None:
        """Gives a key back: nothing was done under it."""
        ...

    async def count(self, tenant: TenantId, token_id: ApiTokenId) -> int:
        """How many keys of a token are taken."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those begun earlier."""
        ...
