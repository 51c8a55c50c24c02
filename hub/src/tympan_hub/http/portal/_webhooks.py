"""Webhooks: the list, one with its log, adding, changing, trying, switching off and on."""

from typing import Final
from urllib.parse import urlencode, urlsplit

import attrs
from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from tympan_hub.domain.errors import Conflict, Full
from tympan_hub.domain.ids import DeliveryId, WebhookId
from tympan_hub.domain.people import Act
from tympan_hub.domain.webhooks import CHOSEN, Delivery, Fate, Happening, Webhook, check_endpoint
from tympan_hub.http.portal import _forms, views
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, Visit, after

router = APIRouter(prefix="/webhooks")

_SECTION = "webhooks"
_LOG: Final = 20
"""Deliveries on one page."""


@router.get("")
async def every(visit: Member) -> Response:
    """The list."""
    found = await visit.services.webhooks.list(visit.home, visit.actor)
    return visit.page("webhooks", _SECTION, views.Webhooks(rows=tuple(map(_row, found))))


@router.get("/new")
async def ask_new(visit: Member) -> Response:
    """The form for a new one."""
    visit.actor.require(Act.MANAGE_WEBHOOKS, visit.home)
    return _form(visit, views.Form(), Happening.JOB_ENDED)


@router.post("/new")
async def add(visit: Member) -> Response:
    """Adds one, and goes on to its secret."""
    fields = await visit.fields()
    faults = _faults(fields)
    if not faults:
        try:
            made = await visit.services.webhooks.add(
                visit.home,
                visit.actor,
                name=fields["name"].strip(),
                url=fields["url"].strip(),
                happenings=_chosen(fields),
            )
            return after(f"/webhooks/{made.webhook.id}", "webhook-added")
        except Full:
            faults = {"": marked("There are as many webhooks as there may be. Remove one first.")}
    return _form(visit, views.Form(values=fields, faults=faults), *_chosen(fields), status=422)


@router.get("/{webhook}")
async def one(visit: Member, webhook: str, at: str = "") -> Response:
    """One with its secret and its log."""
    service, name = visit.services.webhooks, WebhookId(webhook)
    shown = await service.get(visit.home, visit.actor, name)
    begin = DeliveryId(at) if at else None
    found = await service.deliveries(visit.home, visit.actor, name, after=begin, limit=_LOG + 1)
    known, page = shown.webhook, found[:_LOG]
    address = f"/webhooks/{known.id}"
    view = views.Webhook(
        row=_row(known),
        url=known.url,
        happenings=tuple(words.HAPPENINGS[each] for each in known.happenings),
        secret=shown.secret,
        waiting=shown.waiting,
        note=known.note,
        off_at=known.disabled_at,
        deliveries=tuple(map(_delivery, page)),
        page=views.Page(
            earlier=address if at else "",
            later=f"{address}?{urlencode({'at': page[-1].id})}" if len(found) > _LOG else "",
        ),
    )
    return visit.page("webhook", _SECTION, view)


@router.get("/{webhook}/edit")
async def ask_change(visit: Member, webhook: str) -> Response:
    """The form to change one."""
    known = (await visit.services.webhooks.get(visit.home, visit.actor, WebhookId(webhook))).webhook
    form = views.Form(values={"name": known.name, "url": known.url})
    return _form(visit, form, *known.happenings, of=known.id)


@router.post("/{webhook}/edit")
async def change(visit: Member, webhook: str) -> Response:
    """Changes one."""
    fields = await visit.fields()
    faults = _faults(fields)
    if faults:
        return _form(visit, views.Form(values=fields, faults=faults), *_chosen(fields), of=webhook, status=422)
    await visit.services.webhooks.change(
        visit.home,
        visit.actor,
        WebhookId(webhook),
        name=fields["name"].strip(),
        url=fields["url"].strip(),
        happenings=_chosen(fields),
    )
    return after(f"/webhooks/{webhook}", "webhook-changed")


@router.post("/{webhook}/test")
async def test(visit: Member, webhook: str) -> Response:
    """Sends a try."""
    await visit.fields()
    try:
        await visit.services.webhooks.test(visit.home, visit.actor, WebhookId(webhook))
    except Conflict:
        return after(f"/webhooks/{webhook}", "webhook-is-off")
    return after(f"/webhooks/{webhook}", "webhook-tried")


@router.post("/{webhook}/enable")
async def enable(visit: Member, webhook: str) -> Response:
    """Switches one on."""
    await visit.fields()
    await visit.services.webhooks.enable(visit.home, visit.actor, WebhookId(webhook))
    return after(f"/webhooks/{webhook}", "webhook-on")


@router.post("/{webhook}/disable")
async def disable(visit: Member, webhook: str) -> Response:
    """Switches one off."""
    await visit.fields()
    await visit.services.webhooks.disable(visit.home, visit.actor, WebhookId(webhook))
    return after(f"/webhooks/{webhook}", "webhook-off")


@router.post("/{webhook}/deliveries/{delivery}/again")
async def again(visit: Member, webhook: str, delivery: str) -> Response:
    """Sends a delivery once more."""
    await visit.fields()
    try:
        await visit.services.webhooks.send_again(visit.home, visit.actor, WebhookId(webhook), DeliveryId(delivery))
    except Conflict:
        return after(f"/webhooks/{webhook}", "webhook-is-off")
    return after(f"/webhooks/{webhook}", "delivery-again")


@router.get("/{webhook}/secret")
async def ask_secret(visit: Member, webhook: str) -> Response:
    """The question before one gets another secret."""
    return await _ask(
        visit,
        webhook,
        views.Confirm(
            title=marked("Make a new secret?"),
            subject="",
            consequences=(
                marked("Deliveries are signed with the new one at once."),
                marked("Until the other end knows it, it must refuse them; they are tried again."),
            ),
            label=marked("Make a new secret"),
            action=f"/webhooks/{webhook}/secret",
            back=f"/webhooks/{webhook}",
        ),
    )


@router.post("/{webhook}/secret")
async def renew_secret(visit: Member, webhook: str) -> Response:
    """Gives one another secret."""
    await visit.fields()
    await visit.services.webhooks.renew_secret(visit.home, visit.actor, WebhookId(webhook))
    return after(f"/webhooks/{webhook}", "secret-renewed")


@router.get("/{webhook}/remove")
async def ask_remove(visit: Member, webhook: str) -> Response:
    """The question before one is removed."""
    return await _ask(
        visit,
        webhook,
        views.Confirm(
            title=marked("Remove this webhook?"),
            subject="",
            consequences=(
                marked("Nothing is told there any more; what waits is not sent."),
                marked("Its log goes with it."),
            ),
            label=marked("Remove the webhook"),
            action=f"/webhooks/{webhook}/remove",
            back=f"/webhooks/{webhook}",
        ),
    )


@router.post("/{webhook}/remove")
async def remove(visit: Member, webhook: str) -> Response:
    """Removes one."""
    await visit.fields()
    await visit.services.webhooks.remove(visit.home, visit.actor, WebhookId(webhook))
    return after("/webhooks", "webhook-removed")


async def _ask(visit: Visit, webhook: str, question: views.Confirm) -> Response:
    known = (await visit.services.webhooks.get(visit.home, visit.actor, WebhookId(webhook))).webhook
    return visit.page("confirm", _SECTION, attrs.evolve(question, subject=known.name))


def _row(webhook: Webhook) -> views.WebhookRow:
    standing = words.HERE_WORKS if webhook.disabled_at is None else words.SWITCHED_OFF
    return views.WebhookRow(id=webhook.id, name=webhook.name, host=urlsplit(webhook.url).netloc, standing=standing)


def _delivery(delivery: Delivery) -> views.DeliveryRow:
    return views.DeliveryRow(
        id=delivery.id,
        what=words.HAPPENINGS[delivery.happening],
        standing=words.FATES[delivery.fate],
        made_at=delivery.made_at,
        attempts=delivery.attempts,
        status=delivery.status,
        detail=delivery.detail,
        due_at=delivery.due_at if delivery.fate is Fate.WAITING else None,
    )


def _chosen(fields: dict[str, str]) -> tuple[Happening, ...]:
    return tuple(happening for happening in CHOSEN if fields.get(f"tell-{happening.value}"))


def _form(visit: Visit, form: views.Form, *chosen: Happening, of: str = "", status: int = 200) -> HTMLResponse:
    choices = (views.Choice(value=each.value, label=words.HAPPENINGS[each], chosen=each in chosen) for each in CHOSEN)
    view = views.WebhookForm(id=of, happenings=tuple(choices), form=form)
    return visit.page("webhook_form", _SECTION, view, status=status)


def _faults(fields: dict[str, str]) -> dict[str, str]:
    faults = _forms.missing(fields, "name", "url")
    if "name" not in faults and not _forms.named(fields["name"]):
        faults["name"] = _forms.NAME_FAULT
    if "url" not in faults and not _forms.passes(check_endpoint, fields["url"].strip()):
        faults["url"] = marked("This is no address that begins with https://.")
    if not _chosen(fields):
        faults["happenings"] = marked("Choose at least one.")
    return faults
