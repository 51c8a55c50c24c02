"""Jobs for people: whose one sees, in pages, by filters, and titles only where they may be seen."""

from __future__ import annotations

import datetime as dt
import uuid

import attrs
import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, job_report, report

from tympan_hub.domain.errors import BadInput, NotAllowed, NotFound
from tympan_hub.domain.ids import SERVICE, JobId, TenantId
from tympan_hub.domain.jobs import Job, JobFilter, Place, Standing
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import DOCUMENT_NAMES, Verdict
from tympan_wire.hub import JobStanding

pytestmark = pytest.mark.anyio
ALL = JobFilter()


@attrs.frozen
class Office:
    """A tenant with an agent that printed."""

    tenant: TenantId
    agent: RemoteAgent


@pytest.fixture
async def office(hub: Bench) -> Office:
    tenant = await hub.tenant()
    return Office(tenant, await hub.agent(tenant))


async def test_a_user_sees_their_own_jobs_and_no_others(hub: Bench, office: Office) -> None:
    user = await hub.person(office.tenant, Role.USER)
    mine, theirs = uuid.uuid4(), uuid.uuid4()
    await office.agent.report(report(job_report(mine, user="user")), report(job_report(theirs, user="operator")))
    page = await hub.services.jobs.mine(office.tenant, user, ALL)
    assert [(job.id, job.title) for job in page.jobs] == [(mine, "minutes.pdf")]
    asked_for_another = JobFilter(user="operator")
    assert (await hub.services.jobs.mine(office.tenant, user, asked_for_another)).jobs == page.jobs
    assert (await hub.services.jobs.get(office.tenant, user, JobId(mine))).story
    with pytest.raises(NotFound):
        await hub.services.jobs.get(office.tenant, user, JobId(theirs))
    with pytest.raises(NotAllowed):
        await hub.services.jobs.all(office.tenant, user, ALL)


async def test_one_without_a_login_has_no_jobs_not_even_those_of_nobody(hub: Bench, office: Office) -> None:
    job = uuid.uuid4()
    await office.agent.report(report(job_report(job, user="")))
    person = await hub.services.people.add(
        office.tenant, CONSOLE, email="a@b.example", name="A", role=Role.USER, password="long enough", login=""
    )
    assert (await hub.services.jobs.mine(office.tenant, person, ALL)).jobs == ()
    with pytest.raises(NotFound):
        await hub.services.jobs.get(office.tenant, person, JobId(job))


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMINISTRATOR])
async def test_titles_of_others_are_hidden_until_policy_shows_them(hub: Bench, office: Office, role: Role) -> None:
    person = await hub.person(office.tenant, role)
    mine, theirs, untitled = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    await office.agent.report(
        report(job_report(mine, user=role.value, created_at=BIRTH)),
        report(job_report(theirs, user="user", created_at=BIRTH - dt.timedelta(1))),
        report(job_report(untitled, user="user", name="", created_at=BIRTH - dt.timedelta(2))),
    )

    async def titles() -> list[tuple[str, bool]]:
        page = await hub.services.jobs.all(office.tenant, person, ALL)
        each = [await hub.services.jobs.get(office.tenant, person, job.id) for job in page.jobs]
        assert [(job.title, job.title_hidden) for job in each] == [(job.title, job.title_hidden) for job in page.jobs]
        return [(job.title, job.title_hidden) for job in page.jobs]

    assert await titles() == [("minutes.pdf", False), ("", True), ("", False)]
    await hub.services.policy.switch(office.tenant, CONSOLE, DOCUMENT_NAMES, Verdict.ON)
    assert await titles() == [("minutes.pdf", False), ("minutes.pdf", False), ("", False)]
    await hub.services.policy.switch(SERVICE, CONSOLE, DOCUMENT_NAMES, Verdict.OFF)
    assert (await titles())[1] == ("", True)


async def test_a_hidden_title_is_not_found_by_its_words_either(hub: Bench, office: Office) -> None:
    operator = await hub.person(office.tenant, Role.OPERATOR)
    await office.agent.report(
        report(job_report(user="user", name="Dismissal of Eve")),
        report(job_report(user="operator", name="Dismissal of Mallory")),
    )

    async def found(text: str) -> list[str]:
        page = await hub.services.jobs.all(office.tenant, operator, JobFilter(text=text))
        return [job.user for job in page.jobs]

    assert await found("DISMISSAL") == ["operator"]
    assert await found("Eve") == []
    assert await found("USE") == ["user"]
    await hub.services.policy.switch(office.tenant, CONSOLE, DOCUMENT_NAMES, Verdict.ON)
    assert sorted(await found("dismissal")) == ["operator", "user"]


@pytest.mark.parametrize("text", ["%", "_", "'", '"', "\\", "\x00"])
async def test_what_means_something_to_a_database_is_looked_for_as_it_is(hub: Bench, office: Office, text: str) -> None:
    operator = await hub.person(office.tenant, Role.OPERATOR)
    await office.agent.report(report(job_report(user="plain")))
    assert (await hub.services.jobs.all(office.tenant, operator, JobFilter(text=text))).jobs == ()


async def test_filters_narrow(hub: Bench, office: Office) -> None:
    operator = await hub.person(office.tenant, Role.OPERATOR)
    day = dt.timedelta(1)
    wanted = {
        "old": job_report(created_at=BIRTH - day),
        "held": job_report(standing=JobStanding.HELD),
        "cellar": job_report(printer="cellar"),
        "ada": job_report(user="ada"),
    }
    await office.agent.report(*(report(job) for job in wanted.values()))
    names = {job.job: name for name, job in wanted.items()}

    async def found(**what: object) -> set[str]:
        page = await hub.services.jobs.all(office.tenant, operator, JobFilter(**what))  # type: ignore[arg-type]
        return {names[job.id] for job in page.jobs}

    assert await found() == set(wanted)
    assert await found(user="ada") == {"ada"}
    assert await found(printer="cellar") == {"cellar"}
    assert await found(standings=(Standing.HELD, Standing.ABORTED)) == {"held"}
    assert await found(until=BIRTH) == {"old"}
    assert await found(since=BIRTH) == {"held", "cellar", "ada"}


async def test_jobs_are_found_by_who_was_signed_in_whatever_their_account(hub: Bench, office: Office) -> None:
    operator = await hub.person(office.tenant, Role.OPERATOR)
    for name, email, login in (("Ada L.", "ada@acme.example", "u1"), ("Nevada", "nevada@acme.example", "u2")):
        await hub.services.people.add(
            office.tenant, CONSOLE, email=email, name=name, role=Role.USER, password="long enough", login=login
        )
    sent = {user: job_report(user=user) for user in ("u1", "u2", "root")}
    await office.agent.report(*(report(job) for job in sent.values()))

    async def found(who: str) -> set[tuple[str, str]]:
        page = await hub.services.jobs.all(office.tenant, operator, JobFilter(who=who))
        return {(job.user, job.person_name) for job in page.jobs}

    assert await found("ADA acme") == {("u1", "Ada L."), ("u2", "Nevada")}
    assert await found("Ada@acme.example") == {("u1", "Ada L.")}, "an address is one person's"
    assert await found("roo") == {("root", "")}
    assert await found("ada nobody") == set()
    whole = await hub.services.jobs.get(office.tenant, operator, JobId(sent["u1"].job))
    assert (whole.person_name, whole.agent_name) == ("Ada L.", "desk-1")


async def test_pages_lead_through_all_jobs_once_newest_first(hub: Bench, office: Office) -> None:
    operator = await hub.person(office.tenant, Role.OPERATOR)
    sent = [report(job_report(created_at=BIRTH + dt.timedelta(seconds=number // 3))) for number in range(20)]
    await office.agent.report(*sent)
    seen: list[Job] = []
    after = None
    for _ in range(20):
        page = await hub.services.jobs.all(office.tenant, operator, JobFilter(after=after, limit=7))
        assert len(page.jobs) <= 7
        seen += page.jobs
        if page.after is None:
            break
        after = Place.read(str(page.after))
    assert len({job.id for job in seen}) == len(seen) == 20
    assert [job.created_at for job in seen] == sorted((job.created_at for job in seen), reverse=True)


@pytest.mark.parametrize("text", ["", "x", "2026-01-01_x", "2026-01-01T00:00:00_" + "0" * 32, "_" * 99])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Place.read(text)


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_a_page_has_a_limit(limit: int) -> None:
    with pytest.raises(BadInput):
        JobFilter(limit=limit)
