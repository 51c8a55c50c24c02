"""Releases: asked for by the owner, taken by one agent, told in their order, and what became of them."""

from __future__ import annotations

import asyncio
import uuid

import attrs
import pytest
from hub_rig import Bench, Stage
from pull_rig import ATTIC, FREE, LOBBY, QUEUE, Office, new_office

from tympan_hub.domain.errors import Conflict, NotAllowed, NotFound, NotSignedIn, TooMany, Unavailable
from tympan_hub.domain.held import Changes, ColorMode, Sides
from tympan_hub.domain.ids import JobId, ReleaseId
from tympan_hub.domain.jobs import Standing, StoryLine
from tympan_hub.domain.limits.attempts import GUESSES_PER_PERSON
from tympan_hub.domain.people import Role
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.releases import SENTENCES, Fit, ReleaseState, Step, Why
from tympan_wire.hub import Delivery, JobStanding, Operation, Pages, ReleaseAsked, ReleaseOutcome

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(hub: Bench) -> Office:
    return await new_office(hub)


async def test_an_agent_is_told_of_pull_queues_and_of_release_points(office: Office) -> None:
    desired = await office.desk.desired()
    told = {printer.id: printer for printer in desired.printers}
    assert (told[QUEUE].delivery, told[QUEUE].uri) == (Delivery.PULL, "")
    rules = told[QUEUE].pull
    assert rules is not None
    assert (rules.hold_s, rules.color, rules.media[0]) == (86_400, True, "iso_a4_210x297mm")
    assert told[LOBBY].pull is None
    assert [point.printer for point in desired.points] == ["attic", "lobby"]


async def test_a_held_job_is_released_begun_and_printed(office: Office) -> None:
    stream = office.connect()
    job = await office.hold()
    [held] = await office.mine()
    assert (held.job, held.printer_name, held.title) == (job, "Anywhere", "minutes.pdf")

    batch = await office.release(job)
    assert [release.job for release in batch.releases] == [job]
    assert [step.step for step in await office.progress(batch)] == [Step.WAITING]
    lines = stream.lines()
    assert b"hello" in await anext(lines)
    assert b'"releases"' in await anext(lines)

    [order] = (await office.fetch()).orders
    assert (order.job, order.printer, order.by, order.mirrored) == (job, LOBBY, "Ada", None)
    assert (await office.fetch()).orders == (order,), "it is repeated until it is answered"
    await office.answer(order)
    assert not (await office.fetch()).orders
    await office.stands(job, JobStanding.PRINTING, target=LOBBY, impressions_completed=2)
    [now] = await office.progress(batch)
    assert (now.step, now.page, now.pages) == (Step.PRINTING, 3, 6)
    await office.stands(job, JobStanding.COMPLETED, target=LOBBY)
    assert [step.step for step in await office.progress(batch)] == [Step.DONE]
    assert not await office.mine()


async def test_a_released_job_is_not_released_again(office: Office) -> None:
    job = await office.hold()
    await office.release(job)
    again = await office.release(job)
    assert not again.releases
    assert [(each.fit, each.whys) for each in again.refused] == [(Fit.REFUSED, (Why.UNDER_WAY,))]


async def test_a_refused_job_is_held_again_and_can_be_released_again(office: Office) -> None:
    job = await office.hold()
    batch = await office.release(job)
    [order] = (await office.fetch()).orders
    await office.answer(order, ReleaseOutcome.REFUSED, reason="job-printing", detail="No such paper.")
    [told] = await office.progress(batch)
    assert (told.step, told.reason, told.detail) == (Step.REFUSED, "job-printing", "No such paper.")
    assert (await office.release(job)).releases


async def test_what_nobody_fetches_is_over_in_time(office: Office) -> None:
    job = await office.hold()
    batch = await office.release(job)
    office.hub.clock.forward(seconds=121)
    assert [step.step for step in await office.progress(batch)] == [Step.EXPIRED]
    assert not (await office.fetch()).orders
    [again] = (await office.release(job)).releases
    assert again.state is ReleaseState.WAITING


async def test_jobs_that_are_not_theirs_are_not_held_for_them(office: Office) -> None:
    others = await office.hold(user="ben")
    batch = await office.release(others, JobId(uuid.uuid4()))
    assert not batch.releases
    assert {each.whys for each in batch.refused} == {(Why.NOT_HELD,)}


async def test_jobs_of_one_batch_begin_in_their_order_whichever_agents_print_them(office: Office) -> None:
    other = await office.hub.agent(office.tenant, "desk-2")
    office.connect(), office.connect(other)
    first, second = await office.hold(), await office.hold(agent=other)
    third = await office.hold()
    batch = await office.release(first, second, third)
    assert [release.job for release in batch.releases] == [first, second, third]
    assert not (await office.fetch(other)).orders, "not its turn"
    [one] = (await office.fetch()).orders
    assert one.job == first
    stream = office.connect(other)
    await office.answer(one)
    lines = stream.lines()
    assert b"hello" in await anext(lines)
    assert b'"releases"' in await anext(lines), "told that it is its turn"
    [two] = (await office.fetch(other)).orders
    assert not (await office.fetch()).orders
    await office.answer(two, agent=other)
    assert [order.job for order in (await office.fetch()).orders] == [third]


async def test_the_order_and_the_changes_of_the_owner_are_those_of_the_release(office: Office) -> None:
    first, second, third = [await office.hold() for _ in range(3)]
    held = office.services.held
    await held.reorder(office.tenant, office.ada, [third, first])
    assert [each.job for each in await office.mine()] == [third, first, second]
    await held.change(office.tenant, office.ada, first, Changes(copies=3, sides=Sides.ONE))
    await office.release(changes={first: Changes(copies=4)})
    orders = (await office.fetch()).orders
    assert [order.job for order in orders] == [third, first, second]
    changed = orders[1].changes
    assert (changed.copies, changed.sides, changed.color) == (4, "one-sided", "")
    with pytest.raises(Conflict):
        await held.change(office.tenant, office.ada, first, Changes(copies=1))
    with pytest.raises(NotFound):
        await held.change(office.tenant, office.admin, first, Changes(copies=1))


async def test_a_job_its_agent_took_back_is_released_by_that_agent_again(office: Office) -> None:
    job = await office.hold()
    batch = await office.release(job)
    [order] = (await office.fetch()).orders
    await office.answer(order)
    await office.stands(job, JobStanding.HELD, revision=1)
    assert [one.step for one in await office.progress(batch)] == [Step.PREPARING], "an old report says nothing"
    await office.stands(job, JobStanding.WAITING)
    await office.stands(job, JobStanding.HELD)
    assert [one.step for one in await office.progress(batch)] == [Step.EXPIRED]
    assert [release.agent for release in (await office.release(job)).releases] == [office.desk.id]


async def test_what_a_device_cannot_do_is_told_before_and_where_it_can_be_done(office: Office) -> None:
    colored = Pages(format="application/pdf", pages=3, color_pages=1, sides="two-sided-long-edge")
    job = await office.hold(pages=colored)
    await office.sees(LOBBY, color=False, duplex=False)
    await office.sees(ATTIC, color=True, duplex=True)
    [shown] = await office.services.releases.preview(office.tenant, office.ada, LOBBY, ())
    assert (shown.fit, shown.whys) == (Fit.ADAPTED, (Why.NO_COLOR, Why.NO_DUPLEX, Why.COMPUTER_AWAY))
    assert shown.nearest is not None and shown.nearest.printer == ATTIC
    assert "Attic" in shown.sentence

    strict = attrs.evolve(FREE, adapt=False)
    queue = (await office.services.printers.get(office.tenant, office.admin.actor, QUEUE)).printer
    await office.services.printers.change(office.tenant, office.admin.actor, attrs.evolve(queue, pull=strict))
    batch = await office.release(job)
    assert not batch.releases
    assert [each.fit for each in batch.refused] == [Fit.REFUSED]
    grey = await office.release(job, changes={job: Changes(color=ColorMode.MONOCHROME, sides=Sides.ONE)})
    assert [release.job for release in grey.releases] == [job]


async def test_nobody_releases_more_than_their_quota(office: Office) -> None:
    queue = (await office.services.printers.get(office.tenant, office.admin.actor, QUEUE)).printer
    few = attrs.evolve(FREE, pages_a_month=14)
    await office.services.printers.change(office.tenant, office.admin.actor, attrs.evolve(queue, pull=few))
    printed, first, second = [await office.hold() for _ in range(3)]  # of six sides each
    await office.stands(printed, JobStanding.COMPLETED)
    batch = await office.release(first, second)
    assert [release.job for release in batch.releases] == [first]
    assert [each.whys for each in batch.refused] == [(Why.QUOTA,)]
    again = await office.release(second)
    assert [each.whys for each in again.refused] == [(Why.QUOTA,)], "what is under way counts"
    fewer = await office.release(second, changes={second: Changes(copies=1)})
    assert not fewer.releases, "three more than two"


async def test_points_are_found_by_their_code_and_guessing_ends(office: Office) -> None:
    points = office.services.points
    [_, lobby] = await points.all(office.tenant, office.admin)
    seen = await points.found(office.tenant, office.ada, f" {lobby.code[:4].lower()}-{lobby.code[4:]}")
    assert (seen.printer, seen.name, seen.wanted) == (LOBBY, "Lobby", Proximity.STATIC)
    other = await office.hub.tenant("Other")
    stranger = await office.hub.person(other, Role.USER)
    with pytest.raises(NotFound):
        await points.found(other, stranger, lobby.code)
    renewed = await points.renew(office.tenant, office.admin, LOBBY)
    assert renewed.code != lobby.code
    for _ in range(10):
        with pytest.raises(NotFound):
            await points.found(office.tenant, office.ada, lobby.code)
    with pytest.raises(TooMany):
        await points.found(office.tenant, office.ada, renewed.code)


async def test_a_screen_shows_a_code_that_proves_and_is_used_once(office: Office) -> None:
    points = office.services.points
    await points.set_proximity(office.tenant, office.admin, LOBBY, Proximity.ROTATING)
    first = await points.kiosk_link(office.tenant, office.admin, LOBBY)
    token = await points.kiosk_link(office.tenant, office.admin, LOBBY)
    with pytest.raises(NotFound):
        await points.kiosk(first)
    shown = await points.kiosk(token)
    job = await office.hold()
    for proof in ("", shown.code):
        with pytest.raises(NotAllowed):
            await office.release(job, proof=proof)
    ticket = await points.prove(office.tenant, office.ada, LOBBY, shown.rotating)
    with pytest.raises(NotAllowed):
        await points.prove(office.tenant, office.ada, LOBBY, shown.rotating)
    with pytest.raises(NotAllowed):
        await office.release(job, at=ATTIC, proof=ticket)
    assert (await office.release(job, proof=ticket)).releases


async def test_a_station_releases_for_who_stands_before_it_at_its_devices_only(office: Office) -> None:
    stations = office.services.stations
    made = await stations.make(office.tenant, office.admin, "Badge reader", [LOBBY])
    job = await office.hold()
    with pytest.raises(NotFound):
        await stations.release(made.token, "ada", ATTIC)
    with pytest.raises(NotFound):
        await stations.release(made.token, "nobody", LOBBY)
    with pytest.raises(NotSignedIn):
        await stations.release("x" * 43, "ada", LOBBY)
    batch = await stations.release(made.token, "ADA@acme.example", LOBBY)
    assert [(release.job, release.person) for release in batch.releases] == [(job, office.ada.id)]
    await stations.remove(office.tenant, office.admin, made.station.id)
    with pytest.raises(NotSignedIn):
        await stations.release(made.token, "ada", LOBBY)


async def test_the_command_line_asks_for_who_is_signed_in_there(office: Office) -> None:
    job = await office.hold()
    asked = ReleaseAsked(user="ada", point=LOBBY)
    answer = await office.desk.post(Operation.RELEASE_ASK, asked)
    assert answer.status_code == 403, "an agent's word alone is nobody's"
    stage = Stage(office.hub, office.tenant, office.admin, office.desk)
    await stage.signed_in(office.ada, user="ada")
    told = await office.desk.ask(Operation.RELEASE_ASK, asked)
    assert told.ordered == (job,)
    again = await office.desk.ask(Operation.RELEASE_ASK, attrs.evolve(asked, jobs=(job,)))
    assert [(each.job, each.detail) for each in again.refused] == [(job, SENTENCES[Why.UNDER_WAY])]


async def test_codes_guessed_at_the_command_line_are_counted_as_on_a_phone(office: Office) -> None:
    await office.hold()
    stage = Stage(office.hub, office.tenant, office.admin, office.desk)
    await stage.signed_in(office.ada, user="ada")
    guesses = [f"{number:08d}".replace("0", "A").replace("1", "B") for number in range(GUESSES_PER_PERSON)]
    for guess in guesses:
        answer = await office.desk.post(Operation.RELEASE_ASK, ReleaseAsked(user="ada", point=guess))
        assert answer.status_code == 404, answer.text
    point = await office.services.points.get(office.tenant, office.admin, LOBBY)
    answer = await office.desk.post(Operation.RELEASE_ASK, ReleaseAsked(user="ada", point=point.code))
    assert answer.status_code == 429, "the right one comes too late"
    with pytest.raises(TooMany):
        await office.services.points.found(office.tenant, office.ada, point.code)
    told = await office.desk.ask(Operation.RELEASE_ASK, ReleaseAsked(user="ada", point=LOBBY))
    assert told.ordered, "who names the printer guesses nothing"


async def test_a_job_that_is_over_when_its_order_is_fetched_is_not_printed(office: Office) -> None:
    """Deleted in the moment in which it was released elsewhere."""
    job = await office.hold()
    batch = await office.release(job)
    line = StoryLine(at=office.hub.clock.now(), what="Deleted by its owner", standing=Standing.CANCELED)
    async with office.hub.units.writing() as unit:
        assert await unit.jobs.cancel(office.tenant, JobId(job), line)
    assert not (await office.fetch()).orders
    [release] = await office.progress(batch)
    assert release.step in (Step.CANCELED, Step.REFUSED)


async def test_orders_of_others_are_neither_told_nor_answered(office: Office) -> None:
    other = await office.hub.agent(office.tenant, "desk-2")
    job = await office.hold()
    batch = await office.release(job)
    [order] = (await office.fetch()).orders
    assert not (await office.fetch(other)).orders
    await office.answer(order, ReleaseOutcome.REFUSED, agent=other)
    assert [one.step for one in await office.progress(batch)] == [Step.PREPARING]
    with pytest.raises(NotFound):
        await office.services.releases.progress(office.tenant, office.admin, batch.id)


async def test_a_job_is_released_once_whatever_is_asked_at_once(office: Office) -> None:
    jobs = [await office.hold() for _ in range(5)]

    async def ask() -> list[JobId]:
        try:
            return [release.job for release in (await office.release(*jobs)).releases]
        except (Conflict, Unavailable):
            return []

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask()) for _ in range(8)]
    released = [job for task in tasks for job in task.result()]
    assert sorted(released) == sorted(jobs)
    fetched = await asyncio.gather(*(office.fetch() for _ in range(4)))
    assert {order.fence for told in fetched for order in told.orders} == {1}
    assert {len(told.orders) for told in fetched} == {5}


async def test_an_order_lives_while_its_agent_asks_and_ends_with_its_silence(office: Office) -> None:
    job = await office.hold()
    batch = await office.release(job)
    [first] = (await office.fetch()).orders
    for _ in range(4):
        office.hub.clock.forward(seconds=40)
        [again] = (await office.fetch()).orders
        assert again.within_s <= first.within_s
    assert again.within_s == 1, "who begins anew has no time left"
    assert [one.step for one in await office.progress(batch)] == [Step.PREPARING]
    office.hub.clock.forward(seconds=91)
    assert [one.step for one in await office.progress(batch)] == [Step.EXPIRED]
    await office.answer(first)
    assert [one.step for one in await office.progress(batch)] == [Step.PREPARING], "its word is the truth"


async def test_storage_itself_lets_one_release_of_a_job_be_open(office: Office) -> None:
    job = await office.hold()
    [known] = (await office.release(job)).releases
    with pytest.raises(Conflict):
        async with office.hub.units.writing() as unit:
            await unit.releases.add(office.tenant, [attrs.evolve(known, id=ReleaseId(uuid.uuid4()))])
