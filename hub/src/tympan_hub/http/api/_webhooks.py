"""Webhooks, and what was sent to them."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from tympan_hub.domain.ids import DeliveryId, WebhookId
from tympan_hub.domain.limits.values import URI_OCTETS
from tympan_hub.domain.webhooks import CHOSEN, Fate, Happening
from tympan_hub.domain.webhooks import Webhook as Known
from tympan_hub.http.api._ask import InTenant
from tympan_hub.http.api._cursor import cursor, cut, place_of
from tympan_hub.http.api._kinds import (
    DEFAULT_LIMIT,
    After,
    DeliveryIn,
    Given,
    Limit,
    Moment,
    Name,
    Page,
    Told,
    WebhookIn,
)
from tympan_hub.http.api._route import ApiRoute
from tympan_hub.service.webhooks import WebhookShown

router = APIRouter(tags=["webhooks"], route_class=ApiRoute)


class Webhook(Told):
    """A webhook."""

    id: str
    name: str
    url: str
    happenings: list[Happening]
    made_at: Moment
    disabled_at: Moment | None
    note: str


class WebhookTold(Webhook):
    """A webhook, with the secret its deliveries are signed with, and how many wait."""

    secret: str
    waiting: int


class WebhookGiven(Given):
    """What an administrator says of a webhook."""

    name: Name
    url: Annotated[str, Field(min_length=1, max_length=URI_OCTETS, description="https; http to this machine alone.")]
    happenings: Annotated[list[Happening], Field(min_length=1, max_length=len(CHOSEN))]


class Delivery(Told):
    """One happening on its way to a webhook, or at its end."""

    id: str
    happening: Happening
    body: str
    made_at: Moment
    due_at: Moment
    attempts: int
    fate: Fate
    status: int | None
    detail: str
    ended_at: Moment | None


@router.get("/webhooks", operation_id="list-webhooks")
async def every(ask: InTenant, limit: Limit = DEFAULT_LIMIT, after: After = None) -> Page[Webhook]:
    """All webhooks, by name."""
    found = await ask.services.webhooks.list(ask.tenant, ask.actor)
    page, following = cut(found, lambda webhook: (webhook.name, webhook.id), after, limit)
    return Page(items=[Webhook.model_validate(webhook) for webhook in page], next=following)


@router.post("/webhooks", operation_id="add-webhook", status_code=201)
async def add(ask: InTenant, given: WebhookGiven) -> WebhookTold:
    """Makes a webhook."""
    made = await ask.services.webhooks.add(
        ask.tenant, ask.actor, name=given.name, url=given.url, happenings=tuple(given.happenings)
    )
    return _told(made)


@router.get("/webhooks/{webhook}", operation_id="get-webhook")
async def one(ask: InTenant, webhook: WebhookIn) -> WebhookTold:
    """One webhook with its secret."""
    return _told(await ask.services.webhooks.get(ask.tenant, ask.actor, WebhookId(webhook)))


@router.put("/webhooks/{webhook}", operation_id="change-webhook")
async def change(ask: InTenant, webhook: WebhookIn, given: WebhookGiven) -> Webhook:
    """Replaces all that is said of a webhook; its secret stays."""
    changed = await ask.services.webhooks.change(
        ask.tenant,
        ask.actor,
        WebhookId(webhook),
        name=given.name,
        url=given.url,
        happenings=tuple(given.happenings),
    )
    return Webhook.model_validate(changed)


@router.delete("/webhooks/{webhook}", operation_id="remove-webhook", status_code=204)
async def remove(ask: InTenant, webhook: WebhookIn) -> None:
    """Removes a webhook with its deliveries."""
    await ask.services.webhooks.remove(ask.tenant, ask.actor, WebhookId(webhook))


@router.post("/webhooks/{webhook}/enable", operation_id="enable-webhook", status_code=204)
async def enable(ask: InTenant, webhook: WebhookIn) -> None:
    """Switches a webhook on again; what waits is sent."""
    await ask.services.webhooks.enable(ask.tenant, ask.actor, WebhookId(webhook))


@router.post("/webhooks/{webhook}/disable", operation_id="disable-webhook", status_code=204)
async def disable(ask: InTenant, webhook: WebhookIn) -> None:
    """Switches a webhook off."""
    await ask.services.webhooks.disable(ask.tenant, ask.actor, WebhookId(webhook))


@router.post("/webhooks/{webhook}/secret", operation_id="renew-webhook-secret")
async def renew_secret(ask: InTenant, webhook: WebhookIn) -> WebhookTold:
    """Gives a webhook another secret; the old one signs nothing any more."""
    return _told(await ask.services.webhooks.renew_secret(ask.tenant, ask.actor, WebhookId(webhook)))


@router.post("/webhooks/{webhook}/test", operation_id="test-webhook", status_code=201)
async def test(ask: InTenant, webhook: WebhookIn) -> Delivery:
    """Sends a try."""
    return Delivery.model_validate(await ask.services.webhooks.test(ask.tenant, ask.actor, WebhookId(webhook)))


@router.get("/webhooks/{webhook}/deliveries", operation_id="list-deliveries")
async def deliveries(
    ask: InTenant, webhook: WebhookIn, limit: Limit = DEFAULT_LIMIT, after: After = None
) -> Page[Delivery]:
    """What was sent and what waits, the newest first; what has ended is kept for two weeks."""
    begin = None if after is None else DeliveryId(place_of(after, 1)[0])
    found = await ask.services.webhooks.deliveries(ask.tenant, ask.actor, WebhookId(webhook), after=begin, limit=limit)
    items = [Delivery.model_validate(delivery) for delivery in found]
    return Page(items=items, next=cursor(found[-1].id) if len(found) == limit else None)


@router.post("/webhooks/{webhook}/deliveries/{delivery}/again", operation_id="send-delivery-again", status_code=201)
async def again(ask: InTenant, webhook: WebhookIn, delivery: DeliveryIn) -> Delivery:
    """Sends a delivery that has ended once more, under the same id."""
    sent = await ask.services.webhooks.send_again(ask.tenant, ask.actor, WebhookId(webhook), DeliveryId(delivery))
    return Delivery.model_validate(sent)


def _told(shown: WebhookShown) -> WebhookTold:
    known: Known = shown.webhook
    return WebhookTold(**Webhook.model_validate(known).model_dump(), secret=shown.secret, waiting=shown.waiting)
