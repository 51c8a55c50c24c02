"""Policy on a running fleet: every agent obeys at every scope, and none is talked back by an older document.

The scopes below the hub (machine and user) are a signed file on each machine; its agent finds it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from fleet_rig import Fleet, FleetAgent, fleet, furnished

from tympan._policy import Scope

pytestmark = [pytest.mark.anyio, pytest.mark.system]
SIZES = [12, pytest.param(200, marks=pytest.mark.soak)]
KEYS = BRIDGE, COUNTING = "browser.bridge", "statistics.document"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def off(key: str, agent: FleetAgent) -> bool:
    return key not in agent.running


async def switched(
    here: Fleet, scope: Scope, verdict: str | None, capsys: pytest.CaptureFixture[str], keys: Sequence[str] = KEYS
) -> None:
    """Moves switches one after the other, waits until everybody they reach obeys, and says how long each took."""
    reached = here.grouped if scope is Scope.GROUP else here.agents
    moved_at = {}
    for key in keys:
        moved_at[key] = time.monotonic()
        await here.switches(scope).move(key, verdict)
    await here.obeys(reached, frozenset(keys), running=verdict is None)
    for key in keys:
        last_s = max(agent.obeyed_at[key] for agent in reached) - moved_at[key]
        with capsys.disabled():
            word = f"{key} {verdict or 'taken back'} by the {scope.value}"
            print(f"\n{word}: the last of {len(reached)} agents after {last_s:.2f} s", end="")


@pytest.mark.parametrize("size", SIZES)
async def test_a_running_fleet_obeys_at_every_scope(
    tmp_path: Path, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async with fleet(await furnished(tmp_path / "hub", size)) as here:
        effect = await here.tenants.effect(BRIDGE, "off")
        assert (effect["changed"], effect["used"]) == (size, 0)
        for scope in Scope:
            await switched(here, scope, "off", capsys)
            if scope is Scope.GROUP:
                assert not any(off(key, agent) for agent in here.others for key in KEYS)
            await switched(here, scope, None, capsys)
        old = here.agents[0].envelopes
        await switched(here, Scope.TENANT, "off", capsys, [BRIDGE])
        for agent in here.agents:
            replayed(agent, old)


def replayed(agent: FleetAgent, old: tuple[bytes, ...]) -> None:
    """Somebody on the way sends the documents of before, which are signed and sound: they are refused, and shown."""
    agent.obey(old)
    assert off(BRIDGE, agent)
    refused = [problem for problem in agent.book.snapshot.problems if problem.scope is Scope.TENANT]
    assert refused and "is not newer than number" in refused[0].reason


async def test_another_agents_document_of_its_groups_binds_nobody_else(tmp_path: Path) -> None:
    async with fleet(await furnished(tmp_path / "hub", 2)) as here:
        [inside], [outside] = here.grouped, here.others
        await here.groups.move(BRIDGE, "off")
        await here.obeys((inside,), frozenset([BRIDGE]), running=False)
        outside.obey(inside.envelopes)
        assert not off(BRIDGE, outside)
