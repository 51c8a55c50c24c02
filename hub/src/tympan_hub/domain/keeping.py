"""How long a tenant keeps its audit log and its jobs: titles go first, then jobs whole.

What jobs put on paper stays in the sums of usage.

Two marks only ever move forward. What was created before a mark is gone, and is not taken again when an agent that was
away for long reports it: it would be counted twice.
"""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.keeping import AUDIT_DAYS_LEAST, JOBS_DAYS, JOBS_DAYS_MOST, TITLES_DAYS


@frozen(kw_only=True)
class Keeping:
    """What a tenant keeps.

    Attributes:
        tenant: Whose.
        jobs_days: Jobs with their stories are kept so many days.
        audit_days: Entries of the audit log so many; None for ever.
        titles_days: Titles of documents so many, at most as long.
        jobs_gone: Jobs created earlier are gone; None while none is.
        titles_gone: The same of titles.
    """

    tenant: TenantId
    jobs_days: int = JOBS_DAYS
    titles_days: int = TITLES_DAYS
    audit_days: int | None = None
    jobs_gone: dt.datetime | None = None
    titles_gone: dt.datetime | None = None

    def due(self, now: dt.datetime) -> "Keeping":
        """The same with its marks where they belong now."""
        jobs, titles = now - dt.timedelta(self.jobs_days), now - dt.timedelta(self.titles_days)
        return attrs.evolve(
            self, jobs_gone=max(self.jobs_gone or jobs, jobs), titles_gone=max(self.titles_gone or titles, titles)
        )

    def is_gone(self, created_at: dt.datetime) -> bool:
        """Whether a job of this time is kept no more."""
        return self.jobs_gone is not None and created_at < self.jobs_gone

    def is_untitled(self, created_at: dt.datetime) -> bool:
        """Whether the title of a job of this time is kept no more."""
        return self.titles_gone is not None and created_at < self.titles_gone


def check_keeping(jobs_days: int, titles_days: int, audit_days: int | None = None) -> None:
    """Raises ``BadInput`` for times nobody keeps anything."""
    if not 1 <= jobs_days <= JOBS_DAYS_MOST:
        raise BadInput(f"jobs are kept 1 to {JOBS_DAYS_MOST} days")
    if not 1 <= titles_days <= jobs_days:
        raise BadInput("titles are kept 1 day or longer, and not longer than their jobs")
    if audit_days is not None and not AUDIT_DAYS_LEAST <= audit_days <= JOBS_DAYS_MOST:
        raise BadInput(f"the audit log is kept for ever, or {AUDIT_DAYS_LEAST} to {JOBS_DAYS_MOST} days")
