"""A hub, its agents and the devices they may release at; with a broker where a test wants one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import attrs
from crash_rig._line import Line, line
from joined_rig import HubProcess, hub_process
from rig import Agent, agent, agent_printers, wait_until

from release_rig._furnish import PULL, Furnished, Plan, furnish
from release_rig._mosquitto import Mosquitto, mosquitto
from release_rig._waits import WAIT_S
from tympan_hub.cli.home import Home

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
    """

    hub: HubProcess
    line: Line
    agents: Sequence[Agent]
    names: Sequence[str]
    front: Front
    broker: Mosquitto | None
    made: Furnished


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
        serve = serving.serve if serving else ()
        hub = await stack.enter_async_context(hub_process(home.root, serve=serve))
        await hub.start()
        between = await stack.enter_async_context(line(hub.port))
        before = stack.enter_context(front(between.port)) if front else _bare(between)
        env = {"TYMPAN_KEYS": "file", **before.env}
        usual = _SETTINGS.format(poll_s=poll_s) + settings
        started = [
            await stack.enter_async_context(agent(folder / f"agent-{number}", env=env, settings=usual))
            for number in range(plan.agents)
        ]
        names = [await _join(one, before.url, token) for one, token in zip(started, made.invitations, strict=True)]
        yield Office(hub=hub, line=between, agents=started, names=names, front=before, broker=serving, made=made)


def _bare(between: Line) -> Front:
    return Front(url=f"http://127.0.0.1:{between.port}", env={})


async def _join(ours: Agent, url: str, token: str) -> str:
    """Enrols an agent and waits until it knows the pull queue; returns its name at the hub."""
    await ours.tympan("hub", "enrol", url, "--token", token)

    async def known() -> bool:
        return PULL in await agent_printers(ours)

    await wait_until(known, "the agent to know the pull queue", timeout_s=WAIT_S, every_s=0.2)
    return str(json.loads(await ours.tympan("hub", "status", "--json"))["agent"])
