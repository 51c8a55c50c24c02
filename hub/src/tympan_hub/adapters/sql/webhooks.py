"""Webhooks, and what is on its way to them."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts, put
from tympan_hub.adapters.sql.types import Moment
from tympan_hub.domain.ids import DeliveryId, TenantId, WebhookId
from tympan_hub.domain.webhooks import Backlog, Delivery, Fate, Happening, Webhook

_W, _D, _T = tables.webhooks, tables.deliveries, tables.tenants


def _webhook(row: Any) -> Webhook:
    return Webhook(
        id=WebhookId(row.id),
        tenant=TenantId(row.tenant),
        name=row.name,
        url=row.url,
        happenings=tuple(map(Happening, row.happenings)),
        salt=row.salt,
        made_at=row.made_at,
        disabled_at=row.disabled_at,
        note=row.note,
    )


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=DeliveryId(row.id),
        tenant=TenantId(row.tenant),
        webhook=WebhookId(row.webhook),
        happening=Happening(row.happening),
        body=row.body,
        made_at=row.made_at,
        due_at=row.due_at,
        attempts=row.attempts,
        fate=Fate(row.fate),
        status=row.status,
        detail=row.detail,
        ended_at=row.ended_at,
    )


class SqlWebhooks:
    """``Webhooks``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, webhook: Webhook) -> None:
        """As the port says."""
        await self._connection.execute(insert(_W).values(_columns(tenant, webhook)))
        await self._count(tenant)

    async def get(self, tenant: TenantId, webhook_id: WebhookId) -> Webhook | None:
        """As the port says."""
        found = select(_W).where(_W.c.tenant == tenant, _W.c.id == webhook_id)
        row = (await self._connection.execute(found)).one_or_none()
        return _webhook(row) if row else None

    async def all(self, tenant: TenantId) -> tuple[Webhook, ...]:
        """As the port says."""
        rows = await self._connection.execute(select(_W).where(_W.c.tenant == tenant).order_by(_W.c.name, _W.c.id))
        return tuple(_webhook(row) for row in rows)

    async def change(self, tenant: TenantId, webhook: Webhook) -> bool:
        """As the port says."""
        mine = and_(_W.c.tenant == tenant, _W.c.id == webhook.id)
        changed = await self._connection.execute(update(_W).where(mine).values(_columns(tenant, webhook)))
        await self._count(tenant)
        return changed.rowcount == 1

    async def remove(self, tenant: TenantId, webhook_id: WebhookId) -> bool:
        """As the port says."""
        mine = and_(_W.c.tenant == tenant, _W.c.id == webhook_id)
        removed = await self._connection.execute(delete(_W).where(mine))
        await self._count(tenant)
        return removed.rowcount == 1

    async def _count(self, tenant: TenantId) -> None:
        """Keeps at the tenant how many work: whoever delivers sees whom to ask without seeing anything of theirs."""
        working = select(func.count()).select_from(_W).where(_W.c.tenant == tenant, _W.c.disabled_at.is_(None))
        counted = update(_T).where(_T.c.id == tenant).values(webhooks=working.scalar_subquery())
        await self._connection.execute(counted)


class SqlDeliveries:
    """``Deliveries``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, deliveries: Collection[Delivery]) -> None:
        """As the port says."""
        for part in in_parts(deliveries, 50):
            await put(self._connection, _D, [_row(tenant, each) for each in part], nothing=True)

    async def get(self, tenant: TenantId, delivery_id: DeliveryId) -> Delivery | None:
        """As the port says."""
        row = (await self._connection.execute(select(_D).where(_is(tenant, delivery_id)))).one_or_none()
        return _delivery(row) if row else None

    async def of(
        self, tenant: TenantId, webhook_id: WebhookId, after: Delivery | None, limit: int
    ) -> tuple[Delivery, ...]:
        """As the port says."""
        found = select(_D).where(_D.c.tenant == tenant, _D.c.webhook == webhook_id)
        if after is not None:
            found = found.where(tuple_(_D.c.made_at, _D.c.id) < tuple_(after.made_at, after.id))
        newest = found.order_by(_D.c.made_at.desc(), _D.c.id.desc()).limit(limit)
        return tuple(_delivery(row) for row in await self._connection.execute(newest))

    async def waiting(self, tenant: TenantId, webhook_id: WebhookId) -> int:
        """As the port says."""
        mine = and_(_D.c.tenant == tenant, _D.c.webhook == webhook_id, _D.c.fate == Fate.WAITING.value)
        return (await self._connection.execute(select(func.count()).select_from(_D).where(mine))).scalar_one()

    async def backlog(self, tenant: TenantId) -> Backlog | None:
        """As the port says."""
        joined = _D.join(_W, (_D.c.tenant == _W.c.tenant) & (_D.c.webhook == _W.c.id))
        waits = and_(_D.c.tenant == tenant, _D.c.fate == Fate.WAITING.value, _W.c.disabled_at.is_(None))
        asked = select(func.count(), func.min(_D.c.due_at, type_=Moment())).select_from(joined).where(waits)
        waiting, oldest = (await self._connection.execute(asked)).one()
        return Backlog(waiting=waiting, due_at=oldest) if waiting else None

    async def lease(
        self, tenant: TenantId, holder: str, now: dt.datetime, until: dt.datetime, limit: int
    ) -> tuple[Delivery, ...]:
        """As the port says: the update asks again whether it is free, so of two processes one gets it."""
        joined = _D.join(_W, (_D.c.tenant == _W.c.tenant) & (_D.c.webhook == _W.c.id))
        due = select(_D).select_from(joined).where(_D.c.tenant == tenant, *_due(now)).order_by(_D.c.due_at).limit(limit)
        leased = []
        for row in list(await self._connection.execute(due)):
            free = and_(_is(tenant, DeliveryId(row.id)), _D.c.fate == Fate.WAITING.value, _free(now))
            taken = update(_D).where(free).values(holder=holder, leased_until=until)
            if (await self._connection.execute(taken)).rowcount == 1:
                leased.append(_delivery(row))
        return tuple(leased)

    async def end(self, tenant: TenantId, delivery: Delivery, holder: str) -> bool:
        """As the port says."""
        mine = and_(_is(tenant, delivery.id), _D.c.holder == holder)
        changed = update(_D).where(mine).values(_row(tenant, delivery))
        return (await self._connection.execute(changed)).rowcount == 1

    async def renew(self, tenant: TenantId, delivery: Delivery) -> bool:
        """As the port says."""
        ended = and_(_is(tenant, delivery.id), _D.c.fate != Fate.WAITING.value)
        return (await self._connection.execute(update(_D).where(ended).values(_row(tenant, delivery)))).rowcount == 1

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_D).where(_D.c.tenant == tenant, _D.c.ended_at < before))


def _columns(tenant: TenantId, webhook: Webhook) -> dict[str, Any]:
    tables.same_tenant(tenant, webhook.tenant)
    return {
        "tenant": tenant,
        "id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "happenings": [happening.value for happening in webhook.happenings],
        "salt": webhook.salt,
        "made_at": webhook.made_at,
        "disabled_at": webhook.disabled_at,
        "note": webhook.note,
    }


def _row(tenant: TenantId, delivery: Delivery) -> dict[str, Any]:
    """Without a lease: whoever writes one down gives it back."""
    tables.same_tenant(tenant, delivery.tenant)
    return {
        "tenant": tenant,
        "id": delivery.id,
        "webhook": delivery.webhook,
        "happening": delivery.happening.value,
        "body": delivery.body,
        "made_at": delivery.made_at,
        "due_at": delivery.due_at,
        "attempts": delivery.attempts,
        "fate": delivery.fate.value,
        "status": delivery.status,
        "detail": delivery.detail,
        "ended_at": delivery.ended_at,
        "holder": "",
        "leased_until": None,
    }


def _is(tenant: TenantId, delivery_id: DeliveryId) -> ColumnElement[bool]:
    return and_(_D.c.tenant == tenant, _D.c.id == delivery_id)


def _free(now: dt.datetime) -> ColumnElement[bool]:
    return or_(_D.c.leased_until.is_(None), _D.c.leased_until <= now)


def _due(now: dt.datetime) -> list[ColumnElement[bool]]:
    return [_D.c.fate == Fate.WAITING.value, _D.c.due_at <= now, _free(now), _W.c.disabled_at.is_(None)]
