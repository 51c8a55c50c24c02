"""The overview of a tenant: today's jobs, and what failed or ends soon, for those who look after it."""

import datetime as dt
from collections.abc import Mapping

from attrs import frozen

from tympan_hub.domain.agents import Agent, AgentFilter
from tympan_hub.domain.commands import Command
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.invitations import Invitation
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.key_book import KeyEntry, KeyEvent
from tympan_hub.domain.limits.agents import SILENT
from tympan_hub.domain.limits.pages import CALLS, OVERVIEW, OVERVIEW_ROWS
from tympan_hub.domain.limits.people import INVITATION_SOON
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.serving import Served
from tympan_hub.domain.updates import Stop
from tympan_hub.ports import Clock, Unit, Units
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.serving import served_all


@frozen(kw_only=True)
class Computers:
    """A tenant's computers at a glance.

    Attributes:
        total: How many there are; those revoked are left out.
        connected: How many of them are connected.
        troubled: Some that say that they need a person, by name.
        troubled_total: How many say so.
        silent: Some others that were not heard of for a day or longer, by name.
        silent_total: How many those are.
    """

    total: int = 0
    connected: int = 0
    troubled: tuple[Agent, ...] = ()
    troubled_total: int = 0
    silent: tuple[Agent, ...] = ()
    silent_total: int = 0


@frozen(kw_only=True)
class Overview:
    """What there is to know at a glance.

    Attributes:
        jobs: How many jobs since the moment asked for stand where.
        failed: Commands that failed within a week and were not asked for anew, the last one first.
        ending: Invitations that end soon, unused; () for those who do not invite.
        computers: The computers, for those who see them.
        keys: Keys that changed and wait for an administrator, for those who confirm them.
        few: Printers whose jobs go through the hub and that one agent or none prints for, by name; as the computers.
        stopped: Versions that the hub stopped by itself, for those who decide whether they go on.
    """

    jobs: Mapping[Standing, int]
    failed: tuple[Command, ...] = ()
    ending: tuple[Invitation, ...] = ()
    computers: Computers = Computers()
    keys: tuple[KeyEntry, ...] = ()
    few: tuple[Served, ...] = ()
    stopped: tuple[Stop, ...] = ()


class OverviewService:
    """The overview."""

    def __init__(self, units: Units, clock: Clock, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._presence = presence

    async def look(self, tenant: TenantId, by: Actor, since: dt.datetime) -> Overview:
        """What there is to know; jobs are counted from ``since`` on."""
        by.require(Act.SEE_ALL_JOBS, tenant)
        now = self._clock.now()
        async with self._units.reading() as unit:
            jobs = await unit.jobs.tally(tenant, since)
            failed = await unit.commands.failed(tenant, now - OVERVIEW, OVERVIEW_ROWS)
            invited = await unit.invitations.all(tenant) if by.may(Act.MANAGE_PEOPLE, tenant) else ()
            computers = await self._computers(unit, tenant, now) if by.may(Act.SEE_AGENTS, tenant) else Computers()
            served = await served_all(unit, self._presence, tenant, now) if by.may(Act.SEE_AGENTS, tenant) else ()
            waiting = await unit.key_book.waiting(tenant, CALLS) if by.may(Act.MANAGE_AGENTS, tenant) else ()
            stops = await unit.updates.stops(tenant, CALLS) if by.may(Act.MANAGE_AGENTS, tenant) else ()
        return Overview(
            jobs=jobs,
            failed=failed,
            computers=computers,
            keys=tuple(entry for entry in waiting if entry.event is KeyEvent.CHANGED),
            few=tuple(one for one in served if one.is_few),
            stopped=tuple(stop for stop in stops if stop.holds and not stop.by),
            ending=tuple(one for one in invited if one.ending(now) is None and one.expires_at <= now + INVITATION_SOON),
        )

    async def _computers(self, unit: Unit, tenant: TenantId, now: dt.datetime) -> Computers:
        troubled = AgentFilter(revoked=False, troubled=True, limit=CALLS)
        # One that is connected asks for a new token far more often than once a day.
        silent = AgentFilter(revoked=False, troubled=False, silent_since=now - SILENT, limit=CALLS)
        total = await unit.agents.count(tenant)
        return Computers(
            total=total,
            connected=min(total, await self._presence.tally(unit, tenant)),
            troubled=await unit.agents.find(tenant, troubled),
            troubled_total=await unit.agents.tally(tenant, troubled),
            silent=await unit.agents.find(tenant, silent),
            silent_total=await unit.agents.tally(tenant, silent),
        )
