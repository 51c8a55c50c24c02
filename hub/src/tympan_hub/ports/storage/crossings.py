"""Crossings: jobs on their way through the hub, and the envelopes of their keys."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.crossings import Addressee, Crossing, CrossingEnvelope, CrossingState, CrossingTally
from tympan_hub.domain.ids import AgentId, CrossingId, JobId, PersonId, PrinterId, TenantId, UploadId


class Crossings(Protocol):
    """Crossings."""

    async def add(self, tenant: TenantId, crossing: Crossing) -> None:
        """Adds one. Raises ``Conflict`` when its job has an open one already."""
        ...

    async def get(self, tenant: TenantId, crossing: CrossingId) -> Crossing | None:
        """One."""
        ...

    async def newest(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, Crossing]:
        """The last one of each of these jobs."""
        ...

    async def by_upload(self, tenant: TenantId, upload: UploadId) -> Crossing | None:
        """The open one whose bytes these are."""
        ...

    async def keep(self, tenant: TenantId, crossing: Crossing, read: Crossing) -> bool:
        """Replaces the one of that id if its state, fence and lease are still as it was ``read``; tells whether."""
        ...

    async def renew(
        self, tenant: TenantId, agent: AgentId, crossings: Collection[CrossingId], until: dt.datetime
    ) -> None:
        """The leases an agent has on these run out then."""
        ...

    async def held_by(self, tenant: TenantId, agent: AgentId) -> tuple[Crossing, ...]:
        """Those an agent has the newest lease of, or began, and that are open; the oldest first."""
        ...

    async def loads(self, tenant: TenantId, agents: Collection[AgentId], at: dt.datetime) -> Mapping[AgentId, int]:
        """How many each of some agents has; who has none is left out."""
        ...

    async def any_free_for(self, tenant: TenantId, agent: AgentId, at: dt.datetime) -> bool:
        """Whether there is one that an agent may be given then: it has an envelope, and did not just give it back.

        One whose job its sender did not report yet is left out: nobody could be told of its end.
        """
        ...

    async def pick_for(
        self, tenant: TenantId, agent: AgentId, barred: frozenset[PrinterId], at: dt.datetime, most: int
    ) -> tuple[Crossing, ...]:
        """Those of that kind, at no barred printer, that no other unit is giving away just now; the oldest first."""
        ...

    async def unbegun_for(self, tenant: TenantId, agent: AgentId, most: int) -> tuple[Crossing, ...]:
        """Those not begun for which an agent has an envelope, the oldest first."""
        ...

    async def unbegun_of(self, tenant: TenantId, sender: AgentId, most: int) -> tuple[Crossing, ...]:
        """Those not begun that an agent sent, the oldest first."""
        ...

    async def free(self, tenant: TenantId, at: dt.datetime, most: int) -> tuple[Crossing, ...]:
        """Those whose lease has run out, then those that wait for an agent; the oldest of each first."""
        ...

    async def unbegun_but_at(
        self, tenant: TenantId, printers: Collection[PrinterId], handed: Collection[PrinterId], most: int
    ) -> tuple[Crossing, ...]:
        """Those not begun that agents sent for none of these printers, or people handed in for none of those they may
        hand in for; the oldest first.
        """
        ...

    async def waiting_of(self, tenant: TenantId, person: PersonId) -> int:
        """How many not begun a person handed in."""
        ...

    async def any_unbegun(self, tenant: TenantId) -> bool:
        """Whether there is one that was not begun."""
        ...

    async def envelopes(
        self, tenant: TenantId, crossings: Collection[CrossingId]
    ) -> Mapping[CrossingId, tuple[CrossingEnvelope, ...]]:
        """The envelopes of some."""
        ...

    async def addressees(
        self, tenant: TenantId, crossings: Collection[CrossingId]
    ) -> Mapping[CrossingId, tuple[Addressee, ...]]:
        """Who has an envelope of each of some."""
        ...

    async def keys_for(
        self, tenant: TenantId, agent: AgentId, crossings: Collection[CrossingId]
    ) -> Mapping[CrossingId, str]:
        """An agent's envelopes of some."""
        ...

    async def seal(self, tenant: TenantId, crossing: CrossingId, sealed: Collection[CrossingEnvelope]) -> None:
        """Keeps these envelopes of one, in place of what there was for their agents."""
        ...

    async def unseal(self, tenant: TenantId, crossings: Collection[CrossingId]) -> None:
        """Erases the envelopes of these."""
        ...

    async def shut_out(self, tenant: TenantId, agent: AgentId) -> None:
        """Erases the envelopes for an agent."""
        ...

    async def tally(self, tenant: TenantId) -> CrossingTally:
        """How many there are whose bytes lie at the hub, and how many bytes."""
        ...

    async def states(self, tenant: TenantId) -> Mapping[CrossingState, int]:
        """How many open ones there are in each state."""
        ...

    async def crossed(self, tenant: TenantId, jobs: Collection[JobId]) -> frozenset[JobId]:
        """Which of these are in the tunnel, or were there of late."""
        ...

    async def silent(self, tenant: TenantId, before: dt.datetime, most: int) -> tuple[Crossing, ...]:
        """Those begun before then whose agents were not heard of since."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those that ended earlier."""
        ...
