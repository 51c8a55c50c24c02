"""Whose something is, before a tenant is known."""

from typing import Protocol

from tympan_hub.domain.ids import AgentId, TenantId, TokenHash
from tympan_hub.domain.tenants import Tenant


class Directory(Protocol):
    """Whose something is: asked before a tenant is known, and answered with nothing but the tenant."""

    async def tenants(self) -> tuple[Tenant, ...]:
        """All tenants by name; the service itself is none."""
        ...

    async def of_email(self, email: str) -> tuple[TenantId, ...]:
        """Whose people sign in with this address and a password, the first who were there; ``PLACES`` at most."""
        ...

    async def of_session(self, session: TokenHash) -> TenantId | None:
        """Whose person's session it is."""
        ...

    async def with_webhooks(self) -> tuple[TenantId, ...]:
        """Who has a webhook that is not switched off."""
        ...

    async def of_domain(self, domain: str) -> TenantId | None:
        """Whose provider people of this e-mail domain are shown."""
        ...

    async def of_api_token(self, hashed: TokenHash) -> TenantId | None:
        """Whose token of the API it is."""
        ...

    async def of_mail_address(self, hashed: TokenHash) -> TenantId | None:
        """Whose person's address it is, by its secret."""
        ...

    async def of_half_sign_in(self, half: TokenHash) -> TenantId | None:
        """Whose person is half signed in with it."""
        ...

    async def of_invitation(self, hashed: TokenHash) -> TenantId | None:
        """Whose invitation it is."""
        ...

    async def of_enrolment(self, token: TokenHash) -> TenantId | None:
        """Whose agent the token makes."""
        ...

    async def of_agent(self, agent: AgentId) -> TenantId | None:
        """Whose agent it is."""
        ...

    async def of_device_code(self, code: TokenHash) -> TenantId | None:
        """Whose device code it is."""
        ...

    async def of_user_code(self, user_code: str) -> TenantId | None:
        """Whose device code has this short code."""
        ...

    async def of_kiosk(self, kiosk: TokenHash) -> TenantId | None:
        """Whose screen beside a device has this token."""
        ...

    async def of_station(self, token: TokenHash) -> TenantId | None:
        """Whose station has this token."""
        ...
