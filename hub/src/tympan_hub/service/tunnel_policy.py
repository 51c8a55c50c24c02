"""Whether policy lets an agent have something of the tunnel, as far as the hub can tell."""

from tympan_hub.domain.ids import SERVICE, CapabilityKey
from tympan_hub.domain.policy import Verdict, binding
from tympan_hub.ports import Bearer, Unit


async def is_on(unit: Unit, bearer: Bearer, key: CapabilityKey) -> bool:
    """Whether the widest scope that decides says yes; where none does, it is off."""
    return await _decided(unit, bearer, key) is Verdict.ON


async def _decided(unit: Unit, bearer: Bearer, key: CapabilityKey) -> Verdict | None:
    for scope in (SERVICE, bearer.tenant):
        verdict = binding(await unit.policies.current(scope), key)
        if verdict is not None:
            return verdict
    groups = await unit.agent_policies.get(bearer.tenant, bearer.agent)
    return groups.rules.get(key) if groups is not None else None
