"""How many sides somebody may still release this month at each queue that counts them."""

import datetime as dt
from collections.abc import Mapping

from tympan_hub.domain.fitting import sides_of
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import Person
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.usage import By, UsageFilter
from tympan_hub.ports import Unit


async def left_of(
    unit: Unit, tenant: TenantId, by: Person, queues: Mapping[str, PullSettings], now: dt.datetime
) -> dict[str, int]:
    """What is left at those queues that have a quota; what is under way counts already."""
    counting = {printer: queue.pages_a_month for printer, queue in queues.items() if queue.pages_a_month is not None}
    if not counting:
        return {}
    today = now.astimezone(dt.UTC).date()
    begin = today.replace(day=1)
    under_way = await _under_way(unit, tenant, by, dt.datetime.combine(begin, dt.time(), dt.UTC))
    left = {}
    for printer, most in counting.items():
        wanted = UsageFilter(since=begin, until=today, person=by.id, login=by.login, printer=printer)
        rows = await unit.usage.sums(tenant, wanted, By.PRINTER, 1)
        left[printer] = most - sum(row.tally.impressions for row in rows) - under_way.get(printer, 0)
    return left


async def _under_way(unit: Unit, tenant: TenantId, by: Person, since: dt.datetime) -> dict[str, int]:
    releases = await unit.releases.open_of(tenant, by.id, since)
    jobs = await unit.jobs.some(tenant, [release.job for release in releases])
    sides: dict[str, int] = {}
    for release in releases:
        if (job := jobs.get(release.job)) is not None:
            sides[job.printer] = sides.get(job.printer, 0) + sides_of(job, release.changes)
    return sides
