"""How agents are told of the tunnel: the rules of each printer, and whose jobs they may be given."""

import datetime as dt
from collections.abc import Collection, Mapping

from attrs import frozen

from tympan_hub.domain.ids import AgentId, PrinterId
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.shares import SCHEME
from tympan_hub.ports import Bearer, Unit
from tympan_hub.service.tunnel_limits import limits_of
from tympan_hub.service.tunnel_readers import readers_of_all
from tympan_hub.service.tunnel_use import tunnel_on, tunneled
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
    own = await _own_shares(unit, bearer)
    printers += [one for one in own if one.id not in {printer.id for printer in printers}]
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
            if may_send
        },
        served=tuple(_point(one) for one in printers if _is_among(bearer.agent, readers[one.id])),
    )


async def _own_shares(unit: Unit, bearer: Bearer) -> tuple[Printer, ...]:
    """Printers of what this agent shares: people hand jobs in for them also where no agent may send any."""
    shares = await unit.shares.of_agent(bearer.tenant, bearer.agent)
    return await unit.printers.some(bearer.tenant, [one.printer for one in shares if one.printer])


def _others(readers: Collection[Reader], agent: AgentId) -> tuple[Reader, ...]:
    """Without the agent itself, which has the job and its key."""
    return tuple(reader for reader in readers if reader.agent != agent)


def _is_among(agent: AgentId, readers: Collection[Reader]) -> bool:
    return any(reader.agent == agent for reader in readers)


def _point(one: Printer) -> PointWanted:
    uri = f"{SCHEME}:{one.share}" if one.share else one.uri
    return PointWanted(printer=one.id, name=one.name, uri=uri, location=one.location, fingerprint=one.fingerprint)
