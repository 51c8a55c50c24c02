"""The tunnel: which printers use it, which agents serve them, and what a tenant may send through it."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from tympan_hub.domain.ids import GroupId, PrinterId
from tympan_hub.domain.limits.tunnel import (
    TUNNEL_BYTES,
    TUNNEL_BYTES_MOST,
    TUNNEL_BYTES_WAITING,
    TUNNEL_BYTES_WAITING_MOST,
    TUNNEL_JOBS,
    TUNNEL_JOBS_MOST,
    TUNNEL_RATE_MOST,
)
from tympan_hub.domain.serving import Hindrance, Served, Server
from tympan_hub.domain.tunnel import TunnelLimits
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.http.api._ask import InScope, InTenant
from tympan_hub.http.api._etag import TAGGED, IfMatch, check_same, tagged
from tympan_hub.http.api._kinds import WORD, Given, Moment, Number, PrinterIn, Told
from tympan_hub.http.api._route import ApiRoute

router = APIRouter(tags=["tunnel"], route_class=ApiRoute)


class Tunnel(Told):
    """When a printer's jobs go through the hub."""

    use: TunnelUse = Field(description="Never; while the device does not answer the agent that has the job; or always.")
    group: str | None = Field(description="The group whose agents print them; null for all that reach the device.")


class TunnelGiven(Given):
    """What an administrator chooses for a printer."""

    use: TunnelUse
    group: Annotated[
        str | None, Field(pattern=WORD, description="The group whose agents print them; null for all that reach it.")
    ] = None


class Serves(Told):
    """An agent that is meant to print what comes through the hub for a printer."""

    agent: str
    name: str
    connected: bool
    seen_at: Moment = Field(description="When it was heard of last.")
    reaches: bool = Field(description="Whether the device answers it, as it said last.")
    alive: bool = Field(description="Whether it can print now.")
    hindrance: Hindrance = Field(description="Why it is given nothing; empty where it is.")


class Serving(Told):
    """Who prints what comes through the hub for a printer."""

    on: bool = Field(description="Whether the service owner has the tunnel on.")
    use: TunnelUse
    group: str | None
    alive: int = Field(description="How many agents can print now; a webhook tells of one or none.")
    few: bool = Field(description="Whether one is left, or none.")
    agents: list[Serves]


class Limits(Told):
    """What may be sent through the tunnel."""

    bytes_most: int = Field(description="Of one sealed document.")
    jobs_most: int = Field(description="Jobs that wait at once.")
    bytes_waiting_most: int = Field(description="Bytes of all that wait.")
    keep_s: int = Field(description="How long one waits that nobody prints.")
    rate: int = Field(description="Bytes a second one agent may send; 0 for as many as go.")


class LimitsTold(Limits):
    """What was said, and what holds within what the service owner says."""

    binding: Limits


class LimitsGiven(Given):
    """What may be sent through the tunnel; what is left out gets its default."""

    bytes_most: Annotated[Number, Field(ge=1, le=TUNNEL_BYTES_MOST)] = TUNNEL_BYTES
    jobs_most: Annotated[Number, Field(ge=1, le=TUNNEL_JOBS_MOST)] = TUNNEL_JOBS
    bytes_waiting_most: Annotated[Number, Field(ge=1, le=TUNNEL_BYTES_WAITING_MOST)] = TUNNEL_BYTES_WAITING
    keep_s: Annotated[Number, Field(ge=300, le=1_209_600)] = 86_400
    rate: Annotated[
        Number, Field(ge=0, le=TUNNEL_RATE_MOST, description="0 for as fast as it goes; else 65536 or more.")
    ] = 0


@router.get("/printers/{printer}/tunnel", operation_id="get-printer-tunnel", responses={200: TAGGED})
async def one(ask: InTenant, printer: PrinterIn, response: Response) -> Tunnel:
    """When a printer's jobs go through the hub, as it was chosen."""
    shown = await ask.services.printers.get(ask.tenant, ask.actor, PrinterId(printer))
    return _tagged(response, shown.printer.tunnel)


@router.put("/printers/{printer}/tunnel", operation_id="choose-printer-tunnel", responses={200: TAGGED})
async def choose(
    ask: InTenant, printer: PrinterIn, given: TunnelGiven, response: Response, if_match: IfMatch = None
) -> Tunnel:
    """Chooses when a printer's jobs go through the hub, and whose agents print them.

    403 says that the service owner has not switched `tunnel.send` on; never is always allowed. Jobs that wait at the
    hub for a printer whose tunnel is switched off end there, and their senders are told.
    """
    if if_match is not None:
        read = await ask.services.printers.get(ask.tenant, ask.actor, PrinterId(printer))
        check_same(if_match, _tunnel(read.printer.tunnel))
    choice = TunnelChoice(use=given.use, group=GroupId(given.group) if given.group else None)
    chosen = await ask.services.tunnel_use.choose(ask.tenant, ask.actor, PrinterId(printer), choice)
    return _tagged(response, chosen.tunnel)


@router.get("/printers/{printer}/serving", operation_id="get-printer-serving")
async def serving(ask: InTenant, printer: PrinterIn) -> Serving:
    """Which agents print what comes through the hub for a printer, which are connected, and what hinders others."""
    return _serving(await ask.services.serving.of(ask.tenant, ask.actor, PrinterId(printer)))


@router.get("/tunnel/limits", operation_id="get-tunnel-limits", responses={200: TAGGED})
async def limits(ask: InScope, response: Response) -> LimitsTold:
    """What may be sent through the tunnel: of a tenant, or for a service owner who names none, of the service."""
    own, binding = await ask.services.tunnel_limits.get(ask.tenant, ask.actor)
    told = _told(own, binding)
    tagged(response, told)
    return told


@router.put("/tunnel/limits", operation_id="change-tunnel-limits", responses={200: TAGGED})
async def change(ask: InScope, given: LimitsGiven, response: Response, if_match: IfMatch = None) -> LimitsTold:
    """Says others; what waits already stays. Those of the service bind every tenant."""
    check_same(if_match, _told(*await ask.services.tunnel_limits.get(ask.tenant, ask.actor)))
    wanted = TunnelLimits(
        bytes_most=given.bytes_most,
        jobs_most=given.jobs_most,
        bytes_waiting_most=given.bytes_waiting_most,
        keep=dt.timedelta(seconds=given.keep_s),
        rate=given.rate,
    )
    told = _told(*await ask.services.tunnel_limits.change(ask.tenant, ask.actor, wanted))
    tagged(response, told)
    return told


def _tunnel(choice: TunnelChoice) -> Tunnel:
    return Tunnel(use=choice.use, group=choice.group)


def _tagged(response: Response, choice: TunnelChoice) -> Tunnel:
    shown = _tunnel(choice)
    tagged(response, shown)
    return shown


def _serving(served: Served) -> Serving:
    return Serving(
        on=served.on,
        use=served.choice.use,
        group=served.choice.group,
        alive=served.alive,
        few=served.is_few,
        agents=list(map(_serves, served.servers)),
    )


def _serves(server: Server) -> Serves:
    return Serves(
        agent=server.receiver.agent,
        name=server.receiver.name,
        connected=server.connected,
        seen_at=server.receiver.seen_at,
        reaches=server.reaches,
        alive=server.alive,
        hindrance=server.hindrance,
    )


def _limits(limits: TunnelLimits) -> Limits:
    return Limits(
        bytes_most=limits.bytes_most,
        jobs_most=limits.jobs_most,
        bytes_waiting_most=limits.bytes_waiting_most,
        keep_s=int(limits.keep.total_seconds()),
        rate=limits.rate,
    )


def _told(own: TunnelLimits, binding: TunnelLimits) -> LimitsTold:
    return LimitsTold(**_limits(own).model_dump(), binding=_limits(binding))
