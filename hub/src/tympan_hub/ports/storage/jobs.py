"""Jobs as reported, and the reports that were taken."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

from tympan_hub.domain.ids import AgentId, JobId, PrinterId, TenantId
from tympan_hub.domain.jobs import Job, JobFilter, Owner, Standing, StoryLine
from tympan_hub.domain.usage import Counted, KnownJob


class Jobs(Protocol):
    """Jobs as reported."""

    async def known(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, KnownJob]:
        """Who reports each of these, and what is kept of it; those not known are left out."""
        ...

    async def put(self, tenant: TenantId, jobs: Collection[Job], counted: Mapping[JobId, Counted]) -> frozenset[JobId]:
        """Keeps these and what each has put into the sums, unless what was kept is newer or another agent's.

        Tells which were kept: one may have been given to another agent since it was read.
        """
        ...

    async def get(self, tenant: TenantId, job: JobId) -> Job | None:
        """One, with its story."""
        ...

    async def some(self, tenant: TenantId, jobs: Collection[JobId]) -> Mapping[JobId, Job]:
        """Those of these ids, without their stories."""
        ...

    async def find(self, tenant: TenantId, wanted: JobFilter, titles_of: Owner | None) -> tuple[Job, ...]:
        """Jobs without their stories, newest first, and one more than the limit when there are more.

        Text is looked for in the titles of ``titles_of``'s jobs alone; with None in all.
        """
        ...

    async def held(self, tenant: TenantId, owner: Owner, limit: int) -> tuple[Job, ...]:
        """Jobs of an owner that are held, without their stories, oldest first."""
        ...

    async def holders(self, tenant: TenantId, printers: Collection[PrinterId]) -> Mapping[AgentId, int]:
        """Agents that hold jobs for these printers, and how many."""
        ...

    async def overdue(self, tenant: TenantId, at: dt.datetime, limit: int) -> tuple[Job, ...]:
        """Held jobs that expired before, without their stories."""
        ...

    async def give(self, tenant: TenantId, job: Job, agent: AgentId) -> bool:
        """From now on this agent reports a job, beginning anew; what its story was until then is kept before it.

        Tells whether it does: not where anything was reported of the job since it was read.
        """
        ...

    async def cancel(self, tenant: TenantId, job: JobId, line: StoryLine) -> bool:
        """A held job is over although its agent did not say so; the line is added to its story.

        Tells whether it is: not where it is held no more by now.
        """
        ...

    async def lose(self, tenant: TenantId, job: JobId, line: StoryLine) -> bool:
        """A job is over as nobody tells of it; the line is added to its story, and what its agent says later counts.

        Tells whether it is: not where it was over already.
        """
        ...

    async def tally(self, tenant: TenantId, since: dt.datetime) -> Mapping[Standing, int]:
        """How many jobs created then or later stand where."""
        ...


class ReportIds(Protocol):
    """Ids of reports that were taken."""

    async def known(self, tenant: TenantId, agent: AgentId, ids: Collection[UUID]) -> frozenset[UUID]:
        """Which of these were taken before."""
        ...

    async def keep(self, tenant: TenantId, agent: AgentId, ids: Collection[UUID], at: dt.datetime) -> None:
        """These are taken now."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those taken earlier."""
        ...
