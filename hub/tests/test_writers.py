"""Writers at once: what one reads still holds when it writes, on each database, from several processes' connections."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hub_rig import AgentKey, Bench, RemoteAgent, bench, job_report, report

from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.audit import first_broken
from tympan_hub.domain.errors import Conflict, HubError, TooMany
from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.limits.attempts import ATTEMPTS_PER_PERSON
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import Verdict

pytestmark = pytest.mark.anyio
AT_ONCE = 12


@pytest.fixture
async def two(tmp_path: Path, database_url: str, hub: Bench) -> AsyncIterator[tuple[Bench, Bench]]:
    """Two hubs on one database, as two processes are."""
    async with bench(tmp_path, hub.clock, database_url=database_url) as other:
        yield hub, other


async def test_the_chain_of_the_log_has_no_gap_and_no_fork(two: tuple[Bench, Bench]) -> None:
    tenant = await two[0].tenant()
    admin = (await two[0].person(tenant)).actor
    adding = [two[i % 2].services.printers.add(tenant, admin, name=f"P{i}", uri="ipp://p") for i in range(AT_ONCE)]
    made = await asyncio.gather(*adding)
    assert len({printer.id for printer in made}) == AT_ONCE
    entries = await two[0].services.audit.page(tenant, CONSOLE)
    assert [entry.number for entry in entries] == list(range(AT_ONCE + 1, 0, -1))
    assert first_broken(reversed(entries)) is None


async def test_tenants_made_at_once_have_ids_of_their_own(two: tuple[Bench, Bench]) -> None:
    made = await asyncio.gather(*(two[i % 2].services.tenants.add(CONSOLE, f"Acme {'!' * i}") for i in range(AT_ONCE)))
    assert len({tenant.id for tenant in made}) == AT_ONCE
    assert await two[0].services.audit.first_broken(SERVICE, CONSOLE) is None


async def test_policy_switched_by_many_is_numbered_without_gap(two: tuple[Bench, Bench]) -> None:
    tenant = await two[0].tenant()
    switching = [
        two[i % 2].services.policy.switch(tenant, CONSOLE, f"some.key-{i}", Verdict.OFF) for i in range(AT_ONCE)
    ]
    editions = await asyncio.gather(*switching)
    assert sorted(edition.number for edition in editions) == list(range(1, AT_ONCE + 1))
    newest = (await two[0].services.policy.history(tenant, CONSOLE, limit=1))[0]
    assert len(newest.rules) == AT_ONCE


async def test_a_token_enrols_one_of_many_who_have_it(two: tuple[Bench, Bench]) -> None:
    tenant = await two[0].tenant()
    token = await two[0].services.agents.make_token(tenant, CONSOLE)
    agents = [RemoteAgent(client=two[i % 2].client, clock=two[0].clock, key=AgentKey.new()) for i in range(AT_ONCE)]
    answers = await asyncio.gather(*(agent.post("enrol", agent.enrol_request(token)) for agent in agents))  # type: ignore[arg-type]
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * (AT_ONCE - 1)
    assert len((await two[0].services.agents.find(tenant, CONSOLE, AgentFilter())).agents) == 1


async def test_an_assertion_is_spent_once(two: tuple[Bench, Bench]) -> None:
    agent = await two[0].agent(await two[0].tenant())
    said = f'{{"assertion":"{agent.key.assertion(agent.claims())}"}}'.encode()
    beside = RemoteAgent(client=two[1].client, clock=two[1].clock, key=agent.key)
    answers = await asyncio.gather(*([agent, beside][i % 2].post("token", said) for i in range(AT_ONCE)))  # type: ignore[arg-type]
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * (AT_ONCE - 1)


async def test_sign_ins_tried_at_once_are_not_more_than_the_limit(two: tuple[Bench, Bench]) -> None:
    person = await two[0].person(await two[0].tenant())

    async def tried(hub: Bench) -> type[BaseException]:
        with pytest.raises(HubError) as refused:
            await hub.services.passwords.sign_in(person.email, "wrong", source="x")
        return refused.type

    kinds = await asyncio.gather(*(tried(two[i % 2]) for i in range(2 * ATTEMPTS_PER_PERSON)))
    assert sum(kind is not TooMany for kind in kinds) == ATTEMPTS_PER_PERSON


async def test_a_report_sent_twice_at_once_is_taken_once(two: tuple[Bench, Bench]) -> None:
    tenant = await two[0].tenant()
    agent = await two[0].agent(tenant)
    beside = RemoteAgent(two[1].client, two[1].clock, agent.key, enrolled=agent.enrolled, token=agent.token)
    sent = [report(job_report()) for _ in range(5)]
    receipts = await asyncio.gather(*([agent, beside][i % 2].report(*sent) for i in range(AT_ONCE)))
    assert all(len(receipt.taken) == 5 for receipt in receipts)
    async with two[0].raw(tenant) as connection:
        for table in ("jobs", "report_ids"):
            assert (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one() == 5


async def test_a_job_claimed_by_two_agents_at_once_stays_one_agents(two: tuple[Bench, Bench]) -> None:
    tenant = await two[0].tenant()
    agents = [await two[i % 2].agent(tenant, f"desk-{i}") for i in range(4)]
    job = uuid.uuid4()
    first = [agent.report(report(job_report(job, revision=1, name=agent.id))) for agent in agents]
    await asyncio.gather(*first)
    async with two[0].units.reading() as unit:
        owner = (await unit.jobs.known(tenant, [job]))[job].agent  # type: ignore[list-item, index]
        kept = await unit.jobs.get(tenant, job)  # type: ignore[arg-type]
    assert kept and kept.title == owner == kept.agent


async def test_two_people_of_one_address_are_never_two_in_a_tenant(two: tuple[Bench, Bench]) -> None:
    tenant = await two[0].tenant()

    async def added(i: int) -> bool:
        try:
            await two[i % 2].person(tenant, Role.USER, email="same@acme.example")
        except (Conflict, HubError):
            return False
        return True

    assert sum(await asyncio.gather(*(added(i) for i in range(6)))) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer for all
async def test_units_of_other_tenants_do_not_wait(two: tuple[Bench, Bench]) -> None:
    tenants = [await two[0].tenant(name) for name in ("Ours", "Theirs")]
    (ours, us), (theirs, them) = [(tenant, (await two[0].person(tenant)).actor) for tenant in tenants]
    async with two[0].units.writing() as held:
        await held.people.count(ours)
        await two[1].services.printers.add(theirs, them, name="P", uri="ipp://p")
        waiting = asyncio.create_task(two[1].services.printers.add(ours, us, name="P", uri="ipp://p"))
        await two[1].services.printers.list(ours, us)
        await two[1].services.printers.add(theirs, them, name="Q", uri="ipp://p")
        assert not waiting.done()
    await waiting
