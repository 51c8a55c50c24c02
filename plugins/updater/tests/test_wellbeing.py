"""What a hub hears of a machine: what runs, how the last update ended, and what was lost by it."""

from __future__ import annotations

import pytest
from desk_rig import Machine, Workshop
from service_rig import Agent, Hub, linked, service

from tympan_wire.hub import UpdateStep, UpdatesWanted

pytestmark = pytest.mark.anyio


async def test_the_hub_hears_what_runs_and_how_the_last_update_ended(workshop: Workshop, desk: Machine) -> None:
    workshop.version("1.2.0", starts=False)
    with pytest.raises(Exception, match="ended at once"):
        desk.update(workshop.source())
    hub = Hub()
    async with service(desk, linked(hub), repository=str(workshop.public)) as running:
        await running.noted("come back from")
    [told] = hub.told[0].updates
    assert (hub.told[0].installed, told.subject, told.version, told.step) == ("1.0.0", "", "1.2.0", UpdateStep.RETURNED)
    assert "ended at once" in told.reason


async def test_an_agent_that_kept_a_version_and_lost_something_by_it_tells_its_hub_until_it_has_it_again(
    workshop: Workshop, desk: Machine
) -> None:
    hub, agent = Hub(wish=UpdatesWanted(paused=True)), Agent()
    async with service(desk, linked(hub), agent=agent, repository=str(workshop.public)) as running:
        await running.noted("updates are paused")
        folder = running.folder
    assert hub.told[-1].healthy
    desk.update(workshop.source())
    agent.plugins["spool_cups"], agent.prints = "failed", None
    async with service(desk, linked(hub), agent=agent, folder=folder, repository=str(workshop.public)) as running:
        await running.noted("up to date")
        told = hub.told[-1]
        [update] = told.updates
        assert (update.version, update.step, update.missing) == ("1.1.0", UpdateStep.SWITCHED, ("spool_cups",))
        assert "with 1.1.0 these do not run any more: spool_cups" in update.reason
        assert (told.healthy, told.trouble) == (False, update.reason)
        agent.plugins["spool_cups"], agent.prints = "running", False
        running.look_again()
        await running.noted("up to date")
        assert hub.told[-1].updates[0].missing == ("the print system",)
        agent.plugins["ipp_endpoint"], agent.prints = "off", True
        running.look_again()
        await running.noted("up to date")
    last = hub.told[-1]
    assert last.healthy and not last.trouble and not last.updates[0].missing


async def test_what_was_lost_under_the_version_before_is_not_laid_at_the_next_one_s_door(
    workshop: Workshop, desk: Machine
) -> None:
    hub, agent = (
        Hub(wish=UpdatesWanted(paused=True)),
        Agent(plugins={"ipp_endpoint": "running", "spool_cups": "failed"}),
    )
    async with service(desk, linked(hub), agent=agent, repository=str(workshop.public)) as running:
        await running.noted("updates are paused")
        folder = running.folder
    desk.update(workshop.source())
    async with service(desk, linked(hub), agent=agent, folder=folder, repository=str(workshop.public)) as running:
        await running.noted("up to date")
    assert (hub.told[-1].healthy, hub.told[-1].updates[0].missing) == (True, ())
