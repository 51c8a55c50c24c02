"""Which job of a device goes next: the one with the lowest turn of those that are ready to go there.

- A job has one place at a time; one that is sent, held or over has none.
- A job that nobody can decide about now is set aside, so that others go on; brought back, it has the turn it had.
- Places that were left stay in their heap until they come to its top, so no job is ever searched for.
"""

from __future__ import annotations

import heapq
import uuid

from tympan._ids import PrinterId
from tympan._states import JobState
from tympan._values import Job

READY = frozenset({JobState.QUEUED, JobState.WAITING})
"""States from which a job is sent."""

_Turn = tuple[int, int, uuid.UUID]


class Turns:
    """Jobs that are ready, by the printer each goes to."""

    def __init__(self) -> None:
        self._places: dict[uuid.UUID, tuple[PrinterId, _Turn]] = {}
        self._heaps: dict[PrinterId, list[_Turn]] = {}
        self._in_heaps: set[tuple[PrinterId, _Turn]] = set()
        self._aside: set[uuid.UUID] = set()

    def note(self, job: Job) -> None:
        """A job has a new form."""
        if job.state not in READY:
            self.forget(job.uuid)
            return
        if job.uuid in self._aside:
            return
        place = (job.destination, (job.turn or job.number, job.number, job.uuid))
        self._places[job.uuid] = place
        if place not in self._in_heaps:
            self._in_heaps.add(place)
            heapq.heappush(self._heaps.setdefault(place[0], []), place[1])

    def forget(self, job: uuid.UUID) -> None:
        """A job is not ready any more."""
        self._places.pop(job, None)
        self._aside.discard(job)

    def set_aside(self, job: uuid.UUID) -> None:
        """Others go before a job that is ready, until all are brought back."""
        if self._places.pop(job, None) is not None:
            self._aside.add(job)

    def bring_back(self) -> frozenset[uuid.UUID]:
        """Ends that; returns which they were, to be noted again."""
        aside, self._aside = frozenset(self._aside), set()
        return aside

    def next(self, printer: PrinterId) -> uuid.UUID | None:
        """The job whose turn it is at a printer."""
        heap = self._heaps.get(printer, [])
        while heap:
            if self._places.get(heap[0][2]) == (printer, heap[0]):
                return heap[0][2]
            self._in_heaps.discard((printer, heapq.heappop(heap)))
        self._heaps.pop(printer, None)
        return None
