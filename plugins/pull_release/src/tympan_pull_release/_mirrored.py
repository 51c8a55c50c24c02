"""Which held jobs are kept at the hub already, and for which agents, durably: nothing is uploaded for nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import attrs

from tympan.plugin import Jobs, JobState, KeyValue
from tympan_pull_release._limits import MIRRORED_JOBS
from tympan_wire.hub import Mirror, Reader

_KEY: Final = "mirrored"
_DIGITS: Final = 12


@attrs.frozen(kw_only=True)
class Aim:
    """How the jobs of a queue are to be kept: where, and for which agents."""

    where: Mirror
    readers: tuple[Reader, ...] = ()


class MirroredJobs:
    """By job: a digest of the agents its key was enveloped for."""

    def __init__(self, state: KeyValue) -> None:
        self._state = state
        self._of: dict[UUID, str] = {}

    async def open(self, jobs: Jobs) -> None:
        """Takes up what an earlier run kept; what cannot be read is kept at the hub once more, which harms nobody."""
        try:
            table = json.loads(await self._state.get(_KEY) or b"{}")
            self._of = {UUID(job): str(digest) for job, digest in table.items()}
        except (ValueError, AttributeError):
            self._of = {}
        self._forget(jobs)

    def missing(self, jobs: Iterable[UUID], aim: Aim) -> tuple[UUID, ...]:
        """Those that are not kept for just these agents, in this way."""
        digest = _digest(aim)
        return tuple(job for job in jobs if self._of.get(job) != digest)

    def forget(self, jobs: Iterable[UUID]) -> None:
        """These are kept no longer: their queue's rules say so, and the hub obeys them too."""
        for job in jobs:
            self._of.pop(job, None)

    async def add(self, job: UUID, aim: Aim, jobs: Jobs) -> None:
        """It is kept now, durable when it returns."""
        self._forget(jobs)
        self._of[job] = _digest(aim)
        self._of = dict(list(self._of.items())[-MIRRORED_JOBS:])
        await self._state.put(_KEY, json.dumps({str(name): digest for name, digest in self._of.items()}).encode())

    def _forget(self, jobs: Jobs) -> None:
        held = {job.uuid for job in jobs.all() if job.state is JobState.HELD}
        self._of = {job: digest for job, digest in self._of.items() if job in held}


def _digest(aim: Aim) -> str:
    text = "\n".join((aim.where.value, *sorted(f"{reader.agent} {reader.recipient}" for reader in aim.readers)))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
