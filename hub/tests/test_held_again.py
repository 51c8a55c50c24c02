"""Jobs that are held again while their release is under way: it ends with what the report says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from hub_rig import BIRTH, Bench
from pull_rig import LOBBY, Office, new_office

from tympan_hub.domain.ids import JobId
from tympan_hub.domain.releases import Batch, ReleaseState, Step
from tympan_wire.hub import JobStanding, ReleaseOrder, StoryLine

pytestmark = pytest.mark.anyio
RECEIVED = StoryLine(at=BIRTH, what="received", standing=JobStanding.RECEIVED)
SENT = StoryLine(at=BIRTH + dt.timedelta(seconds=5), what="sent", standing=JobStanding.SENDING)
WHY: dict[str, Any] = {"reason": "printer-stopped", "detail": "A door is open."}


@attrs.define
class UnderWay:
    """A job that is released, and what its agent was told."""

    office: Office
    job: JobId
    batch: Batch
    order: ReleaseOrder

    async def stands(self) -> tuple[Step, str, str]:
        """How far it is."""
        [told] = await self.office.progress(self.batch)
        return told.step, told.reason, told.detail

    async def later(self, minutes: int) -> None:
        """Time passes, and the hub looks again."""
        self.office.hub.clock.forward(minutes=minutes)
        await self.office.services.held_again.settle()


@pytest.fixture
async def one(hub: Bench) -> UnderWay:
    office = await new_office(hub)
    job = await office.hold()
    batch = await office.release(job)
    [order] = (await office.fetch()).orders
    return UnderWay(office, job, batch, order)


async def test_a_report_whose_story_tells_that_the_job_moved_ends_the_release_at_once(one: UnderWay) -> None:
    await one.office.answer(one.order)
    await one.office.stands(one.job, JobStanding.HELD, story=(RECEIVED, SENT), **WHY)
    assert await one.stands() == (Step.EXPIRED, *WHY.values())
    assert (await one.office.release(one.job)).releases, "it can be released again"


async def test_a_job_that_was_reported_moving_is_held_again_though_begun_was_never_said(one: UnderWay) -> None:
    await one.office.stands(one.job, JobStanding.SENDING, target=LOBBY)
    await one.office.stands(one.job, JobStanding.HELD, **WHY)
    assert await one.stands() == (Step.EXPIRED, *WHY.values())
    await one.office.answer(one.order)
    assert (await one.stands())[0] is Step.EXPIRED, "an old word changes nothing"


@pytest.mark.parametrize("story", [(RECEIVED,), (RECEIVED, attrs.evolve(RECEIVED, what="warned"))])
async def test_a_report_that_may_be_older_than_the_release_ends_it_later(
    one: UnderWay, story: tuple[StoryLine, ...]
) -> None:
    await one.office.answer(one.order)
    await one.office.stands(one.job, JobStanding.HELD, story=story, **WHY)
    await one.later(minutes=14)
    assert (await one.stands())[0] is not Step.EXPIRED
    await one.office.desk.renew()
    await one.office.stands(one.job, JobStanding.HELD, story=story, **WHY)
    await one.later(minutes=2)
    assert await one.stands() == (Step.EXPIRED, *WHY.values()), "counted from the first such report on"


async def test_a_job_that_moved_since_is_left_under_way_however_long_it_takes(one: UnderWay) -> None:
    await one.office.answer(one.order)
    await one.office.stands(one.job, JobStanding.HELD, **WHY)
    await one.office.stands(one.job, JobStanding.PRINTING, target=LOBBY)
    await one.later(minutes=60)
    assert (await one.stands())[0] is Step.PRINTING
    async with one.office.hub.units.reading() as unit:
        kept = await unit.releases.get(one.office.tenant, one.order.id)  # type: ignore[arg-type]
    assert kept is not None and kept.state is ReleaseState.BEGUN
