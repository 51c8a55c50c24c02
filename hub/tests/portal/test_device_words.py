"""What the pages at a device say: once, true, and with what to do."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import attrs
import pytest
from hub_rig import BIRTH, Bench
from portal_steps import SignIn, send
from pull_rig import ATTIC, FREE, LOBBY, Office, new_office

from tympan_hub.domain.held import Whereabouts
from tympan_hub.domain.ids import JobId, ReleaseId
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.releases import Fit, Progress, Step, Why
from tympan_hub.http.portal import _held_rows
from tympan_wire.hub import JobStanding, Pages

pytestmark = pytest.mark.anyio

COLOR = Pages(pages=3, color_pages=2, sides="two-sided-long-edge", sizes=("iso_a4_210x297mm",))
GOOD: dict[str, Any] = {"color": True, "duplex": True, "media": ("iso_a4_210x297mm",)}


async def there(hub: Bench, pull: PullSettings = FREE) -> tuple[Office, str]:
    """An office whose computer is awake, and the way to the device in its lobby."""
    office = await new_office(hub, pull)
    office.connect()
    code = (await office.services.points.get(office.tenant, office.admin, LOBBY)).code
    return office, f"/r/{code}"


async def test_what_is_wrong_with_the_device_is_said_once(hub: Bench, sign_in: SignIn) -> None:
    office, way = await there(hub)
    for number in range(3):
        await office.hold(created_at=BIRTH + dt.timedelta(seconds=number))
    phone = await sign_in(office.ada)
    unseen = (await phone.get(way)).text
    assert unseen.count("No computer has seen this printer yet.") == 1
    await office.sees(LOBBY, reachable=False)
    silent = (await phone.get(way)).text
    assert silent.lower().count("does not answer") == 1
    assert 'class="note' not in silent


async def test_what_is_adapted_says_how_it_comes_out_and_who_can_do_all_of_it(hub: Bench, sign_in: SignIn) -> None:
    office, way = await there(hub)
    await office.sees(LOBBY, **{**GOOD, "color": False, "duplex": False})
    await office.sees(ATTIC, **GOOD)
    await office.hold(pages=COLOR)
    page = (await (await sign_in(office.ada)).get(way)).text
    assert "It comes out without colour: this printer has none." in page
    assert "It comes out on one side of the paper" in page
    assert page.count("Attic (Attic) can do all of it.") == 1
    assert "Print here" in page


async def test_where_nothing_can_come_out_nothing_offers_to_print(hub: Bench, sign_in: SignIn) -> None:
    office, way = await there(hub, attrs.evolve(FREE, adapt=False))
    await office.sees(LOBBY, **{**GOOD, "color": False})
    await office.hold(pages=COLOR)
    phone = await sign_in(office.ada)
    page = (await phone.get(way)).text
    assert "This printer has no colour." in page
    assert "Print here" not in page
    assert "data-all" not in page
    assert "Another printer" in page
    await office.sees(LOBBY, **GOOD)
    assert "Print here" in (await phone.get(way)).text


async def test_a_job_of_a_computer_that_was_revoked_is_not_waited_for(hub: Bench, sign_in: SignIn) -> None:
    office, way = await there(hub)
    await office.sees(LOBBY, **GOOD)
    stolen = await hub.agent(office.tenant, "laptop")
    job = await office.hold(agent=stolen)
    assert [held.whereabouts for held in await office.mine()] == [Whereabouts.ASLEEP]
    await office.services.agents.revoke(office.tenant, office.admin.actor, stolen.id)
    assert [held.whereabouts for held in await office.mine()] == [Whereabouts.GONE]
    batch = await office.release(job)
    assert not batch.releases
    assert [(each.fit, each.whys) for each in batch.refused] == [(Fit.REFUSED, (Why.COMPUTER_GONE,))]
    phone = await sign_in(office.ada)
    page = (await phone.get(way)).text
    assert page.count("was removed. Print it again from another one.") == 1
    assert "Wake it" not in page
    assert "Its computer was removed" in (await phone.get("/app")).text
    deleted = await send(phone, f"/app/jobs/{job}/delete")
    assert deleted.status_code == 200
    assert not await office.mine()


async def test_one_job_is_deleted_only_after_a_question(hub: Bench, sign_in: SignIn) -> None:
    office, way = await there(hub)
    job = await office.hold(name="")
    phone = await sign_in(office.ada)
    page = (await phone.get(f"/app/jobs/{job}", params={"back": way})).text
    [asks] = re.findall(r'href="(/app/jobs/[^"]+/delete[^"]*)"', page)
    asked = (await phone.get(asks)).text
    assert "Delete this job?" in asked
    assert "Document without a title" in asked
    assert f'name="back" value="{way}"' in asked
    assert not [held for held in await office.mine() if held.deleting]
    assert (await phone.get(f"/app/jobs/{uuid.uuid4()}/delete")).status_code == 404


def of(step: Step, standing: Standing = Standing.HELD, detail: str = "") -> Progress:
    """How far a job is."""
    return Progress(
        release=ReleaseId(uuid.uuid4()), job=JobId(uuid.uuid4()), step=step, standing=standing, detail=detail
    )


@pytest.mark.parametrize(
    ("told", "word", "says"),
    [
        (of(Step.REFUSED, detail="no paper"), "Not printed", "It is held as before."),
        (of(Step.REFUSED, Standing.CANCELED, "gone"), "Not printed", ""),
        (of(Step.FAILED, Standing.ABORTED), "Failed", "Print it again from its program."),
        (of(Step.CANCELED, Standing.CANCELED), "Cancelled", "It was cancelled"),
        (of(Step.EXPIRED), "Held again", "No computer took it in time."),
        (of(Step.EXPIRED, Standing.EXPIRED), "Erased", "It was held too long"),
    ],
)
async def test_each_end_of_a_release_says_what_to_do(told: Progress, word: str, says: str) -> None:
    [row] = _held_rows.released([told], ())
    assert row.state.word == word
    assert (says in f"{row.why} {row.then}") if says else not row.then


async def test_a_job_whose_computer_sleeps_was_not_sent_to_it() -> None:
    waits = of(Step.WAITING)
    assert _held_rows.released([waits], [waits.job])[0].state.word == "Waits for its computer"
    assert _held_rows.released([waits], ())[0].state.word == "Sent to its computer"


async def test_what_nobody_knows_is_not_called_unprinted(hub: Bench, sign_in: SignIn) -> None:
    office, way = await there(hub)
    await office.sees(LOBBY, **GOOD)
    job = await office.hold()
    phone = await sign_in(office.ada)
    page = await send(phone, way, **{f"job-{job}": "yes"})
    [order] = (await office.fetch()).orders
    await office.answer(order)
    await office.stands(job, JobStanding.UNKNOWN)
    told = (await phone.get(str(page.url))).text
    assert "It is not sure that all of it came out." in told
    assert "<title>Not sure" in told
    assert "Not all of it was printed." not in told
