"""Second factors, and people who are half signed in."""

import datetime as dt
from collections.abc import Collection
from typing import Protocol

from tympan_hub.domain.ids import PersonId, TenantId, TokenHash
from tympan_hub.domain.second_factor import HalfSignedIn, SecondFactor


class SecondFactors(Protocol):
    """Second factors of people."""

    async def get(self, tenant: TenantId, person: PersonId) -> SecondFactor | None:
        """A person's."""
        ...

    async def put(self, tenant: TenantId, factor: SecondFactor) -> None:
        """Keeps one, in place of what was kept of it."""
        ...

    async def remove(self, tenant: TenantId, person: PersonId) -> bool:
        """Removes a person's with its recovery codes; tells whether there was one."""
        ...

    async def keep_codes(self, tenant: TenantId, person: PersonId, codes: Collection[TokenHash]) -> None:
        """Keeps these recovery codes, and no others."""
        ...

    async def spend_code(self, tenant: TenantId, person: PersonId, recovery: TokenHash) -> bool:
        """Uses a recovery code up; False when it is none."""
        ...

    async def codes_left(self, tenant: TenantId, person: PersonId) -> int:
        """How many recovery codes there are."""
        ...


class HalfSignIns(Protocol):
    """People who have proved their password, and not yet the second factor."""

    async def add(self, tenant: TenantId, half: HalfSignedIn) -> None:
        """One more."""
        ...

    async def get(self, tenant: TenantId, half: TokenHash) -> HalfSignedIn | None:
        """One, with their person."""
        ...

    async def remove(self, tenant: TenantId, half: TokenHash) -> bool:
        """Removes one; tells whether there was one."""
        ...

    async def remove_all(self, tenant: TenantId, person: PersonId) -> None:
        """Removes all of a person."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those who waited for too long."""
        ...
