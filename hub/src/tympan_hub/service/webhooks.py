"""Webhooks of a tenant: made, changed, looked into; and what is sent again."""

from collections.abc import Callable

import attrs
from attrs import frozen

from tympan_hub.domain.audit import altered
from tympan_hub.domain.errors import Conflict, Full, NotFound
from tympan_hub.domain.ids import DeliveryId, TenantId, WebhookId, new_id, new_secret
from tympan_hub.domain.limits.pages import PAGE, PAGE_MOST
from tympan_hub.domain.limits.webhooks import WEBHOOKS
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.webhooks import Delivery, Fate, Happening, Webhook, check_webhook, secret_text
from tympan_hub.ports import Clock, Secrets, Unit, Units
from tympan_hub.service.audit import record
from tympan_hub.service.happenings import Told, delivery
from tympan_hub.service.known import known_webhook


@frozen(kw_only=True)
class WebhookShown:
    """A webhook, with the secret its deliveries are signed with, and how many wait."""

    webhook: Webhook
    secret: str
    waiting: int


class WebhookService:
    """Webhooks of a tenant."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets

    async def list(self, tenant: TenantId, by: Actor) -> tuple[Webhook, ...]:
        """All, by name."""
        by.require(Act.MANAGE_WEBHOOKS, tenant)
        async with self._units.reading() as unit:
            return await unit.webhooks.all(tenant)

    async def get(self, tenant: TenantId, by: Actor, webhook: WebhookId) -> WebhookShown:
        """One; raises ``NotFound``."""
        by.require(Act.MANAGE_WEBHOOKS, tenant)
        async with self._units.reading() as unit:
            known = await known_webhook(unit, tenant, webhook)
            waiting = await unit.deliveries.waiting(tenant, webhook)
        return WebhookShown(webhook=known, secret=self._secret(known), waiting=waiting)

    async def add(
        self, tenant: TenantId, by: Actor, *, name: str, url: str, happenings: tuple[Happening, ...]
    ) -> WebhookShown:
        """Makes one."""
        by.require(Act.MANAGE_WEBHOOKS, tenant)
        check_webhook(name, url, happenings)
        now = self._clock.now()
        made = Webhook(
            id=WebhookId(new_id()),
            tenant=tenant,
            name=name,
            url=url,
            happenings=tuple(dict.fromkeys(happenings)),
            salt=new_secret(),
            made_at=now,
        )
        async with self._units.writing() as unit:
            if len(await unit.webhooks.all(tenant)) >= WEBHOOKS:
                raise Full(f"there are {WEBHOOKS} webhooks already", next_step="Remove one first.")
            await unit.webhooks.add(tenant, made)
            await record(unit, tenant, by, "webhook.add", made.id, f"{name}: {url}", at=now)
        return WebhookShown(webhook=made, secret=self._secret(made), waiting=0)

    async def change(
        self, tenant: TenantId, by: Actor, webhook: WebhookId, *, name: str, url: str, happenings: tuple[Happening, ...]
    ) -> Webhook:
        """Replaces what is said of one."""
        by.require(Act.MANAGE_WEBHOOKS, tenant)
        check_webhook(name, url, happenings)
        once = tuple(dict.fromkeys(happenings))

        def changed(known: Webhook) -> Webhook:
            return attrs.evolve(known, name=name, url=url, happenings=once)

        return await self._change(tenant, by, webhook, "webhook.change", changed)

    async def enable(self, tenant: TenantId, by: Actor, webhook: WebhookId) -> None:
        """Switches one on again; what waits is sent."""

        def enabled(known: Webhook) -> Webhook:
            return attrs.evolve(known, disabled_at=None, note="")

        await self._change(tenant, by, webhook, "webhook.enable", enabled)

    async def disable(self, tenant: TenantId, by: Actor, webhook: WebhookId) -> None:
        """Switches one off; what happens meanwhile it is never told."""
        now = self._clock.now()

        def disabled(known: Webhook) -> Webhook:
            return attrs.evolve(known, disabled_at=now, note="")

        await self._change(tenant, by, webhook, "webhook.disable", disabled)

    async def renew_secret(self, tenant: TenantId, by: Actor, webhook: WebhookId) -> WebhookShown:
        """Gives one another secret; the old one signs nothing any more."""

        def renewed(known: Webhook) -> Webhook:
            return attrs.evolve(known, salt=new_secret())

        await self._change(tenant, by, webhook, "webhook.renew-secret", renewed)
        return await self.get(tenant, by, webhook)

    async def remove(self, tenant: TenantId, by: Actor, webhook: WebhookId) -> None:
        """Removes one with all its deliveries."""
        by.require(Act.MANAGE_WEBHOOKS, tenant)
        async with self._units.writing() as unit:
            known = await known_webhook(unit, tenant, webhook)
            await unit.webhooks.remove(tenant, webhook)
            await record(unit, tenant, by, "webhook.remove", webhook, known.name, at=self._clock.now())

    async def deliveries(
        self, tenant: TenantId, by: Actor, webhook: WebhookId, *, after: DeliveryId | None = None, limit: int = PAGE
    ) -> tuple[Delivery, ...]:
        """What was sent and what waits, the newest first; the next page is had with the last one's id as ``after``."""
        by.require(Act.MANAGE_WEBHOOKS, tenant)
        async with self._units.reading() as unit:
            await known_webhook(unit, tenant, webhook)
            begin = None if after is None else await unit.deliveries.get(tenant, after)
            if after is not None and (begin is None or begin.webhook != webhook):
                raise NotFound("what the page begins after is gone", next_step="Begin at the first page.")
            return await unit.deliveries.of(tenant, webhook, begin, max(1, min(limit, PAGE_MOST)))

    async def test(self, tenant: TenantId, by: Actor, webhook: WebhookId) -> Delivery:
        """Sends a try."""
        by.require(Act.MANAGE_WEBHOOKS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await _working(unit, tenant, webhook)
            made = delivery(known, Told(happening=Happening.TEST, data={"asked_by": by.label}), now)
            await unit.deliveries.add(tenant, [made])
            await record(unit, tenant, by, "webhook.test", webhook, known.name, at=now)
        return made

    async def send_again(self, tenant: TenantId, by: Actor, webhook: WebhookId, again: DeliveryId) -> Delivery:
        """Sends a delivery that has ended once more, under the same id."""
        by.require(Act.MANAGE_WEBHOOKS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            await _working(unit, tenant, webhook)
            known = await unit.deliveries.get(tenant, again)
            if known is None or known.webhook != webhook:
                raise NotFound("there is no such delivery")
            if known.fate is Fate.WAITING:
                raise Conflict("it waits to be sent already")
            fresh = attrs.evolve(known, fate=Fate.WAITING, made_at=now, due_at=now, attempts=0, ended_at=None)
            await unit.deliveries.renew(tenant, fresh)
            await record(unit, tenant, by, "webhook.send-again", webhook, again, at=now)
        return fresh

    def _secret(self, webhook: Webhook) -> str:
        return secret_text(self._secrets.webhook_key(webhook.tenant, webhook.salt))

    async def _change(
        self, tenant: TenantId, by: Actor, webhook: WebhookId, act: str, changed: Callable[[Webhook], Webhook]
    ) -> Webhook:
        by.require(Act.MANAGE_WEBHOOKS, tenant)
        async with self._units.writing() as unit:
            before = await known_webhook(unit, tenant, webhook)
            after = changed(before)
            await unit.webhooks.change(tenant, after)
            detail = altered(before, after, "name", "url", "happenings") or before.name
            await record(unit, tenant, by, act, webhook, detail, at=self._clock.now())
        return after


async def _working(unit: Unit, tenant: TenantId, webhook: WebhookId) -> Webhook:
    known = await known_webhook(unit, tenant, webhook)
    if known.disabled_at is not None:
        raise Conflict(f"{known.name} is switched off", next_step="Switch it on first.")
    return known
