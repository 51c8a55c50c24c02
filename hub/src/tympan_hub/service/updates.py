"""Updates, for the agents: what one tells is kept and judged, and it is told its ring and what it must not take.

- What did not change is not written: an agent that asks every hour is a reading.
- An agent tells of itself alone. What it says reaches other computers of its tenant in one way: enough of them can stop
  a version. None can start one.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Final

import attrs

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.domain.limits.updates import (
    REASON_CHARS,
    STOPS_SHOWN,
    UPDATE_SILENT,
    UPDATES_ASKED_S,
    UPDATES_HEARD,
    UPDATES_SPREAD_S,
)
from tympan_hub.domain.text import plain
from tympan_hub.domain.update_floor import offered
from tympan_hub.domain.updates import (
    Installed,
    Ring,
    Step,
    Stop,
    Update,
    UpdateRules,
    check_subject,
)
from tympan_hub.domain.wakes import LookAtUpdates
from tympan_hub.ports import Bearer, Clock, Unit, Units, WakeUps
from tympan_hub.ports.update_repository import UpdateRepository
from tympan_hub.service.update_gate import floor_of, judge, rules_of
from tympan_wire import hub as wire
from tympan_wire.hub import UPDATES_TOLD, UpdatesRequest, UpdatesWanted, UpdateTold, UpdateWindow, Weekday

_COMING: Final = frozenset({Step.FETCHED, Step.CHECKED, Step.SWITCHING})
"""Steps of a version that is not taken yet."""

_MISSING_TOLD: Final = 100
"""Plugins named as missing; an agent has some dozens."""


class UpdateService:
    """Updates of agents."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps, repository: UpdateRepository | None) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._repository = repository

    async def of(self, bearer: Bearer, request: UpdatesRequest) -> UpdatesWanted:
        """Keeps what an agent tells, and says what is wanted of it; raises ``BadInput`` for what cannot be meant."""
        now = self._clock.now()
        told = _updates(bearer, request, now)
        async with self._units.reading() as unit:
            floor = await floor_of(unit)
            rules, ring = await _ring(unit, bearer)
            stops = await unit.updates.stops(bearer.tenant, STOPS_SHOWN)
            beyond = await _beyond(unit, bearer.tenant, stops, told)
        kept_back = floor.kept_back([*_meant(told), *await self._named(ring)]) | beyond
        rules = floor.over(rules)
        told = tuple(_as_answered(update, _wanted(rules, ring, stops, kept_back)) for update in told)
        async with self._units.reading() as unit:
            fresh = await _is_fresh(unit, bearer, _installed(bearer, request, ring, now), told)
        if fresh:
            stops = await self._take(bearer, request, told, now)
        return _wanted(rules, ring, stops, kept_back)

    async def _named(self, ring: Ring) -> Collection[tuple[str, str]]:
        """What the ring's channel in the hub's own repository names."""
        contents = await self._repository.contents() if self._repository else None
        channel = contents.channels.get(ring) if contents else None
        return offered(channel.agent, channel.plugins) if channel else ()

    async def _take(
        self, bearer: Bearer, request: UpdatesRequest, updates: tuple[Update, ...], now: dt.datetime
    ) -> tuple[Stop, ...]:
        tenant, agent = bearer.tenant, bearer.agent
        async with self._units.writing(f"agent {agent}") as unit:
            _, ring = await _ring(unit, bearer)
            known = {update.subject: update for update in await unit.updates.of_agent(tenant, agent)}
            told = [_later(update, known.get(update.subject)) for update in updates]
            await unit.agents.saw(tenant, agent, now)
            await unit.updates.keep_installed(tenant, _installed(bearer, request, ring, now))
            await unit.updates.keep(tenant, agent, told)
        versions = {(update.subject, update.version) for update in told}
        async with self._units.writing() as unit:  # of the tenant: two that are told at once are counted one by one
            stopped = await judge(unit, tenant, versions, now)
            stops = await unit.updates.stops(tenant, STOPS_SHOWN)
        if stopped:
            await self._wakeups.send(tenant, LookAtUpdates())
        return stops

    async def round(self) -> None:
        """Looks for agents that fell silent as they switched, and for what was told and not judged."""
        async with self._units.reading() as unit:
            tenants = [tenant.id for tenant in await unit.directory.tenants()]
        for tenant in tenants:
            if tenant != SERVICE:
                await self._look(tenant)

    async def _look(self, tenant: TenantId) -> None:
        now = self._clock.now()
        async with self._units.reading() as unit:
            versions = await unit.updates.suspects(tenant, now - UPDATE_SILENT)
        if not versions:
            return
        async with self._units.writing() as unit:
            stopped = await judge(unit, tenant, versions, now)
        if stopped:
            await self._wakeups.send(tenant, LookAtUpdates())


async def _ring(unit: Unit, bearer: Bearer) -> tuple[UpdateRules, Ring]:
    rules = await rules_of(unit, bearer.tenant)
    if not rules.canary and not rules.early:
        return rules, Ring.ALL
    groups = await unit.group_agents.of_agent(bearer.tenant, bearer.agent)
    return rules, rules.ring([group.id for group in groups])


async def _beyond(
    unit: Unit, tenant: TenantId, stops: tuple[Stop, ...], told: Collection[Update]
) -> frozenset[tuple[str, str]]:
    """What an agent is about to take and is stopped, but stands no more in a list that is full.

    Agents that invent versions which went wrong fill it, and would push a true one out.
    """
    if len(stops) < STOPS_SHOWN:
        return frozenset()
    found = [await unit.updates.stop(tenant, *each) for each in _meant(told)]
    return frozenset((stop.subject, stop.version) for stop in found if stop is not None and stop.holds)


async def _is_fresh(unit: Unit, bearer: Bearer, installed: Installed, told: tuple[Update, ...]) -> bool:
    """Whether anything is to be written."""
    known = await unit.updates.installed(bearer.tenant, bearer.agent)
    if known is None or known.heard_at < installed.heard_at - UPDATES_HEARD:
        return True
    if attrs.evolve(known, heard_at=installed.heard_at) != installed:
        return True
    kept = await unit.updates.of_agent(bearer.tenant, bearer.agent)
    fresh = {update.subject: update for update in told}
    return {one.subject: attrs.evolve(one, told_at=installed.heard_at) for one in kept} != fresh


def _later(update: Update, known: Update | None) -> Update:
    return attrs.evolve(update, told_at=known.told_at) if known and update.is_same(known) else update


def _installed(bearer: Bearer, request: UpdatesRequest, ring: Ring, now: dt.datetime) -> Installed:
    check_subject("", request.installed)
    if request.previous:
        check_subject("", request.previous)
    if len(request.plugins) > UPDATES_TOLD:
        raise BadInput(f"at most {UPDATES_TOLD} plugins are told of")
    for plugin in request.plugins:
        check_subject(plugin.distribution, plugin.version)
    return Installed(
        agent=bearer.agent,
        installed=request.installed,
        previous=request.previous,
        able=request.able,
        why_not=plain(request.why_not, REASON_CHARS),
        healthy=request.healthy,
        trouble=plain(request.trouble, REASON_CHARS),
        plugins={plugin.distribution: plugin.version for plugin in request.plugins},
        ring=ring,
        heard_at=now,
    )


def _updates(bearer: Bearer, request: UpdatesRequest, now: dt.datetime) -> tuple[Update, ...]:
    if len(request.updates) > UPDATES_TOLD:
        raise BadInput(f"at most {UPDATES_TOLD} updates are told of")
    told = {update.subject: _update(bearer, update, now) for update in request.updates}
    return tuple(told.values())


def _update(bearer: Bearer, told: UpdateTold, now: dt.datetime) -> Update:
    check_subject(told.subject, told.version)
    return Update(
        agent=bearer.agent,
        subject=told.subject,
        version=told.version,
        step=Step(told.step.value),
        reason=plain(told.reason, REASON_CHARS),
        missing=tuple(plain(one, REASON_CHARS) for one in told.missing[:_MISSING_TOLD]),
        at=told.at,
        told_at=now,
    )


def _meant(told: Collection[Update]) -> Iterable[tuple[str, str]]:
    """What a computer is about to take, as it says."""
    return ((update.subject, update.version) for update in told if update.step in _COMING)


def _as_answered(update: Update, wanted: UpdatesWanted) -> Update:
    """An agent asks as it is about to switch, and does not where the answer holds it back: it took nothing."""
    held = wire.StoppedVersion(subject=update.subject, version=update.version) in wanted.stopped
    elsewhere = update.subject == "" and wanted.pin not in ("", update.version)
    if update.step is Step.SWITCHING and (wanted.paused or held or elsewhere):
        return attrs.evolve(update, step=Step.CHECKED)
    return update


def _wanted(
    rules: UpdateRules, ring: Ring, stops: tuple[Stop, ...], kept_back: frozenset[tuple[str, str]]
) -> UpdatesWanted:
    window = rules.window
    held = kept_back | {(stop.subject, stop.version) for stop in stops if stop.holds}
    return UpdatesWanted(
        ring=wire.Ring(ring.value),
        repository=rules.repository,
        paused=rules.paused,
        pin=rules.pin,
        window=UpdateWindow(
            days=tuple(Weekday(day.value) for day in window.days), begin_min=window.begin_min, end_min=window.end_min
        )
        if window
        else None,
        stopped=tuple(wire.StoppedVersion(subject=subject, version=version) for subject, version in sorted(held)),
        every_s=UPDATES_ASKED_S,
        spread_s=UPDATES_SPREAD_S,
    )
