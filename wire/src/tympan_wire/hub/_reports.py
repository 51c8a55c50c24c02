"""What an agent reports: jobs, queues, devices, what became of commands, and itself.

- The agent keeps reports until the hub has acknowledged them; by its id the hub knows a repetition.
- A job's report is its whole state, so the newest one is enough; `revision` tells which that is.
"""

import datetime as dt
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from attrs import frozen

from tympan_wire.hub._codec import tagged
from tympan_wire.hub._discovery import ScanReport, SightingReport, SweepReport


class JobStanding(StrEnum):
    """Where a job stands."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    HELD = "held"
    QUEUED = "queued"
    WAITING = "waiting"
    SENDING = "sending"
    PRINTING = "printing"
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELED = "canceled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Pages:
    """What a document puts on paper; fields that are None are not known.

    Attributes:
        format: Media type as recognised from the bytes.
        pages: Pages of the document.
        sizes: PWG media names in order of first use.
        color_pages: How many pages have colour.
        copies: As ordered.
        impressions: Sides printed, all copies.
        color_impressions: Those of them with colour.
        sheets: Sheets of paper, all copies.
        sides: The IPP ``sides`` keyword in force; "" when not known.
        problem: Why it is unreadable; "" when all is well.
    """

    format: str = ""
    pages: int | None = None
    sizes: tuple[str, ...] = ()
    color_pages: int | None = None
    copies: int = 1
    impressions: int | None = None
    color_impressions: int | None = None
    sheets: int | None = None
    sides: str = ""
    problem: str = ""


@frozen(kw_only=True)
class StoryLine:
    """One line of a job's timeline."""

    at: dt.datetime
    what: str
    why: str = ""
    then: str = ""
    standing: JobStanding


@frozen(kw_only=True)
class JobReport:
    """A job as it stands.

    Attributes:
        job: Its uuid.
        revision: Grows with every change of this job; an older one never replaces a newer.
        printer: Where it goes.
        name: The document's title; "" where policy keeps titles on the agent.
        user: As the spooler named the user.
        standing: Where it stands.
        reason: IPP ``job-state-reasons`` keyword, or ``none``.
        detail: The same as a sentence.
        created_at: When its first byte came.
        ended_at: When it ended.
        size_bytes: Of the document.
        impressions_completed: Sides that came out, as the device told; None when it did not.
        pages: Once counted.
        story: Its whole timeline, oldest first.
        held_until: When a held job expires.
        target: The release point it comes out at; "" for the printer's own device.
    """

    KIND: ClassVar[str] = "job"
    job: UUID
    revision: int
    printer: str
    name: str = ""
    user: str = ""
    standing: JobStanding
    reason: str = "none"
    detail: str = ""
    created_at: dt.datetime
    ended_at: dt.datetime | None = None
    size_bytes: int = 0
    impressions_completed: int | None = None
    pages: Pages | None = None
    story: tuple[StoryLine, ...] = ()
    held_until: dt.datetime | None = None
    target: str = ""


class Outcome(StrEnum):
    """How a command ended."""

    DONE = "done"
    FAILED = "failed"
    NOT_UNDERSTOOD = "not-understood"


@frozen(kw_only=True)
class DeviceFound:
    """What a device says of itself when an agent looks at an address; fields that are None are not known.

    Attributes:
        make_and_model: As it calls itself.
        formats: Media types it takes.
        color: Whether it prints colour.
        duplex: Whether it prints both sides.
        media: PWG media names it takes.
        fingerprint: SHA-256 of its certificate (DER), hex; "" where it has none.
    """

    make_and_model: str = ""
    formats: tuple[str, ...] = ()
    color: bool | None = None
    duplex: bool | None = None
    media: tuple[str, ...] = ()
    fingerprint: str = ""


@frozen(kw_only=True)
class CommandReport:
    """What became of a command.

    Attributes:
        command: Its id.
        fence: As given with it.
        outcome: How it ended.
        detail: A sentence: what was done, or why not and what next.
        device: What was found, where a device was looked at.
    """

    KIND: ClassVar[str] = "command"
    command: UUID
    fence: int
    outcome: Outcome
    detail: str = ""
    device: DeviceFound | None = None


@frozen(kw_only=True)
class QueueReport:
    """A queue of the operating system for one of the hub's printers.

    Attributes:
        printer: Whose queue.
        installed: Whether it is there.
        usable: Whether it was proved to work.
        detail: Why not.
    """

    KIND: ClassVar[str] = "queue"
    printer: str
    installed: bool
    usable: bool = False
    detail: str = ""


@frozen(kw_only=True)
class DeviceReport:
    """How an agent sees the device behind a printer.

    Attributes:
        printer: Whose device.
        reachable: Whether it answered.
        observed_at: When it was asked.
        make_and_model: As it calls itself; "" when it never answered.
        formats: Media types it takes.
        color: Whether it prints colour; None when not known.
        duplex: Whether it prints both sides; None when not known.
        media: PWG media names it takes.
        reason: IPP keyword: ``none``, or why it cannot print.
        detail: The same as a sentence.
    """

    KIND: ClassVar[str] = "device"
    printer: str
    reachable: bool
    observed_at: dt.datetime
    make_and_model: str = ""
    formats: tuple[str, ...] = ()
    color: bool | None = None
    duplex: bool | None = None
    media: tuple[str, ...] = ()
    reason: str = "none"
    detail: str = ""


@frozen(kw_only=True)
class PluginStanding:
    """A plugin of the agent, as ``tympan plugins`` shows it.

    Attributes:
        id: Its name.
        version: Of its distribution.
        status: As ``tympan plugins`` says; ``running`` when it is up.
        reason: Why, as a sentence.
        capabilities: What policy switches of it.
        used_at: When it last did what it is for, to the hour; None when it has not since the agent started.
    """

    id: str
    version: str = ""
    status: str
    reason: str = ""
    capabilities: tuple[str, ...] = ()
    used_at: dt.datetime | None = None


@frozen(kw_only=True)
class PolicyInForce:
    """The edition of a policy document an agent obeys."""

    scope: str
    name: str
    number: int


@frozen(kw_only=True)
class AgentReport:
    """The agent about itself.

    Attributes:
        release: Its version.
        keys: Where its keys lie, a sentence.
        plugins: Every plugin found.
        policy: Documents in force.
        problems: What needs a person, sentences.
        networks: Networks it is in itself (CIDR), so that the hub knows what it can reach.
    """

    KIND: ClassVar[str] = "agent"
    release: str
    keys: str = ""
    plugins: tuple[PluginStanding, ...] = ()
    policy: tuple[PolicyInForce, ...] = ()
    problems: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


@frozen(kw_only=True)
class UnknownFinding:
    """A report of a newer agent; acknowledged and passed over."""

    name: str


Finding = (
    JobReport
    | CommandReport
    | QueueReport
    | DeviceReport
    | AgentReport
    | SightingReport
    | SweepReport
    | ScanReport
    | UnknownFinding
)
tagged(Finding, "kind", UnknownFinding)


@frozen(kw_only=True)
class Report:
    """One report.

    Attributes:
        id: Unique for ever; the hub counts an id once.
        at: When it was made, by the agent's clock.
        finding: What is reported.
    """

    id: UUID
    at: dt.datetime
    finding: Finding


@frozen(kw_only=True)
class ReportBatch:
    """Reports in the order they were made; at most `BATCH_REPORTS`."""

    reports: tuple[Report, ...]


@frozen(kw_only=True)
class Refused:
    """A report the hub will never take, with the reason; the agent forgets it and says so in its log."""

    id: UUID
    why: str


@frozen(kw_only=True)
class Receipt:
    """What the hub has, durably: reports of these ids need not be sent again.

    Attributes:
        taken: Kept now, or kept before.
        refused: Never to be kept.
    """

    taken: tuple[UUID, ...] = ()
    refused: tuple[Refused, ...] = ()
