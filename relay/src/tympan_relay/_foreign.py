"""Jobs of other agents: which of this agent's jobs were taken in from a sealed copy, durably.

Nobody at this machine may let one of them go on, also where the printer it came under holds no jobs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final
from uuid import UUID

from tympan.plugin import Jobs, KeyValue
from tympan_relay._limits import FOREIGN_JOBS

_KEY: Final = "foreign"


class ForeignJobs:
    """Their uuids, oldest first."""

    def __init__(self, state: KeyValue) -> None:
        self._state = state
        self._known: dict[UUID, None] = {}

    async def open(self, jobs: Jobs) -> None:
        """Takes up what an earlier run kept of jobs that are there still."""
        try:
            texts = json.loads(await self._state.get(_KEY) or b"[]")
            self._known = {UUID(text): None for text in texts[:FOREIGN_JOBS]}
        except (ValueError, TypeError, AttributeError):
            self._known = {}
        self._known = {job: None for job in self._known if jobs.find(job) is not None}

    async def add(self, job: UUID, jobs: Jobs) -> None:
        """Knows one more, durable when it returns."""
        kept = [known for known in self._known if not _over(jobs, known)]
        self._known = dict.fromkeys([*kept, job][-FOREIGN_JOBS:])
        await self._state.put(_KEY, json.dumps([str(known) for known in self._known]).encode())

    def __contains__(self, job: object) -> bool:
        return job in self._known

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _over(jobs: Jobs, job: UUID) -> bool:
    found = jobs.find(job)
    return found is not None and found.state.terminal
