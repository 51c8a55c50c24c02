"""Brings what happened to the webhooks: leased, so that of several processes one does it, and again until it is taken.

- An attempt is written down before the lease has run out, or another process tries; both show the same id.
- Rounds overlap: a round goes on as long as its slowest endpoint takes, and the next ones see to everybody else. One
  of them at a time asks what is due, so a database that hangs holds one connection and not one for every round.
- What is not taken for three days is given up, and the webhook is switched off with a note: nobody is there.
"""

import asyncio
import datetime as dt
import time
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

import attrs

from tympan_hub.domain.errors import Unavailable
from tympan_hub.domain.ids import SERVICE, TenantId, new_id
from tympan_hub.domain.limits.agents import SILENT
from tympan_hub.domain.limits.webhooks import (
    DELIVERIES_AT_ONCE,
    DELIVERIES_KEPT,
    DELIVERIES_WAITING,
    DELIVERY_FOR,
    DELIVERY_LEASE,
    DELIVERY_TENANTS,
)
from tympan_hub.domain.people import HUB
from tympan_hub.domain.webhooks import Answer, Backlog, Delivery, Fate, Happening, Webhook, next_attempt, signature
from tympan_hub.ports import Clock, Meter, Postman, Secrets, Unit, Units
from tympan_hub.service.audit import record
from tympan_hub.service.happenings import Told, announce

_T = TypeVar("_T")

_SILENT_WINDOW = dt.timedelta(days=7)
"""An agent that fell silent longer ago is not told any more; shorter than deliveries are kept, so it is told once."""

_GONE = 410


class DeliveryService:
    """The hub's postman's round."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, postman: Postman, meter: Meter) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._postman = postman
        self._meter = meter
        self._holder = new_id()
        self._taking = asyncio.Semaphore(DELIVERY_TENANTS)
        self._under_way: set[TenantId] = set()
        self._asking = asyncio.Lock()

    async def round(self) -> int:
        """Tries all that is due and that no earlier round is still busy with, and tells how much that was.

        What goes wrong with one delivery or tenant stops no other; the first of it is raised when all have ended.

        Raises:
            Unavailable: An earlier round still asks what is due. It is no success, for whoever watches the hub.
        """
        due = await self._due()
        return sum(await _all_of(self._of_tenant(tenant) for tenant in due))

    async def backlog(self) -> tuple[int, dt.timedelta]:
        """How many deliveries wait in the whole hub, and for how long the oldest has been due."""
        backlogs, now = (await self._backlogs()).values(), self._clock.now()
        lags = [now - backlog.due_at for backlog in backlogs]
        return sum(backlog.waiting for backlog in backlogs), max([dt.timedelta(), *lags])

    async def _due(self) -> list[TenantId]:
        if self._asking.locked():
            raise Unavailable("the database has not yet told an earlier round which deliveries are due")
        async with self._asking:
            now = self._clock.now()
            return [tenant for tenant, backlog in (await self._backlogs()).items() if backlog.due_at <= now]

    async def _backlogs(self) -> dict[TenantId, Backlog]:
        async with self._units.reading() as unit:
            tenants = await unit.directory.with_webhooks()
            backlogs = {tenant: await unit.deliveries.backlog(tenant) for tenant in tenants}
        return {tenant: backlog for tenant, backlog in backlogs.items() if backlog is not None}

    async def tidy(self) -> None:
        """Forgets what ended long ago, and tells of agents that fell silent."""
        async with self._units.reading() as unit:
            tenants = [tenant.id for tenant in await unit.directory.tenants()]
        now = self._clock.now()
        for tenant in (SERVICE, *tenants):
            async with self._units.writing() as unit:
                await unit.deliveries.forget(tenant, now - DELIVERIES_KEPT)
                await _tell_silent(unit, tenant, now)

    async def _of_tenant(self, tenant: TenantId) -> int:
        if tenant in self._under_way:
            return 0
        self._under_way.add(tenant)
        try:
            return await self._carry(tenant)
        finally:
            self._under_way.discard(tenant)

    async def _carry(self, tenant: TenantId) -> int:
        async with self._taking:
            now = self._clock.now()
            async with self._units.writing() as unit:
                due_by, most = now + DELIVERY_LEASE, DELIVERIES_AT_ONCE
                leased = await unit.deliveries.lease(tenant, self._holder, now, due_by, most)
                webhooks = {webhook.id: webhook for webhook in await unit.webhooks.all(tenant)} if leased else {}
            await _all_of(self._try(webhooks[each.webhook], each) for each in leased)
            return len(leased)

    async def _try(self, webhook: Webhook, delivery: Delivery) -> None:
        answer = await self._post(webhook, delivery)
        now = self._clock.now()
        tried = _tried(delivery, answer, now)
        async with self._units.writing() as unit:
            if await unit.deliveries.end(webhook.tenant, tried, self._holder):
                await _judge(unit, webhook, tried, answer, now)

    async def _post(self, webhook: Webhook, delivery: Delivery) -> Answer:
        body, timestamp = delivery.body.encode(), int(self._clock.now().timestamp())
        key = self._secrets.webhook_key(webhook.tenant, webhook.salt)
        headers = {
            "content-type": "application/json",
            "user-agent": "tympan-hub",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(key, delivery.id, timestamp, body),
        }
        began = time.perf_counter()
        answer = await self._postman.post(webhook.url, headers, body)
        self._meter.attempt(answer, time.perf_counter() - began)
        return answer


async def _all_of(works: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
    """What all of them give; raises the first error when each has ended, so that none goes on unowned."""
    given: list[_T] = []
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
        given.append(outcome)
    return given


def _tried(delivery: Delivery, answer: Answer, now: dt.datetime) -> Delivery:
    due = None if answer.took else next_attempt(delivery, now)
    fate = Fate.TAKEN if answer.took else Fate.GIVEN_UP if due is None else Fate.WAITING
    return attrs.evolve(
        delivery,
        attempts=delivery.attempts + 1,
        fate=fate,
        due_at=due or delivery.due_at,
        status=answer.status,
        detail=answer.detail,
        ended_at=None if fate is Fate.WAITING else now,
    )


async def _judge(unit: Unit, webhook: Webhook, tried: Delivery, answer: Answer, now: dt.datetime) -> None:
    """Switches a webhook off that nobody listens at."""
    note = ""
    if answer.status == _GONE:
        note = "the endpoint says that it is gone for ever"
    elif tried.fate is Fate.GIVEN_UP:
        note = f"nothing was taken for {DELIVERY_FOR.days} days; the last attempt: {tried.detail}"
    elif not answer.took and await unit.deliveries.waiting(webhook.tenant, webhook.id) > DELIVERIES_WAITING:
        note = f"more than {DELIVERIES_WAITING} deliveries wait; the last attempt: {tried.detail}"
    known = await unit.webhooks.get(webhook.tenant, webhook.id) if note else None
    if known is not None and known.disabled_at is None:
        await unit.webhooks.change(webhook.tenant, attrs.evolve(known, disabled_at=now, note=note))
        await record(unit, webhook.tenant, HUB, "webhook.disable", webhook.id, note, at=now)


async def _tell_silent(unit: Unit, tenant: TenantId, now: dt.datetime) -> None:
    if not any(webhook.wants(Happening.AGENT_SILENT) for webhook in await unit.webhooks.all(tenant)):
        return
    lately = now - SILENT - _SILENT_WINDOW
    silent = [
        Told(
            happening=Happening.AGENT_SILENT,
            data={"agent": agent.id, "name": agent.name, "seen_at": agent.seen_at.isoformat()},
            once=f"{agent.id} {agent.seen_at.isoformat()}",
        )
        for agent in await unit.agents.heard_between(tenant, lately, now - SILENT)
    ]
    await announce(unit, tenant, now, silent)
