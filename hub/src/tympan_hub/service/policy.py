"""Policy: switched at the scope of who acts, signed, and told to the agents it concerns.

A scope is the service owner's (the tenant ``SERVICE``), a tenant's, or that of one group of a tenant.
"""

from collections.abc import Mapping

import attrs

from tympan_hub.domain.agents import Touched
from tympan_hub.domain.errors import Changed, Decided, SoAlready
from tympan_hub.domain.ids import SERVICE, CapabilityKey, GroupId, TenantId, capability_key
from tympan_hub.domain.limits.pages import PAGE, PAGE_MOST, USED_LATELY
from tympan_hub.domain.people import Act, Actor, Role
from tympan_hub.domain.policy import (
    AGENT_KEYS,
    DISCOVERY_KEYS,
    HUB_KEYS,
    OWNER_FACTOR,
    PULL_KEYS,
    SECOND_FACTOR,
    TUNNEL_KEYS,
    UPDATE_KEYS,
    Edition,
    Effect,
    Scope,
    Switch,
    Verdict,
    binding,
    next_edition,
)
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Secrets, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.known import check_tenant
from tympan_hub.service.policy_papers import Paper, paper, sealed


class PolicyService:
    """The policy of a tenant or one of its groups, or with the tenant ``SERVICE`` that of the service owner."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._wakeups = wakeups

    async def switch(
        self,
        tenant: TenantId,
        by: Actor,
        key: str,
        verdict: Verdict | None,
        *,
        group: GroupId | None = None,
        read: int | None = None,
    ) -> Edition:
        """Lets the own document say this of a key; None takes the key out.

        Args:
            tenant: Whose document.
            by: Who switches.
            key: What.
            verdict: How.
            group: The group it is for; None for the whole tenant.
            read: Number of the edition that touched the key last, as whoever decides has read it; 0 for none.

        Raises:
            BadInput: No such key is possible.
            NotFound: There is no such group.
            Changed: The key was switched since it was ``read``.
            Conflict: It says so already, or a wider scope has decided.
        """
        by.require(Act.SWITCH_POLICY, tenant)
        wanted = capability_key(key)
        if wanted.startswith(SECOND_FACTOR):
            by.require_making(Role.OWNER if wanted == OWNER_FACTOR else Role.ADMINISTRATOR)
        async with self._units.writing() as unit:
            own = await paper(unit, tenant, group)
            if read is not None:
                await _check_same(own, wanted, read)
            last = await self._last(unit, own, wanted, verdict)
            made = next_edition(tenant, last, wanted, verdict, now=self._clock.now(), by=by.label, group=group)
            signed = made if group else attrs.evolve(made, envelope=sealed(self._secrets, made))
            await own.add(signed)
            await record(unit, tenant, by, "policy.switch", wanted, _told(signed), at=made.issued_at)
        await self._wakeups.send(tenant, LookAgain())
        return signed

    async def effect(
        self, tenant: TenantId, by: Actor, key: str, verdict: Verdict | None, *, group: GroupId | None = None
    ) -> Effect:
        """What a switch would do now, without moving it: how many agents it reaches, and who used it lately."""
        by.require(Act.SEE_POLICY, tenant)
        wanted, since = capability_key(key), self._clock.now() - USED_LATELY
        async with self._units.reading() as unit:
            await paper(unit, tenant, group)
            if group is not None:
                touched = await unit.capability_use.of_group(tenant, group, wanted, since)
            else:
                looked = [await unit.capability_use.of_tenant(one, wanted, since) for one in await _below(unit, tenant)]
                touched = sum(looked, Touched())
        return Effect(verdict=verdict, agents=touched.agents, running=touched.running, used=touched.used)

    async def switches(self, tenant: TenantId, by: Actor, *, group: GroupId | None = None) -> tuple[Switch, ...]:
        """Every key known: of agents, of the hub, and those the document names; by key."""
        by.require(Act.SEE_POLICY, tenant)
        async with self._units.reading() as unit:
            own = await paper(unit, tenant, group)
            current, changes = await own.current(), await own.last_changes()
            wider = await _wider(unit, own)
            agents = await _agents_by_key(unit, tenant)
        rules = current.rules if current else {}
        hub = () if group else (*HUB_KEYS, OWNER_FACTOR) if tenant == SERVICE else HUB_KEYS
        known = {*agents, *AGENT_KEYS, *DISCOVERY_KEYS, *PULL_KEYS, *TUNNEL_KEYS, *UPDATE_KEYS, *hub, *rules}
        return tuple(_switch(key, agents.get(key, Touched()), rules, wider, changes) for key in sorted(known))

    async def history(
        self,
        tenant: TenantId,
        by: Actor,
        *,
        group: GroupId | None = None,
        before: int | None = None,
        limit: int = PAGE,
    ) -> tuple[Edition, ...]:
        """Who changed what and when, newest first; the next page is had with the last one's number as ``before``."""
        by.require(Act.SEE_POLICY, tenant)
        async with self._units.reading() as unit:
            own = await paper(unit, tenant, group)
            return await own.editions(before, max(1, min(limit, PAGE_MOST)))

    async def _last(self, unit: Unit, own: Paper, key: CapabilityKey, verdict: Verdict | None) -> Edition | None:
        if own.tenant != SERVICE:
            await check_tenant(unit, own.tenant)
        last = await own.current()
        if (last.rules.get(key) if last else None) is verdict:
            raise SoAlready(f"the policy says so of {key} already")
        if verdict is not None:
            _check_open(await _wider(unit, own), key)
        return last


def _check_open(wider: Mapping[Scope, Edition | None], key: CapabilityKey) -> None:
    for scope, edition in wider.items():
        if binding(edition, key) is None:
            continue
        if scope is Scope.OWNER:
            raise Decided(f"the service owner has decided about {key}", next_step="Ask the owner of this service.")
        raise Decided(f"it is decided for everybody about {key}", next_step="Take that back first.")


async def _wider(unit: Unit, own: Paper) -> Mapping[Scope, Edition | None]:
    """The documents that win over this one, the widest first."""
    found: dict[Scope, Edition | None] = {}
    if own.tenant != SERVICE:
        found[Scope.OWNER] = await unit.policies.current(SERVICE)
    if own.group is not None:
        found[Scope.TENANT] = await unit.policies.current(own.tenant)
    return found


def _switch(
    key: CapabilityKey,
    having: Touched,
    rules: Mapping[CapabilityKey, Verdict],
    wider: Mapping[Scope, Edition | None],
    changes: Mapping[CapabilityKey, Edition],
) -> Switch:
    binds = next(((scope, verdict) for scope, edition in wider.items() if (verdict := binding(edition, key))), None)
    return Switch(
        key=key,
        agents=having.agents,
        running=having.running,
        verdict=rules.get(key),
        wider=binds[1] if binds else None,
        wider_scope=binds[0] if binds else None,
        changed=changes.get(key),
    )


async def _check_same(own: Paper, key: CapabilityKey, read: int) -> None:
    touched = (await own.last_changes()).get(key)
    if (touched.number if touched else 0) != read:
        raise Changed(f"{key} was switched meanwhile", next_step="Read it again, then decide.")


async def _below(unit: Unit, tenant: TenantId) -> list[TenantId]:
    """The tenants whose agents obey what is said here."""
    return [known.id for known in await unit.directory.tenants()] if tenant == SERVICE else [tenant]


async def _agents_by_key(unit: Unit, tenant: TenantId) -> Mapping[CapabilityKey, Touched]:
    counted: dict[CapabilityKey, Touched] = {}
    for each in await _below(unit, tenant):
        for found in await unit.agents.keys(each):
            touched = Touched(agents=found.agents, running=found.running)
            counted[found.key] = counted.get(found.key, Touched()) + touched
    return counted


def _told(edition: Edition) -> str:
    before = edition.before.value if edition.before else "nothing"
    after = edition.after.value if edition.after else "nothing"
    where = f"group {edition.group}: " if edition.group else ""
    return f"{where}{before} → {after}, number {edition.number}"
