"""How agents are told of the tunnel: the rules of each printer, and whose jobs they may be given."""

import datetime as dt
from collections.abc import Collection, Mapping

from attrs import frozen

from tympan_hub.domain.ids import AgentId, PrinterId
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.shares import SCHEME
from tympan_hub.ports import Bearer, Unit
from tympan_hub.service.tunnel_limits import limits_of
from tympan_hub.service.tunnel_readers import is_receiver, readers_of_all
from tympan_hub.service.tunnel_use import handed_at, tunnel_on, tunneled
from tympan_wire.hub import PointWanted, Reader, TunnelRules, TunnelUse


@frozen(kw_only=True)
class TunnelTold:
    """What one agent is told.

    Attributes:
        rules: Of each printer whose jobs may go through the hub.
        served: Devices whose jobs this agent may be given.
    """

    rules: Mapping[PrinterId, TunnelRules]
    served: tuple[PointWanted, ...] = ()


async def tunnel_told(unit: Unit, bearer: Bearer, now: dt.datetime) -> TunnelTold:
    """What an agent is told now."""
    printers = list((await tunneled(unit, bearer.tenant)).values())
    tunneling = {printer.id for printer in printers}
    handed = await _handed(unit, bearer, now)
    printers += [one for one in handed if one.id not in tunneling]
    if not printers:
        return TunnelTold(rules={})
    may_send = await tunnel_on(unit)
    readers = await readers_of_all(unit, bearer.tenant, printers, now)
    limits = await limits_of(unit, bearer.tenant)
    return TunnelTold(
        rules={
            one.id: TunnelRules(
                use=TunnelUse(one.tunnel.use.value),
                readers=_others(readers[one.id], bearer.agent),
                bytes_most=limits.largest,
                keep_s=int(limits.keep.total_seconds()),
                rate=limits.rate,
            )
            for one in printers
            if may_send and one.tunnel.on
        },
        served=tuple(_point(one) for one in printers if _is_among(bearer.agent, readers[one.id])),
    )


async def _handed(unit: Unit, bearer: Bearer, now: dt.datetime) -> tuple[Printer, ...]:
    """Printers for which people may hand in what this agent prints, also where no agent may send any.

    Most agents print for nobody else: for them, no printer is looked at.
    """
    if not await is_receiver(unit, bearer.tenant, bearer.agent, now):
        return ()
    shares = await unit.shares.of_agent(bearer.tenant, bearer.agent)
    own = {one.printer for one in shares if one.printer}
    every = await unit.printers.all(bearer.tenant)
    others = [one.id for one in every if one.share is None]
    near = await unit.printers.devices_at(bearer.tenant, bearer.agent, others) if others else ()
    seen = own | {look.printer for look in near} | {one.id for one in every if one.tunnel.group is not None}
    found = await handed_at(unit, bearer.tenant, await unit.printers.some(bearer.tenant, seen))
    return tuple(one for one in found if not one.holds)


def _others(readers: Collection[Reader], agent: AgentId) -> tuple[Reader, ...]:
    """Without the agent itself, which has the job and its key."""
    return tuple(reader for reader in readers if reader.agent != agent)


def _is_among(agent: AgentId, readers: Collection[Reader]) -> bool:
    return any(reader.agent == agent for reader in readers)


def _point(one: Printer) -> PointWanted:
    uri = f"{SCHEME}:{one.share}" if one.share else one.uri
    return PointWanted(printer=one.id, name=one.name, uri=uri, location=one.location, fingerprint=one.fingerprint)
