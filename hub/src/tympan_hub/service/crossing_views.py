"""How crossings look to agents: their standing for the sender, and who lacks an envelope."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from tympan_hub.domain.crossings import UNBEGUN, Addressee, Crossing
from tympan_hub.domain.ids import AgentId, JobId, PrinterId, TenantId
from tympan_hub.domain.jobs import Job
from tympan_hub.ports import Bearer, Unit
from tympan_hub.service.tunnel_readers import readers_of_all
from tympan_hub.service.tunnel_use import crossing_at, handed_at
from tympan_wire import hub as wire
from tympan_wire.hub import CrossingStanding, Reader


def missing_of(crossing: Crossing, sealed: Sequence[Addressee], readers: Sequence[Reader]) -> tuple[Reader, ...]:
    """Those that may print a job and have no envelope they can open; not its sender."""
    there = {(each.agent, each.recipient) for each in sealed}
    return tuple(
        reader
        for reader in readers
        if reader.agent != crossing.sender and (AgentId(reader.agent), reader.recipient) not in there
    )


async def readers_by_printer(
    unit: Unit, tenant: TenantId, names: Collection[PrinterId], now: dt.datetime
) -> Mapping[PrinterId, tuple[Reader, ...]]:
    """Who may print what comes for some printers; nobody at one whose jobs do not go through the hub any more."""
    if not names:
        return {}
    printers = await crossing_at(unit, await unit.printers.some(tenant, names))
    return {**dict.fromkeys(names, ()), **await readers_of_all(unit, tenant, printers, now)}


async def handed_readers(
    unit: Unit, tenant: TenantId, names: Collection[PrinterId], now: dt.datetime
) -> Mapping[PrinterId, tuple[Reader, ...]]:
    """The same of what is handed in for some printers."""
    if not names:
        return {}
    printers = await handed_at(unit, tenant, await unit.printers.some(tenant, names))
    return {**dict.fromkeys(names, ()), **await readers_of_all(unit, tenant, printers, now)}


async def standings_of(
    unit: Unit, bearer: Bearer, jobs: Sequence[JobId], now: dt.datetime
) -> tuple[CrossingStanding, ...]:
    """How jobs fare that an agent sent; those it did not send are absent."""
    found = await unit.crossings.newest(bearer.tenant, jobs)
    theirs = {job: one for job, one in found.items() if one.sender == bearer.agent}
    unbegun = [one for one in theirs.values() if one.state in UNBEGUN]
    readers = await readers_by_printer(unit, bearer.tenant, {one.printer for one in unbegun}, now)
    sealed = await unit.crossings.addressees(bearer.tenant, [one.id for one in unbegun])
    holders = {one.holder for one in theirs.values() if one.holder is not None}
    names = await unit.agents.names(bearer.tenant, holders)
    reported = await unit.jobs.some(bearer.tenant, [one.job for one in theirs.values() if one.was_begun])
    told = []
    for job in jobs:
        one = theirs.get(job)
        if one is None:
            told.append(CrossingStanding(job=job, state=wire.CrossingState.ABSENT))
            continue
        lacking = missing_of(one, sealed.get(one.id, ()), readers[one.printer]) if one.state in UNBEGUN else ()
        told.append(_standing(one, reported.get(job), names, lacking, now))
    return tuple(told)


def _standing(
    one: Crossing, job: Job | None, names: Mapping[AgentId, str], missing: tuple[Reader, ...], now: dt.datetime
) -> CrossingStanding:
    has = one.holder is not None and (one.was_begun or one.is_held(one.holder, now))
    waits = one.state in UNBEGUN and not has
    state = wire.CrossingState.WAITING if waits else wire.CrossingState(one.state.value)
    its = job if job is not None and one.was_begun and job.agent == one.holder and one.is_open else None
    return CrossingStanding(
        job=one.job,
        state=state,
        by=names.get(one.holder, "") if has and one.holder is not None else "",
        impressions=job.impressions_completed if job is not None and job.agent == one.holder else None,
        reason=its.reason if its is not None else one.reason,
        detail=its.detail if its is not None else one.detail,
        missing=missing,
    )
