"""Addresses to which people send what shall be printed."""

from typing import Protocol

from tympan_hub.domain.ids import PersonId, TenantId, TokenHash
from tympan_hub.domain.mail_addresses import MailAddress


class MailAddresses(Protocol):
    """Addresses of people, one each."""

    async def get(self, tenant: TenantId, person: PersonId) -> MailAddress | None:
        """The one of a person."""
        ...

    async def by_hash(self, tenant: TenantId, mail_secret: TokenHash) -> MailAddress | None:
        """The one of a secret."""
        ...

    async def put(self, tenant: TenantId, address: MailAddress) -> None:
        """Keeps one in place of what its person had."""
        ...

    async def remove(self, tenant: TenantId, person: PersonId) -> bool:
        """Takes a person's away; tells whether there was one."""
        ...
