"""Webhooks, and what is on its way to them."""

import datetime as dt
from collections.abc import Collection
from typing import Protocol

from tympan_hub.domain.ids import DeliveryId, TenantId, WebhookId
from tympan_hub.domain.webhooks import Backlog, Delivery, Webhook


class Webhooks(Protocol):
    """Webhooks of a tenant."""

    async def add(self, tenant: TenantId, webhook: Webhook) -> None:
        """Adds one."""
        ...

    async def get(self, tenant: TenantId, webhook_id: WebhookId) -> Webhook | None:
        """One."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Webhook, ...]:
        """All, by name."""
        ...

    async def change(self, tenant: TenantId, webhook: Webhook) -> bool:
        """Replaces the one of that id; tells whether there is one."""
        ...

    async def remove(self, tenant: TenantId, webhook_id: WebhookId) -> bool:
        """Removes one with its deliveries; tells whether there was one."""
        ...


class Deliveries(Protocol):
    """What is on its way to webhooks."""

    async def add(self, tenant: TenantId, deliveries: Collection[Delivery]) -> None:
        """Adds some; one of an id that is there already is not added."""
        ...

    async def get(self, tenant: TenantId, delivery_id: DeliveryId) -> Delivery | None:
        """One."""
        ...

    async def of(
        self, tenant: TenantId, webhook_id: WebhookId, after: Delivery | None, limit: int
    ) -> tuple[Delivery, ...]:
        """Those of a webhook, the newest first, after this one."""
        ...

    async def waiting(self, tenant: TenantId, webhook_id: WebhookId) -> int:
        """How many wait for a webhook."""
        ...

    async def backlog(self, tenant: TenantId) -> Backlog | None:
        """What waits for webhooks that are not switched off; None when nothing does."""
        ...

    async def lease(
        self, tenant: TenantId, holder: str, now: dt.datetime, until: dt.datetime, limit: int
    ) -> tuple[Delivery, ...]:
        """Gives some that are due to a holder alone, until then."""
        ...

    async def end(self, tenant: TenantId, delivery: Delivery, holder: str) -> bool:
        """Writes an attempt down and gives the lease back; False when another holds it meanwhile."""
        ...

    async def renew(self, tenant: TenantId, delivery: Delivery) -> bool:
        """Lets one that has ended wait again; tells whether there was one."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...
