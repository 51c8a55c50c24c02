"""What should run: what policy and requirements want of each plugin. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection

import attrs

from tympan._ids import CapabilityKey, PluginId
from tympan._manifest import CapabilitySpec
from tympan._policy import Decision
from tympan._registry import PluginRecord, circular
from tympan._states import PluginStep

Decide = Callable[[CapabilitySpec], Decision]


@attrs.frozen(kw_only=True)
class Aim:
    """What is wanted of a plugin: capabilities to run with, or the step and reason to rest."""

    on: frozenset[CapabilityKey] = frozenset()
    step: PluginStep = PluginStep.START
    reason: str = ""


def find_aims(
    candidates: Collection[PluginRecord], found: Collection[PluginRecord], decide: Decide
) -> dict[PluginId, Aim]:
    """An aim for every candidate.

    Args:
        candidates: Plugins that may run, each after those whose capabilities it requires.
        found: All plugins, to tell why a requirement is not met.
        decide: Policy's word on a capability.
    """
    aims: dict[PluginId, Aim] = {}
    available: set[CapabilityKey] = set()
    for record in candidates:
        aim = aims[record.id] = _aim(record, available, found, decide)
        available |= aim.on
    return aims


def _aim(record: PluginRecord, available: set[CapabilityKey], found: Collection[PluginRecord], decide: Decide) -> Aim:
    if record.manifest is None:
        return Aim(step=PluginStep.BLOCK, reason="it has no manifest")
    decisions = [decide(spec) for spec in record.manifest.capabilities]
    wanted = frozenset(decision.key for decision in decisions if decision.on)
    on = frozenset(spec.key for spec in record.manifest.capabilities if _is_on(spec, wanted))
    if not on:
        reason = "; ".join(_why_off(spec, decide(spec)) for spec in record.manifest.capabilities)
        return Aim(step=PluginStep.SWITCH_OFF, reason=reason)
    missing = [key for key in record.manifest.requires if key not in available]
    if missing:
        return Aim(step=PluginStep.BLOCK, reason="; ".join(_lack(record, key, found) for key in missing))
    return Aim(on=on)


def _is_on(spec: CapabilitySpec, wanted: Collection[CapabilityKey]) -> bool:
    return spec.key in wanted and (spec.needs is None or spec.needs in wanted)


def _why_off(spec: CapabilitySpec, decision: Decision) -> str:
    return f"{spec.key} needs {spec.needs}" if decision.on else f"{spec.key} is off: {decision.reason}"


def _lack(record: PluginRecord, key: CapabilityKey, found: Collection[PluginRecord]) -> str:
    offering = [other for other in found if other.manifest and other.manifest.capability(key)]
    if not offering:
        return f"it needs {key}, which no plugin here offers"
    if circular(record, found):
        return f"it needs {key}, and {offering[0].id} needs it in turn: neither can be first"
    return f"it needs {key}, which is not on"
