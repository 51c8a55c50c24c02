"""The ledger: crossings this agent asked to begin with, and the permits the hub gave, durably.

- An entry is written before the hub is asked, and its permit before the job is let go: after a crash the hub is asked
  the same again, and answers the same.
- A job that was begun here once is remembered long after, so that no hub has it begun twice.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import attrs
import trio

from tympan.plugin import KeyValue, PrinterId
from tympan_cloud_tunnel._limits import DONE_KEPT, LEDGER_MOST
from tympan_cloud_tunnel._model import Entry
from tympan_wire.hub import HubMessageError, decode, encode

_KEY = "crossings"


@attrs.frozen(kw_only=True)
class Page:
    """All of it.

    Attributes:
        entries: Crossings that are not over, oldest first.
        done: Jobs that were begun here, oldest first.
    """

    entries: tuple[Entry, ...] = ()
    done: tuple[UUID, ...] = ()


class Ledger:
    """Entries by job."""

    def __init__(self, state: KeyValue) -> None:
        self._state = state
        self._page = Page()
        self._lock = trio.Lock()

    async def open(self) -> None:
        """Takes up what an earlier run kept; what cannot be read permits nothing."""
        kept = await self._state.get(_KEY)
        try:
            self._page = decode(Page, kept) if kept else Page()
        except HubMessageError:
            self._page = Page()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Those that are not over, oldest first."""
        return self._page.entries

    @property
    def full(self) -> bool:
        """Whether there is no room for another."""
        return len(self._page.entries) >= LEDGER_MOST

    def find(self, job: UUID) -> Entry | None:
        """A job's entry."""
        return next((entry for entry in self._page.entries if entry.job == job), None)

    def allows(self, job: UUID, to: PrinterId) -> bool:
        """Whether a job may come out at a device."""
        entry = self.find(job)
        return entry is not None and entry.begun and entry.printer == to

    def was_begun(self, job: UUID) -> bool:
        """Whether a job was begun here once."""
        return job in self._page.done

    async def ask(self, entry: Entry) -> None:
        """The hub is about to be asked for this one; durable when it returns."""
        await self._change(lambda page: _with(page, entry))

    async def permit(self, entry: Entry) -> None:
        """The hub said yes; durable when it returns."""
        begun = attrs.evolve(entry, begun=True)
        await self._change(lambda page: attrs.evolve(_with(page, begun), done=(*page.done, entry.job)[-DONE_KEPT:]))

    async def forget(self, job: UUID) -> None:
        """It is over here, or the hub said no."""
        if self.find(job) is not None:
            await self._change(lambda page: _without(page, job))

    async def _change(self, change: Callable[[Page], Page]) -> None:
        async with self._lock:  # of two changes, the second must not be written without the first
            page = change(self._page)
            await self._state.put(_KEY, encode(page))
            self._page = page


def _with(page: Page, entry: Entry) -> Page:
    others = _without(page, entry.job).entries
    return attrs.evolve(page, entries=(*others, entry))


def _without(page: Page, job: UUID) -> Page:
    return attrs.evolve(page, entries=tuple(entry for entry in page.entries if entry.job != job))
