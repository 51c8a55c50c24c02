"""What stands in the hub before it is served: the tunnel switched on, and the printer in the office."""

from __future__ import annotations

import asyncio
from typing import Final

import trio
from fleet_rig import Place

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import TUNNEL_RECEIVE, TUNNEL_SEND, Verdict
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.service import Services

LOBBY: Final = "lobby"
"""The id of the printer in the office."""


async def furnish(place: Place, device: str, use: TunnelUse) -> None:
    """Makes all of it in a hub that is not served yet."""

    async def made() -> None:
        async with hub(Home(place.home)) as services:
            await _furnish(services, place, device, use)

    await trio.to_thread.run_sync(lambda: asyncio.run(made()))


async def _furnish(services: Services, place: Place, device: str, use: TunnelUse) -> None:
    tenant, ada = place.tenant, place.administrator.actor
    for key in (TUNNEL_SEND, TUNNEL_RECEIVE):
        await services.policy.switch(SERVICE, CONSOLE, key, Verdict.ON)
    await services.policy.switch(tenant, ada, "agent.require-sign-in", Verdict.OFF)
    printer = await services.printers.add(tenant, ada, name=LOBBY.title(), uri=device)
    assert printer.id == LOBBY
    if use is not TunnelUse.NEVER:
        await services.tunnel_use.choose(tenant, ada, printer.id, TunnelChoice(use=use))
