"""How agents are told of the tunnel: the rules of each printer, and whose jobs they may be given."""

import datetime as dt
from collections.abc import Collection, Mapping

from attrs import frozen

from tympan_hub.domain.ids import AgentId, PrinterId
from tympan_hub.domain.printers import Printer
from tympan_hub.ports import Bearer, Unit
from tympan_hub.service.tunnel_limits import limits_of
from tympan_hub.service.tunnel_readers import readers_of_all
from tympan_hub.service.tunnel_use import tunneled
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
    if not printers:
        return TunnelTold(rules={})
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
        },
        served=tuple(_point(one) for one in printers if _is_among(bearer.agent, readers[one.id])),
    )


def _others(readers: Collection[Reader], agent: AgentId) -> tuple[Reader, ...]:
    """Without the agent itself, which has the job and its key."""
    return tuple(reader for reader in readers if reader.agent != agent)


def _is_among(agent: AgentId, readers: Collection[Reader]) -> bool:
    return any(reader.agent == agent for reader in readers)


def _point(one: Printer) -> PointWanted:
    return PointWanted(printer=one.id, name=one.name, uri=one.uri, location=one.location, fingerprint=one.fingerprint)
