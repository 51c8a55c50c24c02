"""Held jobs: what their owner sees of them, and wishes of them before they are released."""

import datetime as dt
from enum import StrEnum

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, JobId, PrinterId, TenantId
from tympan_hub.domain.jobs import Pages
from tympan_hub.domain.limits.pull import COPIES_MOST


class Sides(StrEnum):
    """IPP ``sides``."""

    ONE = "one-sided"
    LONG_EDGE = "two-sided-long-edge"
    SHORT_EDGE = "two-sided-short-edge"


class ColorMode(StrEnum):
    """IPP ``print-color-mode``."""

    AUTO = "auto"
    COLOR = "color"
    MONOCHROME = "monochrome"


@frozen(kw_only=True)
class Changes:
    """What its owner changes of a job's ticket; None stays as it was ordered."""

    copies: int | None = None
    sides: Sides | None = None
    color: ColorMode | None = None

    def __attrs_post_init__(self) -> None:
        if self.copies is not None and not 1 <= self.copies <= COPIES_MOST:
            raise BadInput(f"there are 1 to {COPIES_MOST} copies", next_step="Give another number.", field="copies")

    def over(self, before: "Changes") -> "Changes":
        """These, and where they say nothing those before."""
        told = {name: value for name, value in attrs.asdict(self).items() if value is not None}
        return attrs.evolve(before, **told)


@frozen(kw_only=True)
class HeldWish:
    """What its owner wants of a held job.

    Attributes:
        tenant: Whose.
        job: Which.
        rank: Its place among its owner's, lower first; None: as it came.
        changes: Of its ticket.
    """

    tenant: TenantId
    job: JobId
    rank: int | None = None
    changes: Changes = attrs.field(factory=Changes)


class Whereabouts(StrEnum):
    """Whether a held job can be had now."""

    HERE = "here"
    """Its computer is connected."""
    MIRRORED = "mirrored"
    """Its computer is away, and another one can print it."""
    ASLEEP = "asleep"
    """Its computer is away, and it lies nowhere else: it waits until the computer is back."""
    GONE = "gone"
    """Its computer was revoked, and it lies nowhere else: nobody can print it any more."""


@frozen(kw_only=True)
class Held:
    """A held job as its owner sees it.

    Attributes:
        job: Which.
        title: Of the document; "" where it is not known.
        printer: The pull queue it was printed to.
        printer_name: What it is called.
        created_at: When it was printed.
        size_bytes: Of the document.
        pages: Once counted.
        changes: What its owner wants otherwise than it was ordered.
        held_until: When it expires; None where its agent did not say.
        expires_soon: Whether its owner is to be warned.
        agent: The computer it was printed at; None for one that was handed in.
        computer: What that is called.
        whereabouts: Whether it can be had now.
        reason: IPP ``job-state-reasons``: ``job-held-for-release``, or why it cannot be released yet.
        detail: The same as a sentence; "" where there is nothing to say.
        under_way: It is released, and no word came back yet.
        deleting: Its owner deleted it, and its computer has yet to do so.
    """

    job: JobId
    title: str = ""
    printer: PrinterId
    printer_name: str
    created_at: dt.datetime
    size_bytes: int
    pages: Pages | None = None
    changes: Changes = attrs.field(factory=Changes)
    held_until: dt.datetime | None = None
    expires_soon: bool = False
    agent: AgentId | None
    computer: str = ""
    whereabouts: Whereabouts
    reason: str = ""
    detail: str = ""
    under_way: bool = False
    deleting: bool = False

    @property
    def copies(self) -> int:
        """How many will come out."""
        return self.changes.copies or (self.pages.copies if self.pages else 1)

    @property
    def sides(self) -> str:
        """IPP ``sides`` it will come out with; "" where it is not known."""
        return self.changes.sides or (self.pages.sides if self.pages else "")

    @property
    def in_color(self) -> bool | None:
        """Whether colour will come out; None where it is not known."""
        if self.changes.color is not None and self.changes.color is not ColorMode.AUTO:
            return self.changes.color is ColorMode.COLOR
        counted = self.pages.color_pages if self.pages else None
        return None if counted is None else counted > 0
