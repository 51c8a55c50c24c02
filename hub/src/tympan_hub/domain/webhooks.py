"""Webhooks: a tenant's endpoints that are told what happens, signed, and again until they have taken it.

- A delivery is written in the unit of work of what it tells: neither is ever without the other.
- Signed in the style of Standard Webhooks: HMAC-SHA-256 over ``id.timestamp.body``, so a body cannot be replayed later
  under another time, nor under another id.
"""

import base64
import datetime as dt
import hashlib
import hmac
import random
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import DeliveryId, TenantId, WebhookId
from tympan_hub.domain.limits.values import NAME_OCTETS, URI_OCTETS
from tympan_hub.domain.limits.webhooks import DELIVERY_FIRST, DELIVERY_FOR, DELIVERY_SLOWEST
from tympan_hub.domain.text import is_name

SECRET_PREFIX: Final = "whsec_"
"""What a secret begins with, as Standard Webhooks has it."""

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class Happening(StrEnum):
    """What a webhook can be told."""

    JOB_ENDED = "job.ended"
    AGENT_ENROLLED = "agent.enrolled"
    AGENT_REVOKED = "agent.revoked"
    AGENT_SILENT = "agent.silent"
    DEVICE_AWAY = "device.away"
    DEVICE_BACK = "device.back"
    PRINTER_CHANGED = "printer.changed"
    PRINTER_FEW_AGENTS = "printer.few-agents"
    POLICY_SWITCHED = "policy.switched"
    UPDATE_STOPPED = "update.stopped"
    PERSON_CHANGED = "person.changed"
    TEST = "test"


CHOSEN: Final = tuple(happening for happening in Happening if happening is not Happening.TEST)
"""Those an administrator chooses from; the test comes when it is asked for."""

BY_ACT: Final = {
    "agent.enrol": Happening.AGENT_ENROLLED,
    "agent.revoke": Happening.AGENT_REVOKED,
    "printer.add": Happening.PRINTER_CHANGED,
    "printer.change": Happening.PRINTER_CHANGED,
    "printer.remove": Happening.PRINTER_CHANGED,
    "policy.switch": Happening.POLICY_SWITCHED,
    "update.stop": Happening.UPDATE_STOPPED,
    "person.add": Happening.PERSON_CHANGED,
    "person.disable": Happening.PERSON_CHANGED,
    "person.enable": Happening.PERSON_CHANGED,
}
"""Acts of the audit log that are told."""


class Fate(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    GIVEN_UP = "given-up"


@frozen(kw_only=True)
class Webhook:
    """An endpoint of a tenant.

    Attributes:
        id: Never used again for another.
        tenant: Whose.
        name: For people.
        url: Where to.
        happenings: What it is told.
        salt: With the hub's own key, makes the secret that signs: the database alone signs nothing.
        made_at: When.
        disabled_at: When it was switched off, by a person or because nothing was taken for days; None while it works.
        note: Why it was switched off.
    """

    id: WebhookId
    tenant: TenantId
    name: str
    url: str
    happenings: tuple[Happening, ...]
    salt: str
    made_at: dt.datetime
    disabled_at: dt.datetime | None = None
    note: str = ""

    def wants(self, happening: Happening) -> bool:
        """Whether it is told this."""
        return self.disabled_at is None and happening in self.happenings


@frozen(kw_only=True)
class Delivery:
    """One happening on its way to one webhook.

    Attributes:
        id: The same at every attempt: whoever gets it twice knows.
        tenant: Whose.
        webhook: To which.
        happening: What it tells.
        body: JSON.
        made_at: When it happened.
        due_at: Not tried before.
        attempts: How often it was tried.
        fate: Where it stands.
        status: HTTP status of the last answer; None when there was none.
        detail: How the last attempt ended, a sentence.
        ended_at: When it was taken or given up.
    """

    id: DeliveryId
    tenant: TenantId
    webhook: WebhookId
    happening: Happening
    body: str
    made_at: dt.datetime
    due_at: dt.datetime
    attempts: int = 0
    fate: Fate = Fate.WAITING
    status: int | None = None
    detail: str = ""
    ended_at: dt.datetime | None = None


@frozen(kw_only=True)
class Backlog:
    """How much waits for the webhooks of a tenant, and since when the first of it is or will be due."""

    waiting: int
    due_at: dt.datetime


@frozen(kw_only=True)
class Answer:
    """How one attempt ended; ``status`` is None when nobody answered."""

    status: int | None = None
    detail: str = ""

    @property
    def took(self) -> bool:
        """Whether the endpoint has it."""
        return self.status is not None and 200 <= self.status < 300


def next_attempt(delivery: Delivery, now: dt.datetime) -> dt.datetime | None:
    """When to try again: later each time, spread by chance, and for three days; None to give up."""
    wait = min(DELIVERY_FIRST * 2 ** min(delivery.attempts, 20), DELIVERY_SLOWEST)
    due = now + wait * (0.5 + random.random() / 2)  # noqa: S311  (spread over time, nothing secret)
    return due if due < delivery.made_at + DELIVERY_FOR else None


def secret_text(key: bytes) -> str:
    """A secret as people copy it."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signature(key: bytes, delivery: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature``."""
    said = b"%s.%d.%s" % (delivery.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()


def check_webhook(name: str, url: str, happenings: tuple[Happening, ...]) -> None:
    """Raises ``BadInput`` for what no webhook can be."""
    if not is_name(name, NAME_OCTETS):
        raise BadInput(f"a webhook's name has 1 to {NAME_OCTETS} octets and no control characters")
    check_endpoint(url)
    if not happenings or Happening.TEST in happenings:
        raise BadInput("a webhook is told something", next_step="Choose what.")


def check_endpoint(url: str) -> None:
    """Raises ``BadInput`` for what no webhook leads to."""
    if not _is_endpoint(url):
        cause = f"{url!r:.120} is no address for a webhook"
        raise BadInput(cause, next_step="Give one that begins with https://, without user, password and fragment.")


def _is_endpoint(url: str) -> bool:
    try:
        parts = urlsplit(url)
        fine = bool(parts.hostname) and parts.port != 0 and not parts.username and not parts.fragment
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return fine and secure and " " not in url and is_name(url, URI_OCTETS) and url.isascii()
