"""Policy: switched at the scope of who acts, signed, and told to the agents it concerns."""

from collections.abc import Mapping

import attrs

from tympan_hub.domain.errors import Changed, Conflict, NotFound
from tympan_hub.domain.ids import SERVICE, CapabilityKey, TenantId, capability_key
from tympan_hub.domain.limits import PAGE, PAGE_MOST
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.policy import (
    AGENT_KEYS,
    HUB_KEYS,
    Edition,
    Switch,
    Verdict,
    binding,
    envelope,
    next_edition,
    payload,
    to_be_signed,
)
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Secrets, Unit, Units, WakeUps
from tympan_hub.service.audit import record


class PolicyService:
    """The policy of a tenant, or with the tenant ``SERVICE`` that of the service owner."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._wakeups = wakeups

    async def switch(
        self, tenant: TenantId, by: Actor, key: str, verdict: Verdict | None, *, read: int | None = None
    ) -> Edition:
        """Lets the own document say this of a key; None takes the key out.

        Args:
            tenant: Whose document.
            by: Who switches.
            key: What.
            verdict: How.
            read: Number of the edition that touched the key last, as whoever decides has read it; 0 for none.

        Raises:
            BadInput: No such key is possible.
            Changed: The key was switched since it was ``read``.
            Conflict: It says so already, or the service owner has decided.
        """
        by.require(Act.SWITCH_POLICY, tenant)
        wanted = capability_key(key)
        async with self._units.writing() as unit:
            if read is not None:
                await _check_same(unit, tenant, wanted, read)
            last = await self._last(unit, tenant, wanted, verdict)
            made = next_edition(tenant, last, wanted, verdict, now=self._clock.now(), by=by.label)
            signed = attrs.evolve(made, envelope=self._signed(made))
            await unit.policies.add(tenant, signed)
            await record(unit, tenant, by, "policy.switch", wanted, _told(signed), at=made.issued_at)
        await self._wakeups.send(tenant, LookAgain())
        return signed

    async def switches(self, tenant: TenantId, by: Actor) -> tuple[Switch, ...]:
        """Every key known: of agents, of the hub, and those the document names; by key."""
        by.require(Act.SEE_POLICY, tenant)
        async with self._units.reading() as unit:
            own = await unit.policies.current(tenant)
            owner = None if tenant == SERVICE else await unit.policies.current(SERVICE)
            agents = await _agents_by_key(unit, tenant)
            changes = await unit.policies.last_changes(tenant)
        rules = own.rules if own else {}
        return tuple(
            Switch(
                key=key,
                agents=agents.get(key, 0),
                verdict=rules.get(key),
                wider=binding(owner, key),
                changed=changes.get(key),
            )
            for key in sorted({*agents, *AGENT_KEYS, *HUB_KEYS, *rules})
        )

    async def history(
        self, tenant: TenantId, by: Actor, *, before: int | None = None, limit: int = PAGE
    ) -> tuple[Edition, ...]:
        """Who changed what and when, newest first; the next page is had with the last one's number as ``before``."""
        by.require(Act.SEE_POLICY, tenant)
        async with self._units.reading() as unit:
            return await unit.policies.editions(tenant, before, max(1, min(limit, PAGE_MOST)))

    async def _last(self, unit: Unit, tenant: TenantId, key: CapabilityKey, verdict: Verdict | None) -> Edition | None:
        if tenant != SERVICE and await unit.tenants.get(tenant) is None:
            raise NotFound(f"there is no tenant {tenant!r}")
        last = await unit.policies.current(tenant)
        if (last.rules.get(key) if last else None) is verdict:
            raise Conflict(f"the policy says so of {key} already")
        owner = None if tenant == SERVICE else await unit.policies.current(SERVICE)
        if binding(owner, key) is not None and verdict is not None:
            raise Conflict(f"the service owner has decided about {key}", next_step="Ask the owner of this service.")
        return last

    def _signed(self, edition: Edition) -> str:
        content = payload(edition)
        return envelope(content, self._secrets.sign_policy(to_be_signed(content)))


async def _check_same(unit: Unit, tenant: TenantId, key: CapabilityKey, read: int) -> None:
    touched = (await unit.policies.last_changes(tenant)).get(key)
    if (touched.number if touched else 0) != read:
        raise Changed(f"{key} was switched meanwhile", next_step="Read it again, then decide.")


async def _agents_by_key(unit: Unit, tenant: TenantId) -> Mapping[CapabilityKey, int]:
    tenants = [known.id for known in await unit.directory.tenants()] if tenant == SERVICE else [tenant]
    counted: dict[CapabilityKey, int] = {}
    for each in tenants:
        for found in await unit.agents.keys(each):
            counted[found.key] = counted.get(found.key, 0) + found.agents
    return counted


def _told(edition: Edition) -> str:
    before = edition.before.value if edition.before else "nothing"
    after = edition.after.value if edition.after else "nothing"
    return f"{before} → {after}, number {edition.number}"
