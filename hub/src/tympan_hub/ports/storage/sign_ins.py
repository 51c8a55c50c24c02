"""People signed in at agents."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.ids import AgentId, PersonId, SignInId, TenantId
from tympan_hub.domain.sign_ins import Present, SignIn


class SignIns(Protocol):
    """People signed in at agents."""

    async def add(self, tenant: TenantId, sign_in: SignIn) -> None:
        """Keeps a new one."""
        ...

    async def get(self, tenant: TenantId, sign_in: SignInId) -> SignIn | None:
        """One, also when it has ended."""
        ...

    async def present(self, tenant: TenantId, agent: AgentId, at: dt.datetime) -> tuple[Present, ...]:
        """Those at an agent that last and whose people are not locked out, by account."""
        ...

    async def people_at(
        self, tenant: TenantId, agents: Collection[AgentId], at: dt.datetime
    ) -> Mapping[AgentId, frozenset[PersonId]]:
        """Who is signed in at each of these, of those who are not locked out; agents where nobody is are left out."""
        ...

    async def of_person(self, tenant: TenantId, person: PersonId, at: dt.datetime) -> tuple[SignIn, ...]:
        """Those of a person that last, the latest first."""
        ...

    async def of_users(self, tenant: TenantId, agent: AgentId, users: Collection[str]) -> tuple[SignIn, ...]:
        """Those of accounts of an agent, ended ones too."""
        ...

    async def renew(self, tenant: TenantId, sign_in: SignIn) -> None:
        """Replaces tokens and times."""
        ...

    async def end(self, tenant: TenantId, sign_in: SignInId, at: dt.datetime) -> bool:
        """Ends one; False when it is not known or had ended."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended, or expired, earlier."""
        ...


class Assertions(Protocol):
    """Ids of assertions that were accepted."""

    async def spend(self, tenant: TenantId, agent: AgentId, assertion: str, until: dt.datetime) -> bool:
        """Accepts an id once; False when it was accepted before."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...
