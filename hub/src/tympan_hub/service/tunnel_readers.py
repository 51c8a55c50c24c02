"""Who may print what comes through the tunnel for a printer: the one place that says so.

- Where a group was chosen, its agents; else all that reach the device, or did within days: a device that sleeps for a
  while changes nothing.
- Of a queue that an agent shares it is that agent, and no other: with ``share.queues`` not off for it, while the queue
  is there.
- Not revoked, with a key for envelopes, heard of within days, and with ``tunnel.receive`` not off: neither by policy
  nor, where policy says nothing, by the agent's own word.
"""

import base64
import datetime as dt
from collections.abc import Collection, Mapping

from attrs import evolve, frozen

from tympan_hub.domain.ids import SERVICE, AgentId, CapabilityKey, PrinterId, TenantId
from tympan_hub.domain.limits.pull import READERS
from tympan_hub.domain.limits.tunnel import SERVES_FOR
from tympan_hub.domain.policy import SHARE_QUEUES, TUNNEL_RECEIVE, Verdict, binding
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.serving import Hindrance, Receiver, hindrance_of
from tympan_hub.ports import Unit
from tympan_hub.service.shared_printers import shares_of
from tympan_wire.hub import Reader


@frozen(kw_only=True)
class Meant:
    """An agent that is meant to print for a printer, and why it is given nothing, if so."""

    receiver: Receiver
    hindrance: Hindrance


async def readers_of(unit: Unit, tenant: TenantId, printer: PrinterId, now: dt.datetime) -> tuple[Reader, ...]:
    """Agents that may print what comes for a printer; none for one there is not."""
    known = await unit.printers.get(tenant, printer)
    return (await readers_of_all(unit, tenant, [known] if known else [], now)).get(printer, ())


async def is_receiver(unit: Unit, tenant: TenantId, agent: AgentId, now: dt.datetime) -> bool:
    """Whether an agent may print anything that comes through the hub, for whatever printer."""
    receivers = await unit.serving.receivers(tenant, [agent])
    verdicts = await _verdicts(unit, tenant, receivers)
    since = now - SERVES_FOR
    return any(hindrance_of(one, verdicts.get(agent), since) is Hindrance.NONE for one in receivers.values())


async def readers_of_all(
    unit: Unit, tenant: TenantId, printers: Collection[Printer], now: dt.datetime
) -> Mapping[PrinterId, tuple[Reader, ...]]:
    """The same of several printers."""
    return {
        printer: tuple(_reader(one.receiver) for one in meant if one.hindrance is Hindrance.NONE)[:READERS]
        for printer, meant in (await meant_for(unit, tenant, printers, now)).items()
    }


async def meant_for(
    unit: Unit, tenant: TenantId, printers: Collection[Printer], now: dt.datetime
) -> Mapping[PrinterId, tuple[Meant, ...]]:
    """Agents that are meant to print for some printers, by their ids, whether they can or not."""
    since = now - SERVES_FOR
    chosen = await _chosen(unit, tenant, printers, since)
    every = frozenset[AgentId]().union(*chosen.values())
    receivers = await unit.serving.receivers(tenant, every)
    verdicts = await _verdicts(unit, tenant, receivers)
    meant = {
        agent: Meant(receiver=one, hindrance=hindrance_of(one, verdicts.get(agent), since))
        for agent, one in receivers.items()
    }
    told = {
        printer: tuple(meant[agent] for agent in sorted(agents) if agent in meant) for printer, agents in chosen.items()
    }
    return await _shared(unit, tenant, printers, told)


async def _chosen(
    unit: Unit, tenant: TenantId, printers: Collection[Printer], since: dt.datetime
) -> Mapping[PrinterId, frozenset[AgentId]]:
    """The agents of the chosen groups, and those beside the devices of the other printers."""
    shares = await shares_of(unit, tenant, printers)
    owners = {
        printer.id: frozenset({share.agent} if share.registered else ())
        for printer in printers
        if printer.share is not None and (share := shares.get(printer.share)) is not None
    }
    anybody = [printer.id for printer in printers if printer.tunnel.group is None and printer.share is None]
    beside = await unit.serving.near(tenant, anybody, since)
    groups = {printer.tunnel.group for printer in printers} - {None}
    members = {group: frozenset(await unit.group_agents.of_group(tenant, group)) for group in groups if group}
    return {
        printer.id: members[printer.tunnel.group] if printer.tunnel.group else beside.get(printer.id, frozenset())
        for printer in printers
    } | owners


async def _shared(
    unit: Unit, tenant: TenantId, printers: Collection[Printer], told: Mapping[PrinterId, tuple[Meant, ...]]
) -> Mapping[PrinterId, tuple[Meant, ...]]:
    """With those hindered whom policy lets share nothing."""
    shared = {printer.id for printer in printers if printer.share is not None}
    agents = {one.receiver.agent for printer in shared for one in told[printer]}
    if not agents:
        return told
    verdicts = await _verdicts(unit, tenant, agents, SHARE_QUEUES)
    off = {agent for agent, verdict in verdicts.items() if verdict is Verdict.OFF}
    return {
        printer: tuple(
            evolve(one, hindrance=Hindrance.POLICY) if printer in shared and one.receiver.agent in off else one
            for one in meant
        )
        for printer, meant in told.items()
    }


async def _verdicts(
    unit: Unit, tenant: TenantId, agents: Collection[AgentId], key: CapabilityKey = TUNNEL_RECEIVE
) -> Mapping[AgentId, Verdict]:
    """What policy says of receiving at some agents; the wider scope wins."""
    for scope in (SERVICE, tenant):
        if (said := binding(await unit.policies.current(scope), key)) is not None:
            return dict.fromkeys(agents, said)
    return await unit.serving.verdicts(tenant, key, agents)


def _reader(receiver: Receiver) -> Reader:
    return Reader(agent=receiver.agent, recipient=base64.b64encode(receiver.recipient).decode())
