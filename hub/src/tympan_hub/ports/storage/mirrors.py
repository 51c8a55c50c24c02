"""Mirrored jobs, grants to release jobs while the hub is away, and where agents are reached in their networks."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.grants import Grant
from tympan_hub.domain.ids import AgentId, GrantId, JobId, TenantId, UploadId
from tympan_hub.domain.mirrors import Envelope, Mirror


class Mirrors(Protocol):
    """Mirrored jobs."""

    async def put(self, tenant: TenantId, mirror: Mirror, envelopes: Collection[Envelope]) -> None:
        """Keeps one with the envelopes of its key, in place of what there was of that job."""
        ...

    async def get(self, tenant: TenantId, job: JobId) -> Mirror | None:
        """One."""
        ...

    async def by_upload(self, tenant: TenantId, upload: UploadId) -> Mirror | None:
        """The one whose bytes these are."""
        ...

    async def readers(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, frozenset[AgentId]]:
        """Who has an envelope of each of these; jobs not mirrored are left out."""
        ...

    async def envelope(self, tenant: TenantId, job: JobId, agent: AgentId) -> str | None:
        """An agent's envelope of a job's key."""
        ...

    async def over(self, tenant: TenantId, most: int) -> tuple[JobId, ...]:
        """Jobs that are mirrored still although they are over."""
        ...

    async def tally(self, tenant: TenantId) -> int:
        """How many there are."""
        ...

    async def remove(self, tenant: TenantId, jobs: Collection[JobId]) -> tuple[UploadId, ...]:
        """Removes those of these jobs with their envelopes; what is to be cleared of the store."""
        ...


class Grants(Protocol):
    """Grants that were given."""

    async def add(self, tenant: TenantId, grants: Collection[Grant]) -> None:
        """Adds these."""
        ...

    async def get(self, tenant: TenantId, grant: GrantId) -> Grant | None:
        """One."""
        ...

    async def of(self, tenant: TenantId, jobs: Collection[JobId], at: dt.datetime) -> Mapping[JobId, Grant]:
        """The one of each of these jobs that is good the longest, of those that are good then."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...


class NearDoors(Protocol):
    """Where agents said that phones of their networks reach them."""

    async def put(self, tenant: TenantId, agent: AgentId, doors: tuple[str, ...], at: dt.datetime) -> None:
        """An agent says where it is reached; nowhere forgets it."""
        ...

    async def of(
        self, tenant: TenantId, agents: Collection[AgentId], since: dt.datetime
    ) -> Mapping[AgentId, tuple[str, ...]]:
        """What those of some agents said that said it then or later."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets what was said earlier."""
        ...
