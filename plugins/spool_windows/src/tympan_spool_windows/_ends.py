"""Ends of jobs that this process saw or made: Windows forgets a job that is over, and whoever asks later is told still.

- Only what is certain is kept: a job this agent took back, and one that was followed to an end that was told.
- Numbers come again; a job that begins takes the place of an older one with its number.
"""

from __future__ import annotations

import uuid

import attrs

from tympan.plugin import SpoolJob, SpoolJobState
from tympan_spool_windows._limits import ENDS

Key = tuple[str, int]


@attrs.define
class Ends:
    """The latest ones.

    Attributes:
        jobs: UUIDs of jobs by queue and number.
        over: Their ends.
    """

    jobs: dict[Key, uuid.UUID] = attrs.field(factory=dict)
    over: dict[Key, SpoolJob] = attrs.field(factory=dict)

    def begun(self, key: Key, job: uuid.UUID | None) -> None:
        """A job began."""
        self.over.pop(key, None)
        self.jobs.pop(key, None)
        if job is not None:
            self.jobs[key] = job
        while len(self.jobs) > ENDS:
            self.jobs.pop(next(iter(self.jobs)))

    def ended(self, key: Key, told: SpoolJob) -> None:
        """A job ended so; what nobody saw the end of is not kept."""
        if not told.state.is_over or told.state is SpoolJobState.GONE:
            return
        self.over[key] = told
        while len(self.over) > ENDS:
            self.over.pop(next(iter(self.over)))

    def of(self, name: str, job: uuid.UUID) -> SpoolJob | None:
        """How the job of that UUID ended, if that is known."""
        keys = (key for key, known in self.jobs.items() if known == job and key[0] == name)
        return next((self.over[key] for key in keys if key in self.over), None)
