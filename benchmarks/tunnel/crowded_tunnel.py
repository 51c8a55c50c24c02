"""A tunnel with many agents beside the device, and senders that never see it, in the database of an estate."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs

sys.path.append(str(Path(__file__).parents[1] / "hub"))

from hub_stage import Estate, Served, estate, served_hub

from tympan_hub.adapters.sql import Database, SqlUnits
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import SERVICE, AgentId
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import TUNNEL_RECEIVE, TUNNEL_SEND, Verdict
from tympan_hub.domain.printers import DeviceSeen
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse

ENVELOPE_BYTES: Final = 1_250
"""Of a document's key for one agent, about as large as a hybrid envelope is."""
KEY_BYTES: Final = 1_216
"""Of an agent's public key for envelopes."""


@attrs.frozen(kw_only=True)
class Tunnel:
    """A hub that runs, and who uses its tunnel.

    Attributes:
        place: The estate; its first agents are the senders.
        hub: The hub's process.
        printer: The printer's id.
        senders: How many of the agents send.
    """

    place: Estate
    hub: Served
    printer: str
    senders: int

    @property
    def receivers(self) -> tuple[AgentId, ...]:
        """Agents beside the device."""
        return self.place.agents[self.senders :]


@contextmanager
def crowded(*, senders: int, receivers: int, database: str = "") -> Iterator[Tunnel]:
    """A hub with a printer whose jobs always go through the tunnel."""
    with estate(agents=senders + receivers, database=database) as place:
        printer = asyncio.run(_opened(place, senders))
        with served_hub(place) as served:
            yield Tunnel(place=place, hub=served, printer=printer, senders=senders)


async def _opened(place: Estate, senders: int) -> str:
    async with hub(Home(place.home, place.database)) as services:
        [ada] = await services.people.list(place.tenant, CONSOLE)
        by = ada.actor
        await services.policy.switch(place.tenant, by, "agent.require-sign-in", Verdict.OFF)
        for key in (TUNNEL_SEND, TUNNEL_RECEIVE):
            await services.policy.switch(SERVICE, CONSOLE, key, Verdict.ON)
        printer = await services.printers.add(place.tenant, by, name="Far", uri="ipp://far.example/ipp/print")
        await services.tunnel_use.choose(place.tenant, by, printer.id, TunnelChoice(use=TunnelUse.ALWAYS))
    await _beside(place, place.agents[senders:], printer.id)
    return str(printer.id)


async def _beside(place: Estate, agents: tuple[AgentId, ...], printer: str) -> None:
    """Agents that see the device and have a key for envelopes."""
    database, now = Database(Home(place.home, place.database).where), dt.datetime.now(dt.UTC)
    try:
        async with SqlUnits(database).writing() as unit:
            for agent in agents:
                await unit.agents.certify(place.tenant, agent, "", os.urandom(KEY_BYTES))
                seen = DeviceSeen(printer=printer, agent=agent, reachable=True, observed_at=now)  # type: ignore[arg-type]
                await unit.printers.saw_device(place.tenant, seen)
    finally:
        await database.close()


def envelope() -> str:
    """As a job's key travels."""
    return base64.b64encode(os.urandom(ENVELOPE_BYTES)).decode()
