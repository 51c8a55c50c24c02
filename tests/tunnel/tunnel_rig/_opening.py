"""How the sites come about: a world with cables, then the programs on its hosts, then the agents join the hub."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

import attrs
import httpx
import trio
from discovery_rig import Host, Simulated, World, simulated, world
from fleet_rig import Place, furnished
from joined_rig import HubProcess, hub_process
from rig import Agent, Cupsd, agent, private_cupsd, standing_on, wait_until

from tunnel_rig._attacker import Attacker, attacked_door
from tunnel_rig._cable import Cables
from tunnel_rig._doors import Authority, authority, plain_door, tls_door
from tunnel_rig._furnish import furnish
from tunnel_rig._sites import CLOUD, DEVICE, HOME, OFFICE, WAIT_S, Sites
from tympan_hub.domain.tunnel_use import TunnelUse

T = TypeVar("T")
_SUBNETS: Final = {HOME: "home", CLOUD: "cloud", OFFICE[0]: "office", OFFICE[1]: "office", DEVICE: "office"}
_SETTINGS: Final = """
[transport_https]
echo_interval_s = 0.5
retry_first_s = 0.05
retry_last_s = 0.5
[hub_sync]
settle_s = 0.02
titles = {titles}
[ipp_submission]
watch_alert_interval_s = 0.5
"""
_SPOOLER: Final = """
[spool_cups]
server = "{server}"
error_log = "{error_log}"
watch_interval_s = 0.5
"""
_NO_SPOOLER: Final = "127.0.0.1:1"


@asynccontextmanager
async def sites(
    folder: Path, *, use: TunnelUse = TunnelUse.ALWAYS, seed: int = 1, lies: bool = False, titles: bool = True
) -> AsyncIterator[Sites]:
    """All of it on a folder.

    Args:
        folder: For all state.
        use: When the jobs of the printer in the office go through the hub.
        seed: For what cables lose.
        lies: Whether a hub of an attacker stands before the real one.
        titles: Whether agents tell the hub the titles of documents.
    """
    cables = Cables(seed)
    async with (
        world("home", "cloud", "office", plug=cables.plug) as land,
        cables.carrying(),
        AsyncExitStack() as stack,
    ):
        hosts = await _hosts(land)
        cables.start()
        opening = _Opening(folder=folder, hosts=hosts, stack=stack, trust=authority(folder), titles=titles)
        made = await opening.open(cables, use, lies)
        await made.ready(use is not TunnelUse.NEVER)
        yield made
        with trio.CancelScope(shield=True):  # side by side: by themselves each would wait for the one before
            async with trio.open_nursery() as ending:
                for ours in made.agents.values():
                    ending.start_soon(ours.kill9)


async def _hosts(land: World) -> dict[str, Host]:
    hosts = {name: await land.host(name, subnet) for name, subnet in _SUBNETS.items()}
    cloud = land["cloud"].network
    for name, host in hosts.items():
        if name != CLOUD:
            gateway, gateway_v6 = host.subnet.network[1], host.subnet.network_v6[1]
            host.namespace.ip(
                f"route del default via {gateway}",
                f"route del default via {gateway_v6}",
                f"route add {cloud} via {gateway}",
            )
    return hosts


@attrs.define(kw_only=True)
class _Opening:
    """What opens the sites on their hosts; all of it ends with the stack."""

    folder: Path
    hosts: Mapping[str, Host]
    stack: AsyncExitStack
    trust: Authority
    titles: bool

    async def open(self, cables: Cables, use: TunnelUse, lies: bool) -> Sites:
        """Starts everything; every agent is of the hub then."""
        device, papers = await self._device()
        place = await trio.to_thread.run_sync(lambda: asyncio.run(furnished(self.folder / "hub", 1 + len(OFFICE))))
        await furnish(place, device.uris[DEVICE], use)
        hub = await self._on(CLOUD, hub_process(self.folder / "hub"))
        cups = await self._on(HOME, private_cupsd(log_level="none"))
        url, attacker = await self._front(hub, lies)
        back = await self._entered(plain_door(self.hosts[CLOUD], hub.port))
        agents = {name: await self._agent(name, cups) for name in (HOME, *OFFICE)}
        spool = await self._entered(plain_door(self.hosts[HOME], agents[HOME].port))
        return Sites(
            hosts=self.hosts,
            cables=cables,
            hub=hub,
            place=place,
            agents=agents,
            cups=cups,
            device=device,
            papers=papers,
            names=await _all_start(hub, agents, url, place),
            spool=spool.replace("http:", "ipp:"),
            attacker=attacker,
            client=await self._entered(httpx.AsyncClient(base_url=back, timeout=WAIT_S, trust_env=False)),
        )

    async def _entered(self, part: AbstractAsyncContextManager[T]) -> T:
        return await self.stack.enter_async_context(part)

    async def _on(self, host: str, part: AbstractAsyncContextManager[T]) -> T:
        with standing_on(self.hosts[host]):
            return await self._entered(part)

    async def _device(self) -> tuple[Simulated, Path]:
        """The device, and where it writes down what came out; without TLS, whose certificate each start makes anew."""
        papers = self.folder / "device"
        options = ("--no-tls", "--name", DEVICE, "--directory", str(papers), "--history", "5000")
        return await self._entered(simulated(self.hosts[DEVICE], *options)), papers / DEVICE

    async def _front(self, hub: HubProcess, lies: bool) -> tuple[str, Attacker | None]:
        """What stands where agents reach the hub."""
        context = self.trust.context(str(self.hosts[CLOUD].address))
        if lies:
            return await self._entered(attacked_door(self.hosts[CLOUD], hub.port, context, self.hosts))
        return await self._entered(tls_door(self.hosts[CLOUD], hub.port, context)), None

    async def _agent(self, name: str, cups: Cupsd) -> Agent:
        env = {"TYMPAN_KEYS": "file", "SSL_CERT_FILE": str(self.trust.root)}
        settings = _SETTINGS.format(titles=str(self.titles).lower())
        if name == HOME:
            settings += _SPOOLER.format(server=cups.server, error_log=f"{cups.root}/log/error_log")
        else:
            env["CUPS_SERVER"] = _NO_SPOOLER
        return await self._on(name, agent(self.folder / name, env=env, settings=settings, started=False))


async def _all_start(hub: HubProcess, agents: Mapping[str, Agent], url: str, place: Place) -> dict[str, str]:
    """Starts hub and agents, all at once, and enrols these; returns their names at the hub."""
    names: dict[str, str] = {}

    async def join(name: str, token: str) -> None:
        await agents[name].start()
        await wait_until(lambda: _can_join(agents[name]), f"{name} to be able to join", timeout_s=WAIT_S)
        enrolled = await agents[name].tympan("hub", "enrol", url, "--token", token, "--json")
        names[name] = json.loads(enrolled)["agent"]

    await hub.start()
    async with trio.open_nursery() as nursery:
        for name, token in zip(agents, place.tokens, strict=True):
            nursery.start_soon(join, name, token)
    return names


async def _can_join(ours: Agent) -> bool:
    return "running" in [row["status"] for row in await ours.ask("plugins") if row["id"] == "transport_https"]
