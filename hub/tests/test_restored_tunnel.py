"""A hub made of a backup: what was in its tunnel then may be on paper since, and is given to nobody again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
from crossing_rig import Sites, new_sites
from hub_rig import Bench, RemoteAgent, bench

from tympan_hub.cli.backup import backup, restore
from tympan_hub.cli.home import Home
from tympan_hub.domain.jobs import Standing
from tympan_wire.hub import CrossingState, JobStanding, Operation

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


@asynccontextmanager
async def restored(sites: Sites, folder: Path, file: Path) -> AsyncIterator[Sites]:
    """The same agents before the hub that is made of a backup."""
    home = Home(folder / "again")
    await restore(home, file)
    async with bench(home.root, sites.hub.clock) as again:

        def at(agent: RemoteAgent) -> RemoteAgent:
            return RemoteAgent(again.client, again.clock, agent.key, enrolled=agent.enrolled, token=agent.token)

        first, second = at(sites.first), at(sites.second)
        yield attrs.evolve(sites, hub=again, sender=at(sites.sender), first=first, second=second)


async def test_a_job_that_was_printed_since_the_backup_is_given_to_no_other_agent(sites: Sites, tmp_path: Path) -> None:
    waits = await sites.offer()
    taken = await sites.take(sites.second)
    file = tmp_path / "hub.backup"
    await backup(Home(tmp_path), file)
    assert await sites.say(sites.second, taken)
    await sites.stands(waits.job, JobStanding.COMPLETED, sites.second)

    async with restored(sites, tmp_path, file) as again:
        again.hub.clock.forward(seconds=60)
        await again.services.failover.round()
        assert (await again.look(again.first)).orders == ()
        assert not await again.say(again.second, taken), "it may begin no more, either"
        told = await again.standing(waits.job)
        assert told.state is CrossingState.LOST
        assert told.detail == "The hub was restored from a backup: it cannot be told whether this was printed."
        job = await again.services.jobs.get(again.tenant, again.admin, waits.job)
        assert job.standing is Standing.UNKNOWN
        await again.services.upload_clearance.tidy()
        assert not await again.kept(waits.upload)
        later = again.offered(waits.job, await again.upload("once more"), again.first)
        assert (await again.sender.ask(Operation.TUNNEL_OFFER, later)).state is CrossingState.LOST


async def test_who_had_begun_before_the_backup_tells_the_end_to_the_restored_hub(sites: Sites, tmp_path: Path) -> None:
    offer = await sites.offer()
    assert await sites.say(sites.first, await sites.take(sites.first))
    file = tmp_path / "hub.backup"
    await backup(Home(tmp_path), file)
    async with restored(sites, tmp_path, file) as again:
        assert (await again.standing(offer.job)).state is CrossingState.LOST
        await again.stands(offer.job, JobStanding.COMPLETED, again.first)
        assert (await again.standing(offer.job)).state is CrossingState.COMPLETED
