"""Webhooks as pages show them."""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._frame import Form, Page
from tympan_hub.http.portal.views._health import Health
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class WebhookRow:
    """A webhook in the list."""

    id: str
    name: str
    host: str
    standing: Health


@frozen(kw_only=True)
class Webhooks:
    """The page of webhooks."""

    rows: tuple[WebhookRow, ...]


@frozen(kw_only=True)
class DeliveryRow:
    """A delivery in the log.

    Attributes:
        id: Its name in addresses, and in the header ``webhook-id``.
        what: What it tells.
        standing: Whether it was taken.
        made_at: When it happened.
        attempts: How often it was tried.
        status: The last answer's; None when there was none.
        detail: How the last attempt ended.
        due_at: The next attempt; None when it has ended.
    """

    id: str
    what: str
    standing: Health
    made_at: dt.datetime
    attempts: int
    status: int | None
    detail: str
    due_at: dt.datetime | None


@frozen(kw_only=True)
class Webhook:
    """One webhook.

    Attributes:
        row: As in the list.
        url: Where to.
        happenings: What it is told.
        secret: What its deliveries are signed with.
        waiting: How many wait.
        note: Why it was switched off, as it was written down.
        off_at: When it was switched off; None while it works.
        deliveries: The newest first.
        page: Where the log stands.
    """

    row: WebhookRow
    url: str
    happenings: tuple[str, ...]
    secret: str
    waiting: int
    note: str
    off_at: dt.datetime | None
    deliveries: tuple[DeliveryRow, ...]
    page: Page


@frozen(kw_only=True)
class WebhookForm:
    """Adding a webhook, or changing one.

    Attributes:
        id: The webhook; "" when it is a new one.
        happenings: What can be chosen.
        form: What was typed.
    """

    id: str = ""
    happenings: tuple[Choice, ...] = ()
    form: Form = attrs.field(factory=Form)
