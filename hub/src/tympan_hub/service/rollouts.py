"""Updates, for the people who look after them: versions in the fleet, rings, and what was stopped and why."""

from collections.abc import Mapping

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput, Decided, NotFound, SoAlready
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.limits.updates import STOPS_SHOWN, UPDATE_SILENT
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import (
    InFleet,
    Installed,
    Stop,
    Toll,
    Update,
    UpdateRules,
    check_rules,
    check_subject,
    named,
)
from tympan_hub.domain.wakes import LookAtUpdates
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.ports.update_repository import Contents, UpdateRepository
from tympan_hub.service.audit import record
from tympan_hub.service.known import check_same, check_tenant, known_agent
from tympan_hub.service.update_gate import floor_of, rules_of


@frozen(kw_only=True)
class StopShown:
    """A version that was stopped, and how those fare now that took it."""

    stop: Stop
    now: Toll


@frozen(kw_only=True)
class Rollout:
    """How updates stand in a tenant.

    Attributes:
        rules: What the tenant says.
        floor: What the service owner says for everybody.
        groups: The groups of its rings, by their ids; one that is gone is left out.
        versions: How many computers have which version.
        stops: Versions that were stopped, those that hold first.
        troubles: Updates that did not go well, the latest first.
        agents: Names of their computers.
        contents: What the hub's own repository holds; None where it has none.
    """

    rules: UpdateRules
    floor: UpdateFloor
    groups: Mapping[str, Group]
    versions: tuple[InFleet, ...]
    stops: tuple[StopShown, ...]
    troubles: tuple[Update, ...]
    agents: Mapping[AgentId, str]
    contents: Contents | None


class RolloutService:
    """Updates of a tenant."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps, repository: UpdateRepository | None) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._repository = repository

    async def look(self, tenant: TenantId, by: Actor) -> Rollout:
        """All of it."""
        by.require(Act.SEE_AGENTS, tenant)
        silent = self._clock.now() - UPDATE_SILENT
        async with self._units.reading() as unit:
            floor = await floor_of(unit)
            rules = await rules_of(unit, tenant)
            stops = await unit.updates.stops(tenant, STOPS_SHOWN)
            troubles = await unit.updates.troubled(tenant, silent, PAGE)
            names = await unit.agents.names(tenant, {update.agent for update in troubles})
            shown = [
                StopShown(stop=stop, now=await unit.updates.toll(tenant, stop.subject, stop.version, None, silent))
                for stop in stops
            ]
            groups = {group.id: group for group in await unit.groups.all(tenant)}
            versions = await unit.updates.versions(tenant)
        return Rollout(
            rules=rules,
            floor=floor,
            groups={name: groups[name] for name in (*rules.canary, *rules.early) if name in groups},
            versions=versions,
            stops=tuple(shown),
            troubles=troubles,
            agents=names,
            contents=await self._contents(),
        )

    async def rules(self, tenant: TenantId, by: Actor) -> UpdateRules:
        """What a tenant says of updates."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            return await rules_of(unit, tenant)

    async def bound_by(self, tenant: TenantId, by: Actor) -> tuple[UpdateRules, UpdateFloor]:
        """The same, with what the service owner says for everybody."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            return await rules_of(unit, tenant), await floor_of(unit)

    async def change(
        self, tenant: TenantId, by: Actor, rules: UpdateRules, *, read: UpdateRules | None = None
    ) -> UpdateRules:
        """Says something else.

        Args:
            tenant: Whose computers.
            by: Who says it.
            rules: What.
            read: What they were as whoever decides read them; None for whatever they are now.

        Raises:
            BadInput: Nobody can mean that, or there is no such group.
            Changed: Somebody else changed them meanwhile.
            SoAlready: They are so.
            Decided: The service owner allows no version as new as the pin.
        """
        by.require(Act.MANAGE_AGENTS, tenant)
        check_rules(rules)
        async with self._units.writing() as unit:
            await check_tenant(unit, tenant)
            known = await rules_of(unit, tenant)
            check_same(known, read)
            if rules.pin and rules.pin != known.pin and not (await floor_of(unit)).allows("", rules.pin):
                raise Decided(
                    "the service owner allows no version as new as this", next_step="Ask the owner of this service."
                )
            if known == rules:
                raise SoAlready("it is said so already")
            await _check_groups(unit, tenant, rules, known)
            await unit.updates.keep_rules(tenant, rules)
            await record(unit, tenant, by, "update.rules", "updates", _told(known, rules), at=self._clock.now())
        await self._wakeups.send(tenant, LookAtUpdates())
        return rules

    async def stop(self, tenant: TenantId, by: Actor, subject: str, version: str) -> Stop:
        """Stops a version by hand: no further computer takes it.

        Raises:
            BadInput: It is no version.
            SoAlready: It is stopped.
        """
        by.require(Act.MANAGE_AGENTS, tenant)
        check_subject(subject, version)
        now = self._clock.now()
        async with self._units.writing() as unit:
            await check_tenant(unit, tenant)
            known = await unit.updates.stop(tenant, subject, version)
            if known is not None and known.holds:
                raise SoAlready("this version is stopped already")
            toll = await unit.updates.toll(tenant, subject, version, None, now - UPDATE_SILENT)
            stop = Stop(tenant=tenant, subject=subject, version=version, at=now, by=by.label, toll=toll)
            await unit.updates.keep_stop(tenant, stop)
            await record(unit, tenant, by, "update.stop", stop.name, "by hand", at=now)
        await self._wakeups.send(tenant, LookAtUpdates())
        return stop

    async def go_on(self, tenant: TenantId, by: Actor, subject: str, version: str) -> Stop:
        """Lets a stopped version go on: only those that take it from now on can stop it again.

        Raises:
            NotFound: It was never stopped.
            SoAlready: It goes on.
        """
        by.require(Act.MANAGE_AGENTS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await unit.updates.stop(tenant, subject, version)
            if known is None:
                raise NotFound("this version was never stopped", next_step="Look at the list again.")
            if not known.holds:
                raise SoAlready("this version goes on already")
            ended = attrs.evolve(known, ended_at=now, ended_by=by.label)
            await unit.updates.keep_stop(tenant, ended)
            await record(unit, tenant, by, "update.go-on", named(subject, version), "", at=now)
        await self._wakeups.send(tenant, LookAtUpdates())
        return ended

    async def of_agent(
        self, tenant: TenantId, by: Actor, agent: AgentId
    ) -> tuple[Installed | None, tuple[Update, ...]]:
        """What an agent told of its versions, and the last update of each subject; raises ``NotFound``."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            await known_agent(unit, tenant, agent)
            return await unit.updates.installed(tenant, agent), await unit.updates.of_agent(tenant, agent)

    async def _contents(self) -> Contents | None:
        return await self._repository.contents() if self._repository else None


async def _check_groups(unit: Unit, tenant: TenantId, rules: UpdateRules, known: UpdateRules) -> None:
    """New groups must be there; one that is gone meanwhile may stay where it is."""
    there = {group.id for group in await unit.groups.all(tenant)} | set(known.canary) | set(known.early)
    if not there.issuperset((*rules.canary, *rules.early)):
        raise BadInput("there is no such group", next_step="Choose one of the list.", field="canary")


def _told(before: UpdateRules, after: UpdateRules) -> str:
    changed = [one.name for one in attrs.fields(UpdateRules) if getattr(before, one.name) != getattr(after, one.name)]
    return ", ".join(f"{name}: {_word(getattr(before, name))} → {_word(getattr(after, name))}" for name in changed)


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value) or "none"
    return "none" if value in ("", None) else str(value)
