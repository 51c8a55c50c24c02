"""Created jobs: those whose document has not come yet (RFC 8011 section 4.2.4), each with a time-out.

Invariant: whoever takes a job out of the table owns its intake and must commit it, abandon it, or put it back.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import trio

from tympan.plugin import Intake, Overloaded
from tympan_ipp_endpoint._limits import CREATED_JOBS


@attrs.frozen(kw_only=True)
class Created:
    """A job without its document; ``deadline`` is on trio's clock."""

    intake: Intake
    deadline: float


class CreatedJobs:
    """The table of created jobs, by job number."""

    def __init__(self) -> None:
        self._jobs: dict[int, Created] = {}
        self._grown = trio.Event()

    def check_room(self) -> None:
        """Raises ``Overloaded`` when no more jobs may be created before others get their documents."""
        if len(self._jobs) >= CREATED_JOBS:
            raise Overloaded("too many jobs wait for their documents", next_step="Try again in a minute.")

    def put(self, created: Created) -> None:
        """Keeps a job until its document comes."""
        self._jobs[created.intake.job.number] = created
        self._grown.set()

    def take(self, number: int) -> Created | None:
        """Takes a job out; None when there is none of that number."""
        return self._jobs.pop(number, None)

    def take_all(self) -> tuple[Created, ...]:
        """Takes all out."""
        taken, self._jobs = tuple(self._jobs.values()), {}
        return taken

    def overdue(self, now: float) -> Iterator[Created]:
        """Takes out those whose time is over."""
        late = [number for number, created in self._jobs.items() if created.deadline <= now]
        for number in late:
            if (created := self.take(number)) is not None:
                yield created

    async def wait_due(self) -> None:
        """Returns when one may be overdue."""
        while not self._jobs:
            self._grown = trio.Event()
            await self._grown.wait()
        await trio.sleep_until(min(created.deadline for created in self._jobs.values()))
