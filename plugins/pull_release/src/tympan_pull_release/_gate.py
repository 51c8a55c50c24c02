"""The gate: holds the jobs of pull printers, and lets go what somebody released at a device.

- Jobs of the hub's pull printers go on under a permit alone, which only an order or a grant gives; the gate is asked
  again before each attempt of a job the device cannot have yet, so a release that is void prints nothing.
- Jobs of this machine's own pull printers come out at their own device when somebody here releases them.
- What is more than an account may have held is held too, and not released before others are gone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Final
from uuid import UUID

import trio

from tympan.plugin import Go, Hold, Job, Jobs, JobState, Printer
from tympan_pull_release._permits import Permits
from tympan_pull_release._terms import FULL, HELD, PullSettings, is_pull, of_hub, rules_of
from tympan_wire.hub import PullRules

WAITS: Final = "it waits until you ask for it at a device"
WAITS_HERE: Final = "a pull printer holds it until you release it"


class PullGate:
    """``Gate`` for pull printers. It holds everything until it was told whom to ask."""

    def __init__(self, permits: Permits) -> None:
        self._permits = permits
        self._jobs: Jobs | None = None
        self.settings = PullSettings()
        self.foreign: Collection[UUID] = frozenset()

    def use(self, jobs: Jobs, settings: PullSettings, foreign: Collection[UUID]) -> None:
        """Whom to ask from now on; ``foreign`` are jobs taken in for other agents."""
        self._jobs, self.settings, self.foreign = jobs, settings, foreign

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        """The port's question."""
        await trio.lowlevel.checkpoint()
        return self.look(job, printer)

    def look(self, job: Job, printer: Printer) -> Go | Hold:
        """The same, at once."""
        if job.uuid not in self.foreign and (job.shared or not is_pull(printer)):
            return Go()  # one that another machine sent was released there: who took it in decides
        rules = rules_of(printer, self.settings)
        full = self._full(job, rules)
        if full:
            return Hold(reason=FULL, detail=full, until=until(job, rules))
        if self._may_go(job, printer):
            return Go()
        return hold_of(job, printer, rules)

    def _may_go(self, job: Job, printer: Printer) -> bool:
        if of_hub(printer) or job.uuid in self.foreign:
            return self._permits.allows(job.uuid, job.target)
        return job.state is not JobState.RECEIVED

    def _full(self, job: Job, rules: PullRules) -> str:
        if self._jobs is None or job.state not in (JobState.RECEIVED, JobState.HELD) or job.uuid in self.foreign:
            return ""
        others = list(_counted(job, self._jobs.of_printer(job.printer)))
        if len(others) >= rules.jobs_most:
            return f"{rules.jobs_most} jobs are held for this account already; print or delete some of them first"
        if others and sum(other.size_bytes for other in others) + job.size_bytes > rules.bytes_most:
            most = rules.bytes_most >> 20
            return f"the jobs held for this account have {most} MiB already; print or delete some of them first"
        return ""


def hold_of(job: Job, printer: Printer, rules: PullRules) -> Hold:
    """How a job is held that nobody asked for yet."""
    return Hold(reason=HELD, detail=WAITS if of_hub(printer) else WAITS_HERE, until=until(job, rules))


def until(job: Job, rules: PullRules) -> dt.datetime:
    """When a job expires that nobody asked for."""
    return job.created_at + dt.timedelta(seconds=rules.hold_s)


def _counted(job: Job, of_printer: Iterable[Job]) -> Iterable[Job]:
    """Jobs that take the room a job would need: held before it for the same account."""
    return (
        other
        for other in of_printer
        if other.user == job.user
        and other.state in (JobState.RECEIVED, JobState.HELD)
        and other.reason != FULL
        and other.number < job.number
    )
