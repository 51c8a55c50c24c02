"""Webhooks of a tenant, and what their endpoint is told."""

from __future__ import annotations

import json
from typing import Any

from hub_rig import Bench

from api_rig._endpoint import Endpoint
from tympan_hub.domain.people import Person
from tympan_hub.domain.webhooks import CHOSEN, Delivery, Happening
from tympan_hub.service.webhooks import WebhookShown


async def hook(hub: Bench, admin: Person, url: str, *happenings: Happening) -> WebhookShown:
    return await hub.services.webhooks.add(
        admin.tenant, admin.actor, name="ours", url=url, happenings=happenings or CHOSEN
    )


async def log(hub: Bench, admin: Person, made: WebhookShown) -> tuple[Delivery, ...]:
    return await hub.services.webhooks.deliveries(admin.tenant, admin.actor, made.webhook.id)


async def told(hub: Bench, listener: Endpoint) -> list[dict[str, Any]]:
    """What the endpoint is told after one round, oldest first."""
    before = len(listener.got)
    while await hub.services.deliveries.round():
        pass
    bodies = [json.loads(got.body) for got in listener.got[before:]]
    return sorted(bodies, key=lambda body: str(body["timestamp"]))
