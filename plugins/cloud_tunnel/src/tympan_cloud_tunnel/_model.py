"""Values of the tunnel: settings, and what a sent job is found again by."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import attrs

from tympan.plugin import Settings
from tympan_wire.hub import HubMessageError, decode, encode


@attrs.frozen(kw_only=True)
class TunnelSettings:
    """Settings, as in ``plugin.toml``."""

    poll_s: float = 30.0
    rate: int = 0

    @classmethod
    def of(cls, settings: Settings) -> TunnelSettings:
        """As the host gives them."""
        return cls(poll_s=settings.number("poll_s"), rate=settings.integer("rate"))


class Step(StrEnum):
    """How far a sent job is known to have come."""

    OFFERED = "offered"
    """The hub may have it."""
    RECALLED = "recalled"
    """Its device answers here again: the hub is asked to give it up."""
    BEGUN = "begun"
    """Another agent may have given it to the device: it is never sent again."""


@attrs.frozen(kw_only=True)
class Evidence:
    """What is written down of a job that is at the hub."""

    step: Step
    upload: str = ""

    def encoded(self) -> bytes:
        """As the kernel keeps it."""
        return encode(self)

    @classmethod
    def decoded(cls, evidence: bytes) -> Evidence | None:
        """From what the kernel kept; None when it cannot be read."""
        try:
            return decode(cls, evidence)
        except HubMessageError:
            return None


@attrs.frozen(kw_only=True)
class Entry:
    """A crossing that this agent asked to begin with, as the ledger keeps it.

    Attributes:
        id: Of the crossing.
        fence: Under which it asked.
        job: Which job.
        printer: Where it comes out.
        by: Whose it is, for its story.
        begun: Whether the hub said yes: the job's permit.
    """

    id: UUID
    fence: int
    job: UUID
    printer: str
    by: str = ""
    begun: bool = False
