"""Held jobs' wishes, releases, and jobs that were passed on to other agents."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.held import HeldWish
from tympan_hub.domain.ids import AgentId, BatchId, JobId, PersonId, ReleaseId, TenantId
from tympan_hub.domain.releases import Release


class HeldWishes(Protocol):
    """What owners wish of held jobs."""

    async def of(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, HeldWish]:
        """Those of these jobs; jobs of which nothing is wished are left out."""
        ...

    async def put(self, tenant: TenantId, wishes: Collection[HeldWish]) -> None:
        """Keeps these in place of what was wished of their jobs."""
        ...

    async def forget(self, tenant: TenantId, jobs: Collection[JobId]) -> None:
        """Forgets those of these jobs."""
        ...


class Releases(Protocol):
    """Releases."""

    async def add(self, tenant: TenantId, releases: Collection[Release]) -> None:
        """Adds these. Raises ``Conflict`` when one of their jobs has an open one already."""
        ...

    async def get(self, tenant: TenantId, release: ReleaseId) -> Release | None:
        """One."""
        ...

    async def some(self, tenant: TenantId, releases: Collection[ReleaseId]) -> Mapping[ReleaseId, Release]:
        """Those of these ids."""
        ...

    async def batch(self, tenant: TenantId, batches: Collection[BatchId]) -> tuple[Release, ...]:
        """All of some batches, by their place."""
        ...

    async def open_at(self, tenant: TenantId, agent: AgentId) -> tuple[Release, ...]:
        """Those open at an agent, in the order they were asked for."""
        ...

    async def newest(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, Release]:
        """The last one of each of these jobs."""
        ...

    async def unanswered(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, AgentId]:
        """Which agent fetched an order for each of these jobs and did not say that it never began it."""
        ...

    async def open_of(self, tenant: TenantId, person: PersonId, since: dt.datetime) -> tuple[Release, ...]:
        """Those open of a person that were asked for then or later."""
        ...

    async def waiting(self, tenant: TenantId, at: dt.datetime, most: int) -> tuple[Release, ...]:
        """Those that nobody fetched yet and that do not end by then, the oldest first."""
        ...

    async def keep(self, tenant: TenantId, release: Release, read: Release) -> bool:
        """Replaces the one of that id if it still has the state and the fence it was ``read`` with; tells whether."""
        ...

    async def note_held(self, tenant: TenantId, jobs: Collection[JobId], at: dt.datetime | None) -> None:
        """The agents that fetched the open ones of these jobs said first then that they hold them; None: that they
        hold them no more.
        """
        ...

    async def held_since(self, tenant: TenantId, before: dt.datetime, most: int) -> tuple[Release, ...]:
        """Open ones whose agents said before then that they hold the job, and nothing else since."""
        ...

    async def expire(self, tenant: TenantId, at: dt.datetime) -> None:
        """Those not begun by now are over."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...


class PassedOn(Protocol):
    """Jobs that an agent has and that are over there: another one prints them, or their owner deleted them."""

    async def add(self, tenant: TenantId, agent: AgentId, job: JobId, at: dt.datetime) -> None:
        """The agent is to be told of this one until it says that it ended it."""
        ...

    async def at(self, tenant: TenantId, agent: AgentId) -> tuple[JobId, ...]:
        """Those at an agent."""
        ...

    async def remove(self, tenant: TenantId, agent: AgentId, jobs: Collection[JobId]) -> None:
        """The agent ended these."""
        ...
