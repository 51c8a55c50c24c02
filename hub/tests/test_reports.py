"""Reports: taken once, newest wins, whole batches, and nobody writes into another's rows."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import attrs
import pytest
from hub_rig import BIRTH, Bench, bench, job_report, problem, report
from hypothesis import given, settings
from hypothesis import strategies as st

from tympan_hub.domain.errors import NotFound
from tympan_hub.domain.ids import AgentId, JobId, TenantId
from tympan_hub.domain.jobs import Job, JobFilter
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import AGENT_KEYS, DISCOVERY_KEYS, HUB_KEYS, PULL_KEYS, TUNNEL_KEYS, UPDATE_KEYS
from tympan_wire.hub import (
    BATCH_REPORTS,
    AgentReport,
    Code,
    CommandReport,
    DeviceReport,
    JobStanding,
    Operation,
    Outcome,
    Pages,
    PluginStanding,
    PolicyInForce,
    QueueReport,
    ReportBatch,
    UnknownFinding,
)

pytestmark = pytest.mark.anyio
JOB = uuid.UUID(int=7)
MANY_KEYS = PluginStanding(id="x", status="running", capabilities=tuple(f"a.k{number}" for number in range(1001)))


async def kept(hub: Bench, tenant: TenantId, job: uuid.UUID = JOB) -> Job | None:
    async with hub.units.reading() as unit:
        return await unit.jobs.get(tenant, JobId(job))


async def standing(hub: Bench, tenant: TenantId) -> tuple[int, str]:
    job = await kept(hub, tenant)
    assert job is not None
    return job.revision, job.standing.value


async def test_a_job_is_kept_as_it_was_reported(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    sent = report(job_report(JOB))
    assert (await agent.report(sent)).taken == (sent.id,)
    job = await kept(hub, tenant)
    assert job is not None
    assert job.pages is not None
    assert (job.title, job.user, job.printer, job.agent) == ("minutes.pdf", "user", "lobby", agent.id)
    assert (job.pages.pages, job.pages.impressions, job.pages.sheets) == (3, 6, 4)
    assert [(line.at, line.what, line.then) for line in job.story] == [(BIRTH, "received", "printing")]
    assert (job.created_at, job.ended_at) == (BIRTH, BIRTH + dt.timedelta(seconds=9))


async def test_a_report_that_comes_again_is_acknowledged_and_changes_nothing(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    first = report(job_report(JOB, revision=1))
    await agent.report(first)
    again = attrs.evolve(first, finding=job_report(JOB, revision=9))
    assert (await agent.report(again, again)).taken == (first.id,)
    assert await standing(hub, tenant) == (1, "completed")


@pytest.mark.parametrize("together", [True, False])
async def test_an_older_revision_never_replaces_a_newer_one(hub: Bench, together: bool) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    newer = report(job_report(JOB, revision=2, standing=JobStanding.COMPLETED))
    older = report(job_report(JOB, revision=1, standing=JobStanding.SENDING))
    batches = [(newer, older)] if together else [(newer,), (older,)]
    taken = [name for batch in batches for name in (await agent.report(*batch)).taken]
    assert taken == [newer.id, older.id]
    assert await standing(hub, tenant) == (2, "completed")


async def test_an_agent_cannot_write_into_another_tenant_nor_into_another_agents_job(hub: Bench) -> None:
    acme, other = await hub.tenant("Acme"), await hub.tenant("Other")
    owner, neighbour, foreign = await hub.agent(acme), await hub.agent(acme, "desk-2"), await hub.agent(other)
    await owner.report(report(job_report(JOB)))
    intrusion = report(job_report(JOB, revision=99, name="forged"))
    assert [refused.id for refused in (await neighbour.report(intrusion)).refused] == [intrusion.id]
    assert (await foreign.report(intrusion)).taken == (intrusion.id,)
    mine, theirs = await kept(hub, acme), await kept(hub, other)
    assert mine is not None
    assert theirs is not None
    assert (mine.title, theirs.title) == ("minutes.pdf", "forged")


async def test_the_same_report_id_of_two_agents_is_two_reports(hub: Bench) -> None:
    tenant = await hub.tenant()
    first, second = await hub.agent(tenant), await hub.agent(tenant, "desk-2")
    name = uuid.uuid4()
    await first.report(report(job_report(), name=name))
    await second.report(report(job_report(), name=name))
    async with hub.units.reading() as unit:
        assert len(await unit.jobs.find(tenant, JobFilter(), None)) == 2


@pytest.mark.parametrize(
    ("finding", "why"),
    [
        (job_report(revision=-1), "negative"),
        (job_report(revision=1 << 60), "larger"),
        (job_report(size_bytes=1 << 70), "larger"),
        (job_report(pages=Pages(pages=-1)), "negative"),
        (job_report(pages=Pages(copies=1 << 64)), "larger"),
        (job_report(printer=""), "no printer's id"),
        (job_report(printer="x" * 64), "no printer's id"),
        (job_report(printer="../lobby"), "no printer's id"),
        (CommandReport(command=JOB, fence=1, outcome=Outcome.DONE), "no such command"),
        (DeviceReport(printer="nowhere", reachable=True, observed_at=BIRTH), "no such printer"),
        (QueueReport(printer="nowhere", installed=True), "no such printer"),
        (AgentReport(release="1", plugins=(MANY_KEYS,)), "capabilities"),
        (AgentReport(release="1", policy=(PolicyInForce(scope="tenant", name="x", number=1 << 64),)), "larger"),
    ],
)
async def test_what_can_never_be_taken_is_refused_and_the_rest_is_taken(hub: Bench, finding: Any, why: str) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    bad, good = report(finding), report(job_report(JOB))
    receipt = await agent.report(bad, good)
    assert receipt.taken == (good.id,)
    assert [refused.id for refused in receipt.refused] == [bad.id]
    assert why in receipt.refused[0].why
    assert await kept(hub, tenant) is not None


async def test_what_a_newer_agent_says_is_acknowledged_and_passed_over(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    sent = report(UnknownFinding(name="scanner"))
    assert (await agent.report(sent)).taken == (sent.id,)


async def test_odd_text_is_mended_and_kept(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    odd = "a\x00b\udc80c"
    pages = Pages(format=odd, sizes=(odd,), sides=odd, problem=odd)
    await agent.report(report(job_report(JOB, name=odd, user=odd * 200, reason=odd, detail=odd, pages=pages)))
    job = await kept(hub, tenant)
    assert job is not None
    assert job.pages is not None
    assert job.title == job.detail == job.pages.sizes[0] == "a�b�c"
    assert len(job.user) == 254


async def test_too_many_reports_in_a_batch_are_a_bad_message_and_none_is_taken(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    batch = ReportBatch(reports=tuple(report(job_report()) for _ in range(BATCH_REPORTS + 1)))
    assert problem(await agent.post(Operation.REPORTS, batch)).code is Code.BAD_MESSAGE
    async with hub.units.reading() as unit:
        assert await unit.jobs.find(tenant, JobFilter(), None) == ()


async def test_a_full_batch_is_taken(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    reports = tuple(report(job_report()) for _ in range(BATCH_REPORTS))
    assert len((await agent.report(*reports)).taken) == BATCH_REPORTS
    async with hub.units.reading() as unit:
        assert len(await unit.jobs.find(tenant, JobFilter(limit=500), None)) == BATCH_REPORTS


async def test_devices_and_queues_are_shown_with_their_printer_and_the_latest_look_wins(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await hub.agent(tenant)
    printer = await hub.services.printers.add(tenant, admin, name="Lobby", uri="ipp://p.example/ipp/print")
    later = BIRTH + dt.timedelta(minutes=1)
    new = DeviceReport(
        printer=printer.id, reachable=True, observed_at=later, make_and_model="Press 9", formats=("image/urf",)
    )
    old = DeviceReport(printer=printer.id, reachable=False, observed_at=BIRTH)
    await agent.report(report(new), report(old), report(QueueReport(printer=printer.id, installed=True, usable=True)))
    shown = await hub.services.printers.get(tenant, admin, printer.id)
    assert [(d.reachable, d.make_and_model, d.formats) for d in shown.devices] == [(True, "Press 9", ("image/urf",))]
    assert [(q.installed, q.usable, q.agent) for q in shown.queues] == [(True, True, agent.id)]
    await hub.services.printers.remove(tenant, admin, printer.id)
    with pytest.raises(NotFound):
        await hub.services.printers.get(tenant, admin, printer.id)


async def test_what_an_agent_tells_about_itself_is_kept_and_its_keys_are_known(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    plugin = PluginStanding(id="document_stats", status="running", capabilities=("document.stats", "no key!"))
    told = AgentReport(release="0.2.0", plugins=(plugin,), policy=(PolicyInForce(scope="tenant", name="x", number=3),))
    await agent.report(report(told, at=BIRTH + dt.timedelta(1)), report(AgentReport(release="0.1.0")))
    shown = (await hub.services.agents.get(tenant, CONSOLE, AgentId(agent.id))).agent
    assert shown.told is not None
    assert (shown.told.release, shown.told.policy[0].number) == ("0.2.0", 3)
    switches = {switch.key: switch.agents for switch in await hub.services.policy.switches(tenant, CONSOLE)}
    assert {key: agents for key, agents in switches.items() if agents} == {"document.stats": 1}
    given = (*AGENT_KEYS, *DISCOVERY_KEYS, *PULL_KEYS, *TUNNEL_KEYS, *UPDATE_KEYS, *HUB_KEYS)
    assert {*switches} == {"document.stats", *given}


async def test_ids_are_forgotten_after_60_days(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    sent = report(UnknownFinding(name="x"))
    await agent.report(sent)
    for days, known in ((60, True), (1, False)):
        hub.clock.forward(days=days)
        await hub.services.housekeeping.tidy()
        async with hub.units.reading() as unit:
            assert (sent.id in await unit.report_ids.known(tenant, AgentId(agent.id), [sent.id])) is known


@settings(max_examples=15)
@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=6), st.integers(1, 6))
async def test_in_whatever_order_and_how_often_reports_come_the_newest_stands(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], repeated: list[int], size: int
) -> None:
    async with bench(tmp_path_factory.mktemp("hub")) as hub:
        tenant = await hub.tenant()
        agent = await hub.agent(tenant)
        reports = [report(job_report(JOB, revision=number)) for number in range(6)]
        sent = [reports[number] for number in (*order, *repeated)]
        for start in range(0, len(sent), size):
            await agent.report(*sent[start : start + size])
        assert (await standing(hub, tenant))[0] == 5
