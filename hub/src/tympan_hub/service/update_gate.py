"""The gate of updates: what computers tell of a version decides whether further ones are told to take it.

- The hub stops a version by itself, in the unit of work in which it heard of it: the log says why, webhooks are told.
- It lets nothing go on by itself.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.domain.limits.updates import UPDATE_SILENT
from tympan_hub.domain.people import HUB
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import Stop, Toll, UpdateRules
from tympan_hub.ports import Unit
from tympan_hub.service.audit import record

_KINDS: Final = ("returned", "silent", "failing")


async def rules_of(unit: Unit, tenant: TenantId) -> UpdateRules:
    """What a tenant says of updates, or what is usual."""
    return await unit.updates.rules(tenant) or UpdateRules()


async def floor_of(unit: Unit) -> UpdateFloor:
    """What the service owner says for everybody, or what is usual."""
    return await unit.updates.floor(SERVICE) or UpdateFloor()


async def judge(unit: Unit, tenant: TenantId, versions: Iterable[tuple[str, str]], now: dt.datetime) -> bool:
    """Stops those of some versions that make computers unhealthy; tells whether any was stopped."""
    rules = await rules_of(unit, tenant)
    stopped = [await _judge(unit, tenant, subject, version, rules, now) for subject, version in sorted(set(versions))]
    return any(stopped)


async def _judge(
    unit: Unit, tenant: TenantId, subject: str, version: str, rules: UpdateRules, now: dt.datetime
) -> bool:
    known = await unit.updates.stop(tenant, subject, version)
    if known is not None and known.holds:
        return False
    since = known.ended_at if known else None
    toll = await unit.updates.toll(tenant, subject, version, since, now - UPDATE_SILENT)
    if not toll.stops(rules):
        return False
    stop = Stop(tenant=tenant, subject=subject, version=version, at=now, toll=toll)
    await unit.updates.keep_stop(tenant, stop)
    await record(unit, tenant, HUB, "update.stop", stop.name, told(toll), at=now)
    return True


def told(toll: Toll) -> str:
    """A toll, for the log."""
    counts = ((getattr(toll, kind), kind) for kind in _KINDS)
    kinds = ", ".join(f"{count} {kind}" for count, kind in counts if count)
    return f"{toll.unhealthy} of {toll.taken} unhealthy: {kinds}" if kinds else f"{toll.taken} took it"
