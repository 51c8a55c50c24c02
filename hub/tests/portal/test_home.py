"""The first page: the first steps of a new tenant, numbers of today, and what needs a person with its next step."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hub_rig import BIRTH, Bench, job_report, report
from portal_steps import SignIn

from tympan_hub.domain.ids import AgentId, PrinterId
from tympan_hub.domain.people import Role
from tympan_wire.hub import AgentReport, CommandReport, DeviceReport, JobStanding, Outcome

pytestmark = pytest.mark.anyio
URI = "ipp://office.example/ipp/print"


async def test_a_new_tenant_is_led_to_its_first_page_step_by_step(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    client = await sign_in(admin)

    async def step() -> str:
        page = (await client.get("/")).text
        now = re.findall(r'aria-current="step".*?<a class="button" href="(.*?)"', page, flags=re.S)
        assert len(now) <= 1
        return now[0] if now else ""

    assert await step() == "/agents/new"
    agent = await hub.agent(tenant)
    assert await step() == "/printers/new"
    await hub.services.printers.add(tenant, admin.actor, name="Office", uri=URI)
    assert await step() == "/printers/office"
    await agent.report(report(job_report()))
    assert await step() == ""
    assert "Nothing. All agents and printers are well." in (await client.get("/")).text


async def test_the_numbers_are_of_today_where_the_reader_is(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    old = job_report(created_at=BIRTH - dt.timedelta(hours=10))
    await agent.report(report(job_report()), report(job_report(standing=JobStanding.SENDING)), report(old))
    client = await sign_in(await hub.person(tenant, Role.OPERATOR))

    async def tiles() -> dict[str, str]:
        page = (await client.get("/")).text
        return {label: number for number, label in re.findall(r"<b>(\d+)</b><span>(.*?)</span>", page)}

    assert await tiles() == {"Jobs today": "2", "Under way": "1", "Printers": "0", "Computers connected": "0"}
    client.cookies.set("zone", "America/Los_Angeles")  # there it is still one o'clock at night
    assert (await tiles())["Jobs today"] == "2"
    client.cookies.set("zone", "Pacific/Kiritimati")  # there it is the same day since ten o'clock UTC of the day before
    assert (await tiles())["Jobs today"] == "3"
    user = await sign_in(await hub.person(tenant, Role.USER))
    page = (await user.get("/")).text
    assert "tiles" not in page
    assert "Needs a person" not in page


async def test_what_needs_a_person_is_named_with_its_next_step(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    await hub.services.printers.add(tenant, admin.actor, name="Office", uri=URI)
    agent = await hub.agent(tenant)
    await hub.agent(tenant, "cellar")
    command = await hub.services.queues.install(tenant, admin.actor, PrinterId("office"), AgentId(agent.id))
    await hub.services.invitations.make(tenant, admin.actor, email="late@acme.example", role=Role.USER)
    hub.clock.forward(days=5, hours=1)
    await agent.renew()
    await agent.desired()
    now = hub.clock.now()
    told = AgentReport(release="1", problems=("the policy of the tenant is refused: its number is older",))
    await agent.report(
        report(CommandReport(command=command.id, fence=1, outcome=Outcome.FAILED, detail="CUPS is away. Start it.")),
        report(job_report(standing=JobStanding.ABORTED, created_at=now)),
        report(job_report(standing=JobStanding.UNKNOWN)),
        report(DeviceReport(printer="office", reachable=False, observed_at=now)),
        report(told, at=now),
    )
    page = (await (await sign_in(admin)).get("/")).text
    for sentence in (
        "1 job</strong><small>Failed today. Their stories say why.",
        "Look at the paper, then decide.",
        "Office</strong><small>CUPS is away. Start it.</small>",
        "Office</strong><small>Does not answer. See whether it is switched on",
        "desk-1</strong><small>The policy of the tenant is refused: its number is older",
        "cellar</strong><small>Not heard of for a day or longer. Start that computer, or revoke its agent",
        "late@acme.example</strong><small>The invitation ends within two days. Remind them, or invite them anew.",
    ):
        assert sentence in re.sub(r'<span lang="en">(.*?)</span>', r"\1", page), sentence
    operator = await sign_in(await hub.person(tenant, Role.OPERATOR))
    assert "late@acme.example" not in (await operator.get("/")).text, "an operator invites nobody"
    await hub.services.queues.install(tenant, admin.actor, PrinterId("office"), AgentId(agent.id))
    assert "CUPS is away" not in (await operator.get("/")).text, "it is asked for anew"
