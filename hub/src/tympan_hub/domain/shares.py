"""Shares: queues of agents' machines that are printers here.

- A share is known by an id that its agent made for the device behind the queue. It belongs to that agent; another one
  gets it only when that agent was revoked: the same machine that joined anew.
- One that a person stopped stays stopped, whatever its agent says. One whose queue is gone comes back as it was: with
  its printer's id, and whom it was given to.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from enum import StrEnum

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput, Full
from tympan_hub.domain.ids import AgentId, GroupId, PersonId, PrinterId, ShareId, TenantId
from tympan_hub.domain.limits.shares import (
    PATTERN_OCTETS,
    SHARE_GRACE,
    SHARE_OPTIONS,
    SHARE_PATTERNS,
    SHARE_VALUES,
)
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.text import cut, fit, is_name, plain

SCHEME = "tympan-share"
"""Of the address by which a share's own agent knows it."""


class Origin(StrEnum):
    """Who chose the default of an option. As in `tympan_wire.hub.DefaultOrigin`."""

    DEVICE = "device"
    OS = "os"
    TENANT = "tenant"
    USER = "user"


class QueueState(StrEnum):
    """Whether a queue prints."""

    IDLE = "idle"
    PROCESSING = "processing"
    STOPPED = "stopped"


@frozen(kw_only=True)
class QueueOption:
    """What a job may ask of a queue. As in `tympan_wire.hub.ShareOption`."""

    name: str
    values: tuple[str, ...] = ()
    default: str = ""
    origin: Origin = Origin.DEVICE


@frozen(kw_only=True)
class Queue:
    """A queue as its agent tells it. As in `tympan_wire.hub.Share`."""

    queue: str
    name: str
    location: str = ""
    make_and_model: str = ""
    formats: tuple[str, ...] = ()
    options: tuple[QueueOption, ...] = ()
    state: QueueState = QueueState.IDLE
    reasons: tuple[str, ...] = ()
    accepting: bool = True


@frozen(kw_only=True)
class KnownQueue:
    """A share with no more than the hash its agent told; "" for one that is to be told again."""

    id: ShareId
    hash: str


class SharedFor(StrEnum):
    """For whom the printer of a new share is."""

    NOBODY = "nobody"
    """Until an administrator gives it to somebody."""
    SIGNED_IN = "signed-in"
    """Whoever is signed in at its computer then."""
    EVERYBODY = "everybody"


@frozen(kw_only=True)
class SharingRules:
    """What a tenant says of sharing.

    Attributes:
        audience: For whom the printer of a new share is.
        allow: Patterns of the queues and devices that may be shared; none for all.
        deny: Patterns of those that may not.
    """

    audience: SharedFor = SharedFor.NOBODY
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@frozen(kw_only=True)
class DefaultSet:
    """A default the tenant set above that of the queue.

    Attributes:
        name: The option.
        value: One of its values.
        by: Who set it, as the audit log names them.
        at: When.
    """

    name: str
    value: str
    by: str
    at: dt.datetime


@frozen(kw_only=True)
class Kept:
    """What is kept of a printer while it is none.

    Attributes:
        printer: Its id.
        name: As it was called.
        location: Where it was said to be.
        everybody: Whether it was for everybody.
        people: Whom it was given to.
        groups: Groups it was given to.
    """

    printer: PrinterId
    name: str
    location: str
    everybody: bool
    people: tuple[PersonId, ...] = ()
    groups: tuple[GroupId, ...] = ()


@frozen(kw_only=True)
class SharedQueue:
    """A share as the hub keeps it.

    Attributes:
        id: Made by its agent.
        tenant: Whose it is.
        agent: Whose queue it is.
        told: As the agent told it last, made fit to be kept.
        hash: As the agent told it.
        printer: The printer it is; None while it is none.
        added_at: When it was registered first.
        stopped_at: When a person stopped it; None while nobody has.
        stopped_by: Who did, as the audit log names them.
        gone_at: When its agent said that the queue is gone; None while it is there.
        defaults: Those the tenant set.
        kept: What is kept of its printer while it is none.
        waits: Whether it is for the first who signs in at its computer. Never again once somebody was given it.
    """

    id: ShareId
    tenant: TenantId
    agent: AgentId
    told: Queue
    hash: str
    printer: PrinterId | None = None
    added_at: dt.datetime
    stopped_at: dt.datetime | None = None
    stopped_by: str = ""
    gone_at: dt.datetime | None = None
    defaults: tuple[DefaultSet, ...] = ()
    kept: Kept | None = None
    waits: bool = False

    @property
    def registered(self) -> bool:
        """Whether it is shared now: nobody stopped it, and its queue is there."""
        return self.stopped_at is None and self.gone_at is None

    @property
    def address(self) -> str:
        """By which its own agent knows it."""
        return f"{SCHEME}:{self.id}"

    def is_over(self, now: dt.datetime) -> bool:
        """Whether its queue is gone for so long that its printer goes, too."""
        return self.printer is not None and self.gone_at is not None and self.gone_at <= now - SHARE_GRACE


@frozen(kw_only=True)
class Effective:
    """What an option is when nobody asks, and why.

    Attributes:
        name: The option.
        values: What it may be.
        value: What it is.
        origin: Who chose that.
        set: How the tenant set it; None where it did not.
        told: What the queue itself says.
        told_origin: Who chose that there.
    """

    name: str
    values: tuple[str, ...]
    value: str
    origin: Origin
    set: DefaultSet | None
    told: str
    told_origin: Origin


def effective(share: SharedQueue) -> tuple[Effective, ...]:
    """Each option of a share; one that was set to a value the queue has no more is what the queue says."""
    chosen = {one.name: one for one in share.defaults}
    return tuple(_effective(option, chosen.get(option.name)) for option in share.told.options)


def offered(share: SharedQueue) -> tuple[QueueOption, ...]:
    """The options as other agents offer them."""
    return tuple(
        QueueOption(name=one.name, values=one.values, default=one.value, origin=one.origin) for one in effective(share)
    )


def above(share: SharedQueue) -> tuple[QueueOption, ...]:
    """The defaults of the tenant that hold above those of the queue."""
    return tuple(
        QueueOption(name=one.name, values=one.values, default=one.value, origin=one.origin)
        for one in effective(share)
        if one.set is not None
    )


def _effective(option: QueueOption, chosen: DefaultSet | None) -> Effective:
    holds = chosen if chosen is not None and takes(option, chosen.value) else None
    return Effective(
        name=option.name,
        values=option.values,
        value=holds.value if holds else option.default,
        origin=Origin.TENANT if holds else option.origin,
        set=holds,
        told=option.default,
        told_origin=option.origin,
    )


def takes(option: QueueOption, value: str) -> bool:
    """Whether an option may be this: one of its values, or a whole number within its range."""
    return value in option.values or any(_is_within(span, value) for span in option.values)


def _is_within(span: str, value: str) -> bool:
    first, dash, last = span.partition("-")
    if not (dash and all(one.isascii() and one.isdecimal() and len(one) <= 9 for one in (first, last, value))):
        return False
    return int(first) <= int(value) <= int(last)


def set_default(share: SharedQueue, wanted: DefaultSet) -> SharedQueue:
    """With a default of the tenant; raises ``BadInput`` for what the queue does not have."""
    option = next((one for one in share.told.options if one.name == wanted.name), None)
    if option is None:
        raise BadInput("the queue has no such option", next_step="Choose one of those it has.", field="name")
    if not takes(option, wanted.value):
        raise BadInput("the option cannot be this", next_step="Choose one of its values.", field="value")
    return attrs.evolve(share, defaults=(*_without(share, wanted.name), wanted))


def clear_default(share: SharedQueue, name: str) -> SharedQueue:
    """Without the tenant's default of an option: what the queue says holds again."""
    return attrs.evolve(share, defaults=_without(share, name))


def _without(share: SharedQueue, name: str) -> tuple[DefaultSet, ...]:
    return tuple(one for one in share.defaults if one.name != name)


def fit_queue(told: Queue) -> Queue:
    """What an agent told, as it can be kept and shown. Raises ``Full`` where there is too much of it."""
    if len(told.options) > SHARE_OPTIONS or sum(len(one.values) for one in told.options) > SHARE_VALUES:
        raise Full(f"a share has at most {SHARE_OPTIONS} options and {SHARE_VALUES} values of them")
    name = plain(told.name, NAME_OCTETS) or plain(told.queue, NAME_OCTETS)
    return attrs.evolve(
        told,
        queue=fit(told.queue),
        name=cut(name, NAME_OCTETS) or "Printer",
        location=cut(plain(told.location, NAME_OCTETS), NAME_OCTETS),
        make_and_model=plain(told.make_and_model, NAME_OCTETS),
        formats=tuple(map(fit, told.formats)),
        reasons=tuple(plain(one, NAME_OCTETS) for one in told.reasons),
        options=tuple(_fit_option(one) for one in told.options),
    )


def _fit_option(option: QueueOption) -> QueueOption:
    values = tuple(map(fit, option.values))
    return attrs.evolve(option, name=fit(option.name), values=values, default=fit(option.default))


def free_name(wanted: str, taken: Iterable[str], computer: str) -> str:
    """A name no other printer has: as the queue is called, else with its computer, else with a number, too."""
    used = frozenset(taken)
    candidate, number = wanted, 1
    while candidate in used:
        tail = f" ({cut(computer, 60)})" if number == 1 else f" ({cut(computer, 60)}) {number}"
        candidate, number = cut(wanted, NAME_OCTETS - len(tail.encode())) + tail, number + 1
    return candidate


def check_rules(rules: SharingRules) -> None:
    """Raises ``BadInput`` for patterns no rules can have."""
    for field, patterns in (("allow", rules.allow), ("deny", rules.deny)):
        if len(patterns) > SHARE_PATTERNS:
            raise BadInput(f"there are more than {SHARE_PATTERNS} patterns", field=field)
        if not all(is_name(one, PATTERN_OCTETS) for one in patterns):
            cause = f"a pattern has 1 to {PATTERN_OCTETS} octets and no control characters"
            raise BadInput(cause, field=field)


def share_id(text: str) -> ShareId | None:
    """A text as the id of a share; None for one that is none."""
    try:
        return ShareId(str(uuid.UUID(text)))
    except ValueError:
        return None


def by_printer(shares: Iterable[SharedQueue]) -> Mapping[PrinterId, SharedQueue]:
    """Shares that are printers, by them."""
    return {one.printer: one for one in shares if one.printer is not None}
