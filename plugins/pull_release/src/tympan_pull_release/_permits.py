"""Permits: which held jobs may come out now, where, and for how long.

- In memory alone: after a restart nothing is permitted but what was released a moment ago (`_resumed`), and what the
  hub says again.
- A permit ends by itself: no task has to take it back in time.
"""

from __future__ import annotations

from uuid import UUID

import attrs

from tympan.plugin import PrinterId
from tympan_pull_release._stopwatch import Stopwatch


@attrs.frozen(kw_only=True)
class Permit:
    """One job may come out at one device."""

    to: PrinterId
    since: Stopwatch
    within_s: float
    order: UUID | None = None
    """Which order gave it; None for what goes on after a restart."""

    @property
    def void(self) -> bool:
        """Whether its time is over."""
        return self.since.passed_s > self.within_s


class Permits:
    """By job."""

    def __init__(self) -> None:
        self._of: dict[UUID, Permit] = {}

    def give(self, job: UUID, permit: Permit) -> None:
        """Permits one."""
        self._of[job] = permit

    def take_back(self, job: UUID, order: UUID | None = None) -> None:
        """Permits it no longer; where an order is named, only what that order gave."""
        permit = self._of.get(job)
        if permit is not None and order in (None, permit.order):
            del self._of[job]

    def allows(self, job: UUID, to: PrinterId | None) -> bool:
        """Whether a job may come out at a device."""
        permit = self._of.get(job)
        return permit is not None and not permit.void and to == permit.to

    @property
    def any(self) -> bool:
        """Whether one was given that is not forgotten yet."""
        return bool(self._of)

    def prune(self) -> None:
        """Forgets those whose time is over."""
        self._of = {job: permit for job, permit in self._of.items() if not permit.void}

    def clear(self) -> None:
        """Nothing is permitted."""
        self._of.clear()
