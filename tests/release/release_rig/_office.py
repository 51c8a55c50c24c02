"""A hub, its agents and the devices they may release at; with a broker where a test wants one."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import httpx
import trio
from crash_rig._line import Line, line
from joined_rig import HubProcess, hub_process
from rig import Agent, agent, free_port, wait_until

from release_rig._furnish import PULL, Furnished, Plan, furnish
from release_rig._mosquitto import Mosquitto, mosquitto
from release_rig._waits import WAIT_S
from tympan_hub.cli.home import Home
from tympan_wire.hub import PREFIX

_SETTINGS = """
[transport_https]
echo_interval_s = 0.5
retry_first_s = 0.05
retry_last_s = 0.5
[hub_sync]
settle_s = 0.02
poll_s = {poll_s}
"""


@attrs.frozen(kw_only=True)
class Front:
    """What stands before a hub.

    Attributes:
        url: Where it answers.
        env: With which agents trust it.
    """

    url: str
    env: Mapping[str, str]


@attrs.define(kw_only=True)
class Office:
    """All of it, running, every agent enrolled and knowing its printers.

    Attributes:
        hub: The hub's process.
        line: What every agent reaches the hub over.
        agents: By number.
        names: What the hub calls them.
        front: Where agents reach the hub.
        broker: The MQTT broker, where there is one.
        made: What stands in the hub: points, people, tokens.
        metrics: Where the hub tells those who run it what it did.
    """

    hub: HubProcess
    line: Line
    agents: Sequence[Agent]
    names: Sequence[str]
    front: Front
    broker: Mosquitto | None
    made: Furnished
    metrics: str

    async def api(self, method: str, path: str, by: str = "", *, token: str = "", **body: Any) -> httpx.Response:
        """Asks the hub's API, with somebody's token or another one."""
        headers = {"Authorization": f"Bearer {token or self.made.tokens[by]}"}
        async with httpx.AsyncClient(base_url=self.hub.url, trust_env=False, headers=headers, timeout=60) as client:
            return await client.request(method, f"/api/v1{path}", json=body or None)

    async def asked(self, operation: str) -> int:
        """How often agents asked the hub for something, since it was started."""
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            told = (await client.get(self.metrics)).raise_for_status().text
        route = re.escape(PREFIX + operation)
        found = re.findall(rf'^tympan_hub_http_requests_total{{.*route="{route}".*}} (\S+)$', told, re.MULTILINE)
        return int(sum(map(float, found)))


@asynccontextmanager
async def office(
    folder: Path,
    plan: Plan,
    *,
    broker: bool = False,
    settings: str = "",
    poll_s: float = 300.0,
    front: Callable[[int], AbstractContextManager[Front]] | None = None,
) -> AsyncIterator[Office]:
    """An office on a folder.

    Args:
        folder: For all state.
        plan: What it has.
        broker: Whether notices also go over MQTT.
        settings: More of the agents'.
        poll_s: How often agents ask what is wanted of them when no notice comes.
        front: What stands before the hub, made for the port it leads to; nothing does unless told.
    """
    async with AsyncExitStack() as stack:
        home = Home(folder / "hub")
        made = await furnish(home, plan)
        serving = await stack.enter_async_context(mosquitto(folder, home.root)) if broker else None
        metrics = free_port()
        serve = (*(serving.serve if serving else ()), "--metrics-port", str(metrics))
        hub = await stack.enter_async_context(hub_process(home.root, serve=serve))
        await hub.start()
        between = await stack.enter_async_context(line(hub.port))
        before = stack.enter_context(front(between.port)) if front else _bare(between)
        env = {"TYMPAN_KEYS": "file", **before.env}
        usual = _SETTINGS.format(poll_s=poll_s) + settings
        started = [
            await stack.enter_async_context(agent(folder / f"agent-{number}", env=env, settings=usual, started=False))
            for number in range(plan.agents)
        ]
        names = await _all_join(started, before.url, made.invitations)
        yield Office(
            hub=hub,
            line=between,
            agents=started,
            names=names,
            front=before,
            broker=serving,
            made=made,
            metrics=f"http://127.0.0.1:{metrics}/metrics",
        )


def _bare(between: Line) -> Front:
    return Front(url=f"http://127.0.0.1:{between.port}", env={})


async def _all_join(agents: Sequence[Agent], url: str, invitations: Sequence[str]) -> list[str]:
    """Starts and enrols agents, all at once; returns their names at the hub."""
    names = dict.fromkeys(range(len(agents)), "")

    async def one(number: int) -> None:
        names[number] = await _join(agents[number], url, invitations[number])

    async with trio.open_nursery() as nursery:
        for number in names:
            nursery.start_soon(one, number)
    return list(names.values())


async def _join(ours: Agent, url: str, token: str) -> str:
    """Starts and enrols an agent, and waits until it knows the pull queue; returns its name at the hub."""
    await ours.start()
    enrolled = json.loads(await ours.tympan("hub", "enrol", url, "--token", token, "--json"))

    async def known() -> bool:
        return PULL in {row["id"] for row in await ours.ask("printers.list")}

    await wait_until(known, "the agent to know the pull queue", timeout_s=WAIT_S, every_s=0.2)
    return str(enrolled["agent"])
