"""Policy on a running fleet: every agent obeys at every scope of the hub, and none is talked back by an older document.

The scopes below the hub (machine file and user) lie with the agent alone; its own tests have them.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from fleet_rig import Fleet, FleetAgent, fleet, furnished

from tympan._policy import Scope

pytestmark = [pytest.mark.anyio, pytest.mark.system]
SIZE = 200
BRIDGE, COUNTING = "browser.bridge", "statistics.document"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def off(key: str, agent: FleetAgent) -> bool:
    return key not in agent.running


async def switched(here: Fleet, scope: str, key: str, verdict: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    """Moves a switch, waits until everybody it reaches obeys, and says how long the last one took."""
    switches = {"service-owner": here.owners, "tenant": here.tenants, "group": here.groups}[scope]
    reached = here.grouped if scope == "group" else here.agents
    start = time.monotonic()
    await switches.move(key, verdict)
    took_s = await here.obeys(reached, lambda agent: off(key, agent) == (verdict == "off"), start)
    with capsys.disabled():
        print(
            f"\n{key} {verdict or 'taken back'} by the {scope}: the last of {len(reached)} agents after {took_s:.2f} s"
        )


async def test_a_running_fleet_obeys_at_every_scope(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with fleet(await furnished(tmp_path / "hub", SIZE)) as here:
        effect = await here.tenants.effect(BRIDGE, "off")
        assert (effect["changed"], effect["used"]) == (SIZE, 0)
        for scope, key in (("service-owner", BRIDGE), ("tenant", COUNTING), ("group", BRIDGE)):
            await switched(here, scope, key, "off", capsys)
            if scope == "group":
                assert not any(off(key, agent) for agent in here.others)
            await switched(here, scope, key, None, capsys)
        old = here.agents[0].envelopes
        await switched(here, "tenant", BRIDGE, "off", capsys)
        for agent in here.agents:
            replayed(agent, old)


def replayed(agent: FleetAgent, old: tuple[bytes, ...]) -> None:
    """Somebody on the way sends the documents of before, which are signed and sound: they are refused, and shown."""
    agent.obey(old)
    assert off(BRIDGE, agent)
    refused = [problem for problem in agent.policy.problems if problem.scope is Scope.TENANT]
    assert refused and "is not newer than number" in refused[0].reason


async def test_another_agents_document_of_its_groups_binds_nobody_else(tmp_path: Path) -> None:
    async with fleet(await furnished(tmp_path / "hub", 2)) as here:
        [inside], [outside] = here.grouped, here.others
        await here.groups.move(BRIDGE, "off")
        await here.obeys((inside,), lambda agent: off(BRIDGE, agent), 0.0)
        outside.obey(inside.envelopes)
        assert not off(BRIDGE, outside)
