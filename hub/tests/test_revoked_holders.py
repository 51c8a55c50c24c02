"""Jobs that were held at a computer which was shut out: said so at once, wherever somebody would release them."""

from __future__ import annotations

import attrs
import pytest
from hub_rig import Bench
from pull_rig import FREE, LOBBY, Office, new_office
from test_pull_mirrors import Site

from tympan_hub.domain.held import Whereabouts
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.pull import Mirroring
from tympan_hub.domain.releases import SENTENCES, Fit, Step, Why

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(hub: Bench) -> Office:
    return await new_office(hub)


async def revoke(office: Office) -> None:
    await office.services.agents.revoke(office.tenant, office.admin.actor, office.bearer().agent)


async def test_a_job_at_a_revoked_agent_is_refused_at_once_and_shown_so_before(office: Office) -> None:
    job = await office.hold()
    await revoke(office)
    assert [held.whereabouts for held in await office.mine()] == [Whereabouts.GONE]
    [shown] = await office.services.releases.preview(office.tenant, office.ada, LOBBY, ())
    assert (shown.fit, shown.whys) == (Fit.REFUSED, (Why.COMPUTER_GONE,))
    batch = await office.release(job)
    assert not batch.releases
    assert [each.sentence for each in batch.refused] == [SENTENCES[Why.COMPUTER_GONE]]
    assert "print it again" in SENTENCES[Why.COMPUTER_GONE], "what to do next"

    await office.services.held.delete(office.tenant, office.ada, (job,))
    assert not await office.mine()


async def test_an_order_that_waits_for_an_agent_that_is_revoked_then_is_refused(office: Office) -> None:
    job = await office.hold()
    batch = await office.release(job)
    await revoke(office)
    await office.services.regiving.round()
    [told] = await office.progress(batch)
    assert (told.step, told.reason, told.detail) == (Step.REFUSED, "computer-gone", SENTENCES[Why.COMPUTER_GONE])


async def test_a_mirrored_one_waits_for_an_agent_that_can_print_it(hub: Bench) -> None:
    office = await new_office(hub, attrs.evolve(FREE, mirror=Mirroring.HUB))
    await hub.services.policy.switch(office.tenant, office.admin.actor, "agent.require-sign-in", Verdict.OFF)
    site = Site(office, await hub.agent(office.tenant, "desk-2"))
    job = await office.hold()
    await site.mirrored(job)
    await office.sees(LOBBY, site.other)
    await revoke(office)
    assert [held.whereabouts for held in await office.mine()] == [Whereabouts.ASLEEP]
    [shown] = await office.services.releases.preview(office.tenant, office.ada, LOBBY, ())
    assert (shown.fit, Why.COMPUTER_AWAY in shown.whys) == (Fit.FITS, True)
    await office.release(job)
    [order] = (await office.fetch(site.other)).orders
    assert order.mirrored is not None


async def test_a_reader_that_was_revoked_is_none(hub: Bench) -> None:
    office = await new_office(hub, attrs.evolve(FREE, mirror=Mirroring.HUB))
    await hub.services.policy.switch(office.tenant, office.admin.actor, "agent.require-sign-in", Verdict.OFF)
    site = Site(office, await hub.agent(office.tenant, "desk-2"))
    job = await office.hold()
    await site.mirrored(job)
    await revoke(office)
    await office.services.agents.revoke(office.tenant, CONSOLE, office.bearer(site.other).agent)
    assert [held.whereabouts for held in await office.mine()] == [Whereabouts.GONE]
    assert [each.whys for each in (await office.release(job)).refused] == [(Why.COMPUTER_GONE,)]
