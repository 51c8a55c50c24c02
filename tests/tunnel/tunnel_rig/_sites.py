"""Three sites: a computer at home, the hub in the middle, two computers and a device in the office.

- Home and office have a route to the cloud and none to each other.
- Agents reach the hub over TLS at its own address, over cables that can be slow, lossy or cut.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import httpx
import trio
from discovery_rig import Host, Simulated, World, simulated, world
from fleet_rig import Place, furnished
from joined_rig import HubProcess, hub_process
from rig import Agent, Cupsd, ProgramFailed, agent, private_cupsd, standing_on, wait_until

from tunnel_rig._cable import Cable, Cables
from tunnel_rig._doors import authority, plain_door, tls_door
from tympan_sim import Record, read_journal

HOME: Final = "desk"
OFFICE: Final = ("left", "right")
CLOUD: Final = "hub"
DEVICE: Final = "lobby"
WAIT_S: Final = 120.0
"""Generous, because the machine may be busy with other tests."""
_SUBNETS: Final = {HOME: "home", CLOUD: "cloud", OFFICE[0]: "office", OFFICE[1]: "office", DEVICE: "office"}
_SETTINGS: Final = """
[transport_https]
echo_interval_s = 0.5
retry_first_s = 0.05
retry_last_s = 0.5
[hub_sync]
settle_s = 0.02
[ipp_submission]
watch_alert_interval_s = 0.5
"""
_SPOOLER: Final = """
[spool_cups]
server = "{server}"
error_log = "{error_log}"
watch_interval_s = 0.5
"""


@attrs.define(kw_only=True)
class Sites:
    """All of it, running, every agent enrolled.

    Attributes:
        hosts: By name: of agents, of the hub, and of the device.
        cables: By the same names.
        hub: The hub's process.
        place: Whom it knows.
        agents: By the name of their host.
        cups: The spooler at home.
        device: The device's process.
        papers: Where the device writes down what came out of it.
        names: What the hub calls its agents, by the name of their host.
    """

    hosts: Mapping[str, Host]
    cables: Cables
    hub: HubProcess
    place: Place
    agents: Mapping[str, Agent]
    cups: Cupsd
    device: Simulated
    papers: Path
    names: dict[str, str] = attrs.field(factory=dict)
    _client: httpx.AsyncClient

    @property
    def home(self) -> Agent:
        """The computer whose jobs go through the tunnel."""
        return self.agents[HOME]

    def cable(self, host: str) -> Cable:
        """Of a host."""
        return self.cables[host]

    def journal(self, title: str = "") -> list[Record]:
        """What came out of the device, all of it or what has that title."""
        return [record for record in read_journal(self.papers / DEVICE) if title in ("", record.name)]

    async def api(self, method: str, path: str, *, owner: bool = False, **body: Any) -> Any:
        """Asks the hub's API as the administrator or as the service owner, who must be answered well."""
        token = self.place.owner_token if owner else self.place.tenant_token
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self._client.request(method, f"/api/v1/{path}", json=body or None, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def until(self, look: Callable[[], Awaitable[Any]], what: str, timeout_s: float = WAIT_S) -> Any:
        """Waits for something, and returns it; where it does not come, says how every job of every agent stands."""
        try:
            return await wait_until(look, what, timeout_s=timeout_s, every_s=0.1)
        except TimeoutError as error:
            for name, ours in self.agents.items():
                error.add_note(f"{name}: {await _jobs(ours)}")
            raise

    async def come_out(self, title: str) -> Record:
        """Waits until something of that title came out."""

        async def there() -> Record | None:
            return next(iter(self.journal(title)), None)

        found: Record = await self.until(there, f"{title} to come out")
        return found

    async def knows(self, host: str, printer: str) -> Mapping[str, Any]:
        """Waits until an agent knows a printer; returns it."""

        async def known() -> Mapping[str, Any] | None:
            rows = await self.agents[host].ask("printers.list")
            return next((row for row in rows if row["id"] == printer), None)

        found: Mapping[str, Any] = await self.until(known, f"{host} to know {printer}")
        return found

    def lead_home(self) -> None:
        """Gives home a route to the office, as a notebook has that is carried there."""
        self._route("add")

    def lead_away(self) -> None:
        """Takes it away again."""
        self._route("del")

    def _route(self, how: str) -> None:
        for one, other in ((HOME, DEVICE), (DEVICE, HOME)):
            here, there = self.hosts[one].subnet, self.hosts[other].subnet
            self.hosts[one].namespace.ip(f"route {how} {there.network} via {here.network[1]}")


@asynccontextmanager
async def sites(folder: Path, *, seed: int = 1, settings: str = "") -> AsyncIterator[Sites]:
    """All of it on a folder; ``settings`` are more of every agent's."""
    cables = Cables(seed)
    async with AsyncExitStack() as stack:
        land = await stack.enter_async_context(world("home", "cloud", "office", plug=cables.plug))
        stack.callback(cables.close)
        hosts = await _hosts(land)
        nursery = await stack.enter_async_context(trio.open_nursery())
        stack.callback(nursery.cancel_scope.cancel)
        for cable in cables.by_host.values():
            nursery.start_soon(cable.carry)
        made = await _parts(stack, folder, hosts, cables, settings)
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


async def _parts(
    stack: AsyncExitStack, folder: Path, hosts: Mapping[str, Host], cables: Cables, settings: str
) -> Sites:
    trust = authority(folder)
    place = await trio.to_thread.run_sync(lambda: asyncio.run(furnished(folder / "hub", 1 + len(OFFICE))))
    with standing_on(hosts[CLOUD]):
        hub = await stack.enter_async_context(hub_process(folder / "hub"))
    with standing_on(hosts[HOME]):
        cups = await stack.enter_async_context(private_cupsd(log_level="none"))
    papers = folder / "device"
    options = ("--no-tls", "--name", DEVICE, "--directory", str(papers), "--history", "5000")
    device = await stack.enter_async_context(simulated(hosts[DEVICE], *options))
    url = await stack.enter_async_context(
        tls_door(hosts[CLOUD], hub.port, trust.context(str(hosts[CLOUD].address)))
    )  # fmt: skip
    back = await stack.enter_async_context(plain_door(hosts[CLOUD], hub.port))
    client = await stack.enter_async_context(httpx.AsyncClient(base_url=back, timeout=WAIT_S, trust_env=False))
    env = {"TYMPAN_KEYS": "file", "SSL_CERT_FILE": str(trust.root)}
    spooler = _SPOOLER.format(server=cups.server, error_log=f"{cups.root}/log/error_log")
    agents = {}
    for name in (HOME, *OFFICE):
        usual = _SETTINGS + settings + (spooler if name == HOME else "")
        with standing_on(hosts[name]):
            ours = agent(folder / name, env=env, settings=usual, started=False)
            agents[name] = await stack.enter_async_context(ours)
    names = await _all_start(hub, agents, url, place)
    made = Sites(
        hosts=hosts,
        cables=cables,
        hub=hub,
        place=place,
        agents=agents,
        cups=cups,
        device=device,
        papers=papers,
        names=names,
        client=client,
    )
    await made.api("PUT", "policy/switches/agent.require-sign-in", verdict="off")
    return made


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


async def _jobs(ours: Agent) -> object:
    try:
        return await ours.ask("jobs.list")
    except ProgramFailed as error:
        return error
