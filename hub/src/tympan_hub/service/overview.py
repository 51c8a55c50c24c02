"""The overview of a tenant: today's jobs, and what failed or ends soon, for those who look after it."""

import datetime as dt
from collections.abc import Mapping

from attrs import frozen

from tympan_hub.domain.commands import Command
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.invitations import Invitation
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.limits import INVITATION_SOON, OVERVIEW, OVERVIEW_ROWS
from tympan_hub.domain.people import Act, Actor
from tympan_hub.ports import Clock, Units


@frozen(kw_only=True)
class Overview:
    """What there is to know at a glance.

    Attributes:
        jobs: How many jobs since the moment asked for stand where.
        failed: Commands that failed within a week and were not asked for anew, the last one first.
        ending: Invitations that end soon, unused; () for those who do not invite.
    """

    jobs: Mapping[Standing, int]
    failed: tuple[Command, ...] = ()
    ending: tuple[Invitation, ...] = ()


class OverviewService:
    """The overview."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def look(self, tenant: TenantId, by: Actor, since: dt.datetime) -> Overview:
        """What there is to know; jobs are counted from ``since`` on."""
        by.require(Act.SEE_ALL_JOBS, tenant)
        now = self._clock.now()
        async with self._units.reading() as unit:
            jobs = await unit.jobs.tally(tenant, since)
            failed = await unit.commands.failed(tenant, now - OVERVIEW, OVERVIEW_ROWS)
            invited = await unit.invitations.all(tenant) if by.may(Act.MANAGE_PEOPLE, tenant) else ()
        return Overview(
            jobs=jobs,
            failed=failed,
            ending=tuple(one for one in invited if one.ending(now) is None and one.expires_at <= now + INVITATION_SOON),
        )
