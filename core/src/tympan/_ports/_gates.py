"""Gates: may this job go on now."""

from __future__ import annotations

import datetime as dt
from typing import Protocol, runtime_checkable

import attrs

from tympan._values import Job, Printer


@attrs.frozen(kw_only=True)
class Go:
    """The job may go on now."""


@attrs.frozen(kw_only=True)
class Hold:
    """The job is held. ``reason`` is an IPP keyword; ``until`` is when it expires, UTC, or None."""

    reason: str
    detail: str
    until: dt.datetime | None = None


@runtime_checkable
class Gate(Protocol):
    """Decides whether a job may go on now."""

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        """Asked when a job is received and when it is released."""
