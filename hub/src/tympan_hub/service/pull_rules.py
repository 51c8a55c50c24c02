"""How agents are told of pull printing: the rules of each queue, and where held jobs may come out."""

import base64
import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import attrs

from tympan_hub.domain.ids import AgentId, PrinterId, TenantId
from tympan_hub.domain.limits.pull import BESIDE_MOST, MEDIA_OFFERED, READERS
from tympan_hub.domain.limits.tunnel import SERVES_FOR
from tympan_hub.domain.printers import DeviceSeen, Printer
from tympan_hub.domain.pull import Mirroring, Offers, PullSettings
from tympan_hub.domain.tunnel_use import TunnelChoice
from tympan_hub.ports import Bearer, Unit
from tympan_hub.service.holding import holding_of, mirrors
from tympan_hub.service.tunnel_use import choices_of
from tympan_wire.hub import Mirror, PointWanted, PullRules, Reader

_USUAL = ("iso_a4_210x297mm", "na_letter_8.5x11in")
"""Offered where no device told what paper it has."""


async def points_wanted(unit: Unit, tenant: TenantId) -> tuple[PointWanted, ...]:
    """Every device of a tenant at which held jobs may come out."""
    names = [point.printer for point in await unit.release_points.all(tenant)]
    return tuple(
        PointWanted(printer=one.id, name=one.name, uri=one.uri, location=one.location, fingerprint=one.fingerprint)
        for one in await unit.printers.some(tenant, names)
    )


async def _devices_of(unit: Unit, tenant: TenantId, points: Collection[PointWanted]) -> tuple[DeviceSeen, ...]:
    """How the devices of release points are, by their printers."""
    best = await unit.printers.best(tenant, [PrinterId(point.printer) for point in points])
    return tuple(best[name] for name in sorted(best))


def rules_of(settings: PullSettings, devices: Sequence[DeviceSeen], readers: tuple[Reader, ...]) -> PullRules:
    """The rules of one queue, for agents."""
    return PullRules(
        color=_can(settings.offers, [seen.color for seen in devices]),
        duplex=_can(settings.offers, [seen.duplex for seen in devices]),
        media=_media(settings.offers, devices),
        hold_s=int(settings.hold.total_seconds()),
        warn_s=int(settings.warn_before.total_seconds()),
        jobs_most=settings.jobs_most,
        bytes_most=settings.bytes_most,
        mirror=Mirror(settings.mirror.value),
        readers=readers,
        offline=settings.offline,
    )


def _can(offers: Offers, told: Sequence[bool | None]) -> bool:
    """What all or any can; devices that do not say are left out, and where none says it is offered."""
    known = [can for can in told if can is not None]
    return (all if offers is Offers.ALL else any)(known) if known else True


def _media(offers: Offers, devices: Sequence[DeviceSeen]) -> tuple[str, ...]:
    """Sizes all or any have, those first that a device names first; the usual ones where none are told or shared."""
    told = [seen.media for seen in devices if seen.media]
    every = tuple(dict.fromkeys(name for media in told for name in media))
    offered = [name for name in every if offers is Offers.ANY or all(name in media for media in told)]
    return tuple(offered[:MEDIA_OFFERED]) or _USUAL


async def wanted_rules(
    unit: Unit, bearer: Bearer, printers: Collection[Printer], points: Collection[PointWanted], now: dt.datetime
) -> Mapping[PrinterId, PullRules]:
    """The rules of those of some printers that hold jobs, as this agent is told of them."""
    queues = await holding_of(unit, printers)
    if not queues:
        return {}
    devices = await _devices_of(unit, bearer.tenant, points)
    mirrored = {name for name, queue in queues.items() if await mirrors(unit, bearer.tenant, queue)}
    choices = await choices_of(unit, printers)
    readers = {
        name: await _by_tunnel(unit, bearer.tenant, bearer.agent, points, choices[name], now)
        if name in choices
        else await _readers(unit, bearer.tenant, bearer.agent, points, queues[name])
        for name in mirrored
    }
    silent = {name: attrs.evolve(queue, mirror=Mirroring.NONE) for name, queue in queues.items()}
    return {
        name: rules_of(queue, devices, readers[name]) if name in mirrored else rules_of(silent[name], devices, ())
        for name, queue in queues.items()
    }


async def pull_readers(
    unit: Unit, tenant: TenantId, printers: Collection[Printer], now: dt.datetime
) -> Mapping[PrinterId, tuple[Reader, ...]]:
    """Who may print what people hand in for those of some printers that hold jobs.

    It lies at the hub until it is released, whatever is chosen for what agents hold.
    """
    queues = await holding_of(unit, printers)
    if not queues:
        return {}
    points, choices = await points_wanted(unit, tenant), await choices_of(unit, printers)
    return {
        name: await _by_tunnel(unit, tenant, None, points, choices[name], now)
        if name in choices
        else await _readers(unit, tenant, None, points, queue)
        for name, queue in queues.items()
    }


async def _readers(
    unit: Unit, tenant: TenantId, own: AgentId | None, points: Collection[PointWanted], queue: PullSettings
) -> tuple[Reader, ...]:
    """Agents beside the devices, which may print what others hold; not the one that has the job itself.

    Where agents keep the jobs, it is those of the chosen group, and a device that does not answer for a while changes
    nothing: they have them already.
    """
    names = [PrinterId(point.printer) for point in points]
    at_agents = queue.mirror is Mirroring.AGENTS
    beside = await unit.agents.beside(tenant, names, at_agents, BESIDE_MOST if at_agents else READERS + 1)
    meant = set(beside)
    if at_agents and queue.keepers is not None:
        meant = set(await unit.group_agents.of_group(tenant, queue.keepers))
    others = [name for name in beside if name != own and name in meant]
    return tuple(Reader(agent=name, recipient=_text(beside[name])) for name in others[:READERS])


async def _by_tunnel(
    unit: Unit,
    tenant: TenantId,
    own: AgentId | None,
    points: Collection[PointWanted],
    choice: TunnelChoice,
    now: dt.datetime,
) -> tuple[Reader, ...]:
    """Where the tunnel is used, agents of the chosen group, or all that reached a device within days."""
    since = now - SERVES_FOR
    if choice.group is not None:
        meant = frozenset(await unit.group_agents.of_group(tenant, choice.group))
    else:
        near = await unit.serving.near(tenant, [PrinterId(point.printer) for point in points], since)
        meant = frozenset[AgentId]().union(*near.values())
    found = await unit.serving.receivers(tenant, meant - {own})
    believed = [one for _, one in sorted(found.items()) if one.recipient and not one.key_waits]
    able = [one for one in believed if one.seen_at >= since]
    return tuple(Reader(agent=one.agent, recipient=_text(one.recipient)) for one in able[:READERS])


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
