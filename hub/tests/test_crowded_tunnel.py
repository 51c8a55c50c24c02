"""A tunnel in which very much waits: a silent agent's jobs go to the next as soon as in an empty one."""

from __future__ import annotations

import datetime as dt

import pytest
from crossing_rig import Sites, new_sites
from hub_rig import Bench

from tympan_hub.domain.tunnel import TunnelLimits
from tympan_hub.domain.wakes import LookAtTunnel, Wake
from tympan_hub.service import failover
from tympan_wire.hub import CrossingState

pytestmark = pytest.mark.anyio


@pytest.fixture
async def sites(hub: Bench) -> Sites:
    return await new_sites(hub)


async def test_a_lease_that_ran_out_is_told_of_before_all_that_waits_for_longer(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failover, "WOKEN_MOST", 2)
    for _ in range(3):
        await sites.offer(sites.sender)  # whoever could print these has no envelope
    await sites.offer(sites.first, sites.second)
    order = await sites.take(sites.first)
    stream = sites.connect(sites.second)
    woken: list[str] = []

    def listen(_: str, wake: Wake) -> None:
        if isinstance(wake, LookAtTunnel):
            woken.extend(wake.agents)

    await sites.services.failover.round()
    sites.hub.wakeups.listen(listen)
    await sites.later(9)
    stream.end()
    assert sites.second.id in woken
    assert (await sites.take(sites.second)).id == order.id


async def test_very_many_jobs_whose_time_is_over_end_in_rounds_between_which_others_are_looked_after(
    sites: Sites, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failover, "EXPIRED_AT_ONCE", 2)
    limits = TunnelLimits(keep=dt.timedelta(minutes=5))
    await sites.services.tunnel_limits.change(sites.tenant, sites.admin.actor, limits)
    offers = [await sites.offer() for _ in range(5)]
    sites.hub.clock.forward(minutes=5)
    for left in (3, 1, 0):
        await sites.services.failover.round()
        states = [(await sites.standing(offer.job)).state for offer in offers]
        assert states.count(CrossingState.WAITING) == left
        assert [await sites.kept(offer.upload) for offer in offers].count(True) == left
