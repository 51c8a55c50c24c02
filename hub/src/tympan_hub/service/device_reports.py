"""Reports of devices: taken in turn by tenant, in units of their own.

Which device a sighting is of depends on all others, so those of one tenant come one after the other. Whoever waits for
that within this process holds no connection meanwhile: a tenant with many agents would else take all there are. Between
processes the lock of the database decides.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from uuid import UUID
from weakref import WeakValueDictionary

from tympan_hub.domain.ids import TenantId
from tympan_hub.ports import Bearer, Unit, Units
from tympan_hub.service.sightings import take_sightings
from tympan_hub.service.sweeps import take_sweep
from tympan_hub.service.views import PART, settle_views
from tympan_wire.hub import Report, SightingReport, SweepReport


class DeviceReports:
    """Takes what agents tell of devices."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._turns: WeakValueDictionary[TenantId, asyncio.Lock] = WeakValueDictionary()

    async def take(self, bearer: Bearer, reports: Sequence[Report], now: dt.datetime) -> tuple[UUID, ...]:
        """Keeps them durably, and what the agent has in view as it looks now; tells which were taken: all of them."""
        turn = self._turns.setdefault(bearer.tenant, asyncio.Lock())
        async with turn, self._units.writing(PART) as unit:
            known = await unit.report_ids.known(bearer.tenant, bearer.agent, [report.id for report in reports])
            new = list({report.id: report for report in reports if report.id not in known}.values())
            agent = await unit.agents.get(bearer.tenant, bearer.agent)
            if agent is None or agent.revoked_at is not None:  # while this waited: nobody would end what it sees
                new = []
            await _take(unit, bearer, new, now)
            await unit.report_ids.keep(bearer.tenant, bearer.agent, [report.id for report in new], now)
        return tuple(dict.fromkeys(report.id for report in reports))


async def _take(unit: Unit, bearer: Bearer, reports: Sequence[Report], now: dt.datetime) -> None:
    tenant, agent = bearer.tenant, bearer.agent
    seen = [report.finding for report in reports if isinstance(report.finding, SightingReport)]
    if seen:
        await take_sightings(unit, tenant, agent, seen, now)
    for place, report in enumerate(reports):
        if isinstance(sweep := report.finding, SweepReport):
            later = _sightings(reports[place:], sweep.method)
            await take_sweep(unit, tenant, agent, sweep, now, later=later)
    await settle_views(unit, tenant, agent, now)


def _sightings(reports: Sequence[Report], method: str) -> int:
    """How many of these tell of a device seen by a method."""
    findings = (report.finding for report in reports)
    return sum(isinstance(finding, SightingReport) and finding.method == method for finding in findings)
