"""Values that cross between the kernel and plugins: jobs, printers, statistics, timelines.

The kernel never looks inside a ticket, a document or a device's attributes: it carries them as bytes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

import attrs
from attrs.validators import deep_iterable, instance_of, optional

from tympan._ids import PluginId, PrinterId
from tympan._limits import DEFAULTS
from tympan._states import JobState


def short(text: str) -> str:
    """A text for people, cut to the length every text is kept with."""
    return text[: DEFAULTS.text_characters]


class PrinterMode(StrEnum):
    """Whether a job goes to the device at once or when its owner asks for it there."""

    PUSH = "push"
    PULL = "pull"


class PrinterReach(StrEnum):
    """How jobs come to a printer's device from this machine."""

    DIRECT = "direct"
    FALLBACK = "fallback"
    """Direct while the device answers, else through the hub."""
    TUNNEL = "tunnel"
    """Through the hub always."""


@attrs.frozen(kw_only=True)
class Printer:
    """What an administrator defines on a device and a user installs.

    Attributes:
        id: Name in URIs and files.
        name: Name for people, at most 127 characters (PWG limits).
        uri: The device: ``ipp``, ``ipps``, ``http`` or ``https`` URI; "" for a pull printer without one of its own.
        mode: Push or pull.
        fingerprint: SHA-256 of the device's certificate (DER), hex, once pinned; "" when nothing is pinned yet.
        location: For people.
        offered: Whether programs may print to it; False for a device where held jobs come out and nothing else.
        releases: Whether held jobs of other printers may come out at it.
        serves: Whether jobs that other machines sent through the hub may come out at it.
        reach: How its jobs come to the device.
        terms: What its source says of it besides, as JSON; opaque to the kernel.
    """

    id: PrinterId
    name: str
    uri: str
    mode: PrinterMode = PrinterMode.PUSH
    fingerprint: str = ""
    location: str = ""
    offered: bool = True
    releases: bool = False
    serves: bool = False
    reach: PrinterReach = PrinterReach.DIRECT
    terms: str = ""


_texts = deep_iterable(instance_of(str), instance_of(tuple))


@attrs.frozen(kw_only=True)
class DeviceSnapshot:
    """What was last seen of the device behind a printer.

    Attributes:
        reachable: Whether the device answered the last time it was asked.
        observed_at: When it was last asked, UTC.
        answered_at: When it last answered, UTC; None when it never did.
        attributes: Its printer attributes as one IPP-encoded message (RFC 8010), b"" when it never answered.
        media_types: What may be submitted: what the device takes, and what the route can convert for it.
        reason: IPP keyword, ``none`` or why the device cannot print now (``offline-report``, ``media-empty-error`` …).
        detail: The same as a sentence for the user.
    """

    reachable: bool = attrs.field(validator=instance_of(bool))
    observed_at: dt.datetime = attrs.field(validator=instance_of(dt.datetime))
    answered_at: dt.datetime | None = attrs.field(default=None, validator=optional(instance_of(dt.datetime)))
    attributes: bytes = attrs.field(default=b"", validator=instance_of(bytes))
    media_types: tuple[str, ...] = attrs.field(
        default=(), validator=deep_iterable(instance_of(str), instance_of(tuple))
    )
    reason: str = attrs.field(default="none", validator=instance_of(str))
    detail: str = attrs.field(default="", validator=instance_of(str))


def _page_numbers(_: object, __: object, value: Any) -> None:
    if value is not None and not (isinstance(value, tuple) and all(isinstance(page, int) for page in value)):
        raise TypeError(f"color_pages is {value!r:.100}, no tuple of page numbers")


@attrs.frozen(kw_only=True)
class Statistics:
    """What a document will put on paper.

    Attributes:
        format: Media type as recognised from the bytes.
        pages: Pages in the document; None when unreadable.
        sizes: PWG self-describing media names (PWG 5101.1) in order of first use.
        color_pages: 1-based numbers of pages with colour; None when unknown.
        duplex: What the document itself asks for: a ``sides`` keyword, or None.
        copies: As ordered in the ticket.
        impressions: Page sides as they will be printed, all copies; None when unknown.
        color_impressions: Those of them with colour; None when unknown.
        sheets: Media sheets, all copies; None when unknown.
        sides: The ``sides`` keyword in force, by the ticket or the document; None when unknown.
        problem: Why it is unreadable or partly read; "" when all is well.
    """

    format: str = attrs.field(validator=instance_of(str))
    pages: int | None = attrs.field(default=None, validator=optional(instance_of(int)))
    sizes: tuple[str, ...] = attrs.field(default=(), validator=_texts)
    color_pages: tuple[int, ...] | None = attrs.field(default=None, validator=_page_numbers)
    duplex: str | None = attrs.field(default=None, validator=optional(instance_of(str)))
    copies: int = attrs.field(default=1, validator=instance_of(int))
    impressions: int | None = attrs.field(default=None, validator=optional(instance_of(int)))
    color_impressions: int | None = attrs.field(default=None, validator=optional(instance_of(int)))
    sheets: int | None = attrs.field(default=None, validator=optional(instance_of(int)))
    sides: str | None = attrs.field(default=None, validator=optional(instance_of(str)))
    problem: str = attrs.field(default="", validator=instance_of(str))

    @property
    def readable(self) -> bool:
        """Whether the pages could be counted."""
        return self.pages is not None


@attrs.frozen(kw_only=True)
class Claim:
    """A route's hold on a job, durable before its first byte leaves.

    Attributes:
        route: The plugin that owns the job now.
        attempt: 1 for the first try.
        fence: Grows with every claim made while the agent runs, above those taken up at its start, so that a late
            writer is recognised.
    """

    route: PluginId
    attempt: int
    fence: int


@attrs.frozen(kw_only=True)
class Job:
    """A job as the kernel knows it: sealed bytes with a state.

    Attributes:
        uuid: From birth to grave (IPP ``job-uuid``).
        number: Small number unique in this agent (IPP ``job-id``), 1 to 2**31 - 1.
        printer: Where it goes.
        name: Title given by the user's program.
        user: Name the spooler gave (``job-originating-user-name``).
        media_type: As declared by the sender.
        ticket: The job-template attributes as one IPP-encoded message (RFC 8010); opaque to the kernel.
        hold: An ``IPP job-hold-until`` keyword asked for by the user; ``no-hold`` when none.
        state: Where it stands.
        reason: IPP ``job-state-reasons`` keyword, or ``none``.
        detail: The same as a sentence for the user.
        created_at: When the first byte came, UTC.
        processing_at: When a route first claimed it, UTC.
        ended_at: When it ended, UTC.
        retry_at: When a waiting job is tried again, or a held one expires, UTC.
        size_bytes: Plain length of the document.
        claim: Who owns it now.
        attempts: How often a route has claimed it.
        cancel_requested: A person asked to cancel it while a route owned it; the route tells the device.
        evidence: What the owning route wrote down to find the job again at the device; b"" when no byte may have left.
        impressions_completed: As told by the device.
        statistics: Once inspected.
        target: The printer it was released to; None while it goes to its own.
        turn: Its place among the jobs of one device, lower first, given when it is released; until then 0, which stands
            for its number.
        shared: Whether another machine may have been given the same job: its device is asked first whether it has it.
        foreign: Whether its title is nobody's business here, for it came from another machine; of a ``shared`` one it
            is none either.
    """

    uuid: uuid.UUID
    number: int
    printer: PrinterId
    name: str = ""
    user: str = ""
    media_type: str = "application/octet-stream"
    ticket: bytes = b""
    hold: str = "no-hold"
    state: JobState = JobState.RECEIVING
    reason: str = "none"
    detail: str = ""
    created_at: dt.datetime
    processing_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    retry_at: dt.datetime | None = None
    size_bytes: int = 0
    claim: Claim | None = None
    attempts: int = 0
    cancel_requested: bool = False
    evidence: bytes = b""
    impressions_completed: int = 0
    statistics: Statistics | None = None
    target: PrinterId | None = None
    turn: int = 0
    shared: bool = False
    foreign: bool = False

    @property
    def destination(self) -> PrinterId:
        """Where it comes out."""
        return self.target or self.printer

    @property
    def came_to_nothing(self) -> bool:
        """Whether it came for another machine and was over before anybody let it go on: no byte of it ever left here.

        Such a job may come again under its uuid, when the machine it was given to instead is gone.
        """
        untouched = not (self.turn or self.attempts or self.evidence or self.claim)
        return self.shared and untouched and self.state in (JobState.CANCELED, JobState.EXPIRED)


@attrs.frozen(kw_only=True)
class NewJob:
    """What an endpoint knows when a job arrives.

    Attributes are those of ``Job``. ``uuid`` is made by the kernel when None. ``target`` says that the job is taken in
    for somebody who asked for it at that device, and so needs nobody signed in here; it is held and released as others.
    """

    printer: PrinterId
    name: str = ""
    user: str = ""
    media_type: str = "application/octet-stream"
    ticket: bytes = b""
    hold: str = "no-hold"
    uuid: uuid.UUID | None = None
    target: PrinterId | None = None
    shared: bool = False
    foreign: bool = False


@attrs.frozen(kw_only=True)
class TimelineEntry:
    """One line of a job's story.

    Attributes:
        at: When, UTC.
        what: What happened, a few words.
        why: Its cause; "" when plain.
        then: What will happen next, or what a person can do; "" when nothing.
        state: State after it.
    """

    at: dt.datetime
    what: str
    why: str = ""
    then: str = ""
    state: JobState
