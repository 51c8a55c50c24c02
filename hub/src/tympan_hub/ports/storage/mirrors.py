"""Mirrored jobs, grants to release jobs while the hub is away, and where agents are reached in their networks."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.grants import Grant
from tympan_hub.domain.ids import AgentId, GrantId, JobId, PrinterId, TenantId, UploadId
from tympan_hub.domain.mirrors import Envelope, Mirror


class Mirrors(Protocol):
    """Mirrored jobs."""

    async def put(self, tenant: TenantId, mirror: Mirror, envelopes: Collection[Envelope]) -> None:
        """Keeps one with the envelopes of its key, in place of what there was of that job; its keepers stay."""
        ...

    async def get(self, tenant: TenantId, job: JobId) -> Mirror | None:
        """One."""
        ...

    async def by_upload(self, tenant: TenantId, upload: UploadId) -> Mirror | None:
        """The one whose bytes these are."""
        ...

    async def readers(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, frozenset[AgentId]]:
        """Who can print each of these: who has an envelope, and keeps the bytes where the hub has none; jobs not
        mirrored are left out.
        """
        ...

    async def envelope(self, tenant: TenantId, job: JobId, agent: AgentId) -> str | None:
        """An agent's envelope of a job's key."""
        ...

    async def over(self, tenant: TenantId, before: dt.datetime, most: int) -> tuple[JobId, ...]:
        """Jobs that are mirrored still although they are over, or were mirrored before then."""
        ...

    async def tally(self, tenant: TenantId) -> int:
        """How many there are."""
        ...

    async def remove(self, tenant: TenantId, jobs: Collection[JobId]) -> tuple[UploadId, ...]:
        """Removes those of these jobs with their envelopes and keepers; what is to be cleared of the store."""
        ...

    async def choose(self, tenant: TenantId, job: JobId, agents: Collection[AgentId]) -> None:
        """These agents shall keep a job's document, and no others; what is known of them stays."""
        ...

    async def keepers(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, Mapping[AgentId, bool]]:
        """Who shall keep each of these, and whether they said that they do; jobs nobody shall keep are left out."""
        ...

    async def kept_by(self, tenant: TenantId, agent: AgentId) -> Mapping[JobId, bool]:
        """What an agent shall keep, the oldest first, and whether it said that it does."""
        ...

    async def tell(self, tenant: TenantId, agent: AgentId, jobs: Collection[JobId]) -> None:
        """An agent says that it keeps these, and no others."""
        ...

    async def erase(self, tenant: TenantId, job: JobId) -> None:
        """The bytes of one are gone from the hub."""
        ...

    async def lying(self, tenant: TenantId) -> tuple[JobId, ...]:
        """Those whose bytes are at the hub."""
        ...

    async def printers(self, tenant: TenantId) -> Mapping[JobId, PrinterId]:
        """Every mirrored job, and the queue it is held at."""
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

    async def ended(self, tenant: TenantId, agent: AgentId, before: dt.datetime) -> Mapping[GrantId, JobId]:
        """Those of an agent that ended earlier, with their jobs."""
        ...

    async def settle(self, tenant: TenantId, grants: Collection[GrantId]) -> None:
        """Forgets these: their agent said what it did with them."""
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
