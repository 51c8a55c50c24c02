"""Whoever has a job and says nothing loses it to another agent in time, and prints nothing of it when it wakes up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest
import trio
from rig import AgentJob, story
from tunnel_rig import DEVICE, HOME, LOBBY, OFFICE, WAIT_S, Sites, TunnelUse, sites

pytestmark = [pytest.mark.anyio, pytest.mark.system]
_SLOW_S: Final = 0.3
"""On the cables of both receivers: a document is under way for a second or two, and somebody holds its lease."""


@pytest.fixture(scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sites]:
    async with sites(tmp_path_factory.mktemp("sites")) as made:
        yield made


async def stands(here: Sites, title: str, *states: str) -> str:
    """Waits until a job's crossing stands in one of these; returns its holder."""

    async def known() -> AgentJob | None:
        return (await here.jobs()).get(title)

    job = await here.until(known, f"home to know {title}")
    with trio.fail_after(WAIT_S):
        while (found := here.crossing(job.uuid))[0] not in states:
            await trio.sleep(0.01)
    return found[1]


async def told(here: Sites, job: AgentJob) -> list[str]:
    """Why each thing happened to a job of home, as its story tells."""
    return [line.why for line in await story(here.home, job.number)]


async def test_another_agent_prints_what_a_silent_one_holds_which_prints_nothing_when_it_wakes_up(here: Sites) -> None:
    for name in OFFICE:
        here.cables[name].delay_s = _SLOW_S
    await here.send("Silent")
    silent = await stands(here, "Silent", "taken")
    here.program(silent).pause()
    here.cables.mend()
    assert here.journal("Silent") == []
    [other] = set(OFFICE) - {silent}
    assert (await here.over("Silent")).detail == f"Printed by {other}."
    here.program(silent).resume()
    await here.send("After it")
    await here.over("After it")

    async def given_up() -> bool:
        """What the silent one has of it is held, or gone: it heard that it is another's."""
        told = await here.agents[silent].ask("plugins")
        job = await here.job_at(silent, "Silent")
        return bool(told) and (job is None or job.state in ("held", "aborted", "canceled"))

    await here.until(given_up, f"{silent} to hear that it is another's")
    assert [paper.ended for paper in here.journal("Silent")] == ["completed"]


async def test_a_receiver_that_is_killed_once_it_has_begun_comes_back_and_ends_the_job_once(here: Sites) -> None:
    here.cables[DEVICE].delay_s = _SLOW_S
    await here.send("Begun")
    holder = await stands(here, "Begun", "begun")
    await here.program(holder).kill9()
    here.cables.mend()
    await here.start(holder)
    job = await here.over("Begun")
    papers = [paper.ended for paper in here.journal("Begun")]
    assert (job.state, papers) in (("completed", ["completed"]), ("unknown", ["completed"]), ("unknown", []))
    there = await here.job_at(holder, "Begun")
    assert there is not None and there.state == job.state


async def test_a_printer_with_the_tunnel_to_fall_back_on_prints_direct_while_its_device_answers(here: Sites) -> None:
    await here.api("PUT", f"printers/{LOBBY}/tunnel", use=TunnelUse.FALLBACK.value)
    here.lead_home()
    await reached(here, True)
    await here.send("Near it")
    job = await here.over("Near it")
    assert job.state == "completed"
    assert not any("cloud_tunnel" in why for why in await told(here, job))
    here.lead_away()
    await here.send("Far from it")
    job = await here.over("Far from it")
    assert job.state == "completed"
    whys = await told(here, job)
    assert any("cloud_tunnel" in why and "does not answer" in why for why in whys), whys
    assert len(here.journal("Near it")) == len(here.journal("Far from it")) == 1


async def reached(here: Sites, there: bool) -> None:
    """Waits until home sees that its device answers, or that it does not."""

    async def seen() -> bool:
        rows = await here.home.ask("printers.list")
        return any(row["id"] == LOBBY and (row["device"] or {}).get("reachable") is there for row in rows)

    await here.until(seen, f"{HOME} to see its device")
