"""How the ways of finding devices stand: whether each is on, who switched it off and when, and where it does not run.

A tenant's people are told that the service owner decided, not which person that was.
"""

import datetime as dt
from collections.abc import Collection, Mapping

from attrs import frozen

from tympan_hub.domain.agents import KeyInUse
from tympan_hub.domain.ids import SERVICE, CapabilityKey, TenantId
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.policy import DISCOVERY_KEYS, Edition, Scope, Verdict, binding
from tympan_hub.ports import Unit, Units


@frozen(kw_only=True)
class SwitchedOff:
    """Who switched something off, and when.

    Attributes:
        scope: Whose document says so.
        by: Which person; "" for the service owner.
        at: When.
        group: Name of the group whose document it is; "" when it is no group's.
    """

    scope: Scope
    by: str = ""
    at: dt.datetime
    group: str = ""


@frozen(kw_only=True)
class MethodStanding:
    """How one way of finding devices stands in a tenant.

    Attributes:
        key: Its capability.
        off: Who switched it off for everybody; None while it is on, or left to users.
        groups: Who switched it off for groups, where it is not off for everybody.
        agents: Agents that have it.
        running: Those on which it runs now.
    """

    key: CapabilityKey
    off: SwitchedOff | None = None
    groups: tuple[SwitchedOff, ...] = ()
    agents: int = 0
    running: int = 0


class DiscoveryService:
    """Ways of finding devices."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def methods(self, tenant: TenantId, by: Actor) -> tuple[MethodStanding, ...]:
        """All of them."""
        by.require(Act.SEE_SCANS, tenant)
        async with self._units.reading() as unit:
            in_use = {used.key: used for used in await unit.agents.keys(tenant)}
            everybody = await _for_everybody(unit, tenant)
            groups = await _for_groups(unit, tenant, [key for key in DISCOVERY_KEYS if key not in everybody])
        return tuple(_standing(key, everybody, groups, in_use.get(key)) for key in DISCOVERY_KEYS)


async def _for_everybody(unit: Unit, tenant: TenantId) -> Mapping[CapabilityKey, SwitchedOff | None]:
    """What is decided for everybody: who switched it off, None where it is on. The owner's word comes first."""
    found: dict[CapabilityKey, SwitchedOff | None] = {}
    for scope, whose in ((Scope.OWNER, SERVICE), (Scope.TENANT, tenant)):
        current = await unit.policies.current(whose)
        bound = {key: verdict for key in DISCOVERY_KEYS if key not in found and (verdict := binding(current, key))}
        changes = await unit.policies.last_changes(whose) if Verdict.OFF in bound.values() else {}
        for key, verdict in bound.items():
            found[key] = _off(scope, changes[key]) if verdict is Verdict.OFF else None
    return found


async def _for_groups(
    unit: Unit, tenant: TenantId, keys: Collection[CapabilityKey]
) -> Mapping[CapabilityKey, tuple[SwitchedOff, ...]]:
    """What groups switched off of that on which nothing is decided for everybody."""
    found: dict[CapabilityKey, tuple[SwitchedOff, ...]] = {}
    for group in await unit.groups.all(tenant):
        current = await unit.group_policies.current(tenant, group.id)
        off = [key for key in keys if binding(current, key) is Verdict.OFF]
        changes = await unit.group_policies.last_changes(tenant, group.id) if off else {}
        for key in off:
            found[key] = (*found.get(key, ()), _off(Scope.GROUP, changes[key], group.name))
    return found


def _off(scope: Scope, edition: Edition, group: str = "") -> SwitchedOff:
    by = "" if scope is Scope.OWNER else edition.by
    return SwitchedOff(scope=scope, by=by, at=edition.issued_at, group=group)


def _standing(
    key: CapabilityKey,
    everybody: Mapping[CapabilityKey, SwitchedOff | None],
    groups: Mapping[CapabilityKey, tuple[SwitchedOff, ...]],
    used: KeyInUse | None,
) -> MethodStanding:
    return MethodStanding(
        key=key,
        off=everybody.get(key),
        groups=groups.get(key, ()),
        agents=used.agents if used else 0,
        running=used.running if used else 0,
    )
