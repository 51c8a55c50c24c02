"""Programs of the tenant: a token of the API, a request that may be repeated, and a webhook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import attrs
from hub_rig import BIRTH

from border_rig._ground import Goods, Ground
from tympan_hub.domain.api_tokens import ApiToken
from tympan_hub.domain.ids import ApiTokenId, DeliveryId, WebhookId, hash_of
from tympan_hub.domain.people import Role
from tympan_hub.domain.repeats import Repeat
from tympan_hub.domain.webhooks import CHOSEN, Delivery, Webhook


async def programs(ground: Ground) -> Goods:
    """One that asks, and one that is told."""
    asking, told = await _asking(ground), await _told(ground)
    return Goods({**asking.by_type, **told.by_type}, asking.by_name)


async def _asking(ground: Ground) -> Goods:
    hub, tenant = ground.hub, ground.tenant
    secret, _ = await hub.services.api_tokens.make(
        tenant, ground.admin.actor, name="reports", role=Role.OPERATOR, validity=dt.timedelta(days=1)
    )
    async with hub.units.writing() as unit:
        token = await unit.api_tokens.by_hash(tenant, hash_of(secret))
        assert token
        repeat = Repeat(tenant=tenant, token=token.id, key=hash_of("k"), asked=hash_of("what"), begun_at=BIRTH)
        await unit.repeats.begin(tenant, repeat)
    return Goods(
        {ApiTokenId: token.id, ApiToken: token, Repeat: repeat},
        {"hashed": hash_of(secret), "keyed": hash_of("k")},
    )


async def _told(ground: Ground) -> Goods:
    webhooks, tenant, by = ground.hub.services.webhooks, ground.tenant, ground.admin.actor
    hook = (await webhooks.add(tenant, by, name="ours", url="https://x.example/", happenings=CHOSEN)).webhook
    tried = await webhooks.test(tenant, by, hook.id)
    return Goods(
        {
            WebhookId: hook.id,
            Webhook: hook,
            DeliveryId: tried.id,
            Delivery: tried,
            Collection[Delivery]: [attrs.evolve(tried, id=DeliveryId("0" * 32))],
        }
    )
