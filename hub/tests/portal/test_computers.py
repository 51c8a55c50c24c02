"""Pages of computers: installing, cancelling, and looking at an address, each as the browser sends it."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hub_rig import BIRTH, Bench, job_report, report
from portal_steps import SignIn, send

from tympan_hub.domain.ids import AgentId, PrinterId
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import REQUIRE_SIGN_IN, Verdict
from tympan_hub.ports import Bearer
from tympan_wire.hub import (
    AgentReport,
    CheckDevice,
    CommandReport,
    DeviceFound,
    JobStanding,
    Outcome,
    PluginStanding,
    QueueReport,
)

pytestmark = pytest.mark.anyio
LATER = BIRTH + dt.timedelta(seconds=1)
URI = "ipp://office.example/ipp/print"


async def test_a_page_tells_each_stage_of_an_installation(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    await hub.services.printers.add(tenant, admin.actor, name="Office", uri=URI)
    agent = await hub.agent(tenant)
    await hub.services.policy.switch(tenant, CONSOLE, REQUIRE_SIGN_IN, Verdict.OFF)
    client = await sign_in(admin)
    assert "Not installed" in (await client.get("/printers/office")).text
    away = (await send(client, "/printers/office/install", agent=agent.id, back="/printers/office")).text
    assert "The computer is away. It will be installed when it comes back." in away
    assert 'data-live="quick"' in away
    hub.services.notices.open(Bearer(tenant=tenant, agent=AgentId(agent.id)))
    assert "Installing" in (await client.get("/")).text, "the first page tells it too"
    [command] = (await agent.desired()).commands
    failed = CommandReport(command=command.id, fence=1, outcome=Outcome.FAILED, detail="CUPS is away. Start it.")
    await agent.report(report(failed))
    page = (await client.get("/printers/office")).text
    assert "CUPS is away. Start it." in page
    assert "Try again" in page
    await send(client, "/printers/office/install", agent=agent.id)
    [command] = (await agent.desired()).commands
    done = attrs.evolve(failed, command=command.id, outcome=Outcome.DONE, detail="made")
    await agent.report(report(QueueReport(printer="office", installed=True, usable=True)), report(done))
    page = (await client.get("/printers/office")).text
    assert "Uninstall" in page
    assert 'data-live="calm"' in page
    late = await send(client, "/printers/office/withdraw", command=str(command.id))
    assert "It was done already." in late.text
    assert (await send(client, "/printers/office/withdraw", command="x")).status_code == 404
    assert (await send(client, "/printers/office/install", agent="f" * 32)).status_code == 404
    elsewhere = await client.post("/printers/office/uninstall", data={"agent": agent.id})
    assert elsewhere.status_code == 403


async def test_a_computer_that_would_refuse_says_why_instead_of_offering_it(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    await hub.services.printers.add(tenant, admin.actor, name="Office", uri=URI)
    agent = await hub.agent(tenant)
    client = await sign_in(admin)
    install = 'action="/printers/office/install"'

    async def page(path: str = "/printers/office") -> str:
        return (await client.get(path)).text

    assert "Nobody is signed in there. Run tympan login" in await page()
    assert install not in await page() + await page("/")
    await hub.services.policy.switch(tenant, CONSOLE, REQUIRE_SIGN_IN, Verdict.OFF)
    assert install in await page()
    assert install in await page("/")
    plugins = (PluginStanding(id="spool_cups", status="off", capabilities=("spool.cups",)),)
    await agent.report(report(AgentReport(release="1", plugins=plugins)))
    assert "Its agent makes no queues" in await page()
    later = report(AgentReport(release="1", plugins=(attrs.evolve(plugins[0], status="running"),)), at=LATER)
    await agent.report(later)
    assert install in await page()


async def test_nobody_is_led_away_after_a_deed(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    await hub.services.printers.add(tenant, admin.actor, name="Office", uri=URI)
    agent = await hub.agent(tenant)
    client = await sign_in(admin)
    answer = await send(client, "/printers/office/install", agent=agent.id, back="//evil.example/")
    assert answer.url.host == "hub.example"
    assert answer.url.path == "/"


async def test_a_job_is_cancelled_on_its_page(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    agent = await hub.agent(tenant)
    sent = job_report(standing=JobStanding.PRINTING, user="ben")
    await agent.report(report(sent))
    client = await sign_in(admin)
    path = f"/jobs/{sent.job}"
    assert "Cancel the job" in (await client.get(path)).text
    asked = (await send(client, f"{path}/cancel")).text
    assert "The computer is asked to cancel it." in asked
    assert "Cancel the job" not in asked
    [command] = (await agent.desired()).commands
    over = attrs.evolve(sent, standing=JobStanding.COMPLETED, revision=2)
    late = CommandReport(command=command.id, fence=1, outcome=Outcome.FAILED, detail="the job is completed")
    await agent.report(report(over), report(late))
    page = (await client.get(path)).text
    assert "It was too late to cancel it." in page
    assert "The job is completed" in page
    assert "It was done already." in (await send(client, f"{path}/cancel")).text
    stranger = await sign_in(await hub.person(tenant, Role.USER))
    assert (await send(stranger, f"{path}/cancel")).status_code == 404


async def test_an_address_is_looked_at_before_a_printer_is_made_of_it(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    client = await sign_in(admin)
    assert "Add an agent first." in (await send(client, "/device-checks", uri=URI)).text
    agent, other = await hub.agent(tenant), await hub.agent(tenant, "desk-2")
    wrong = await send(client, "/device-checks", uri="lpd://old", name="Office")
    assert "This is no address of a device." in wrong.text
    assert 'value="Office"' in wrong.text, "what was typed is kept"
    looking = await send(client, "/device-checks", uri=URI, name="Office")
    assert looking.text.count("Looking") == 2
    for who, outcome in ((agent, Outcome.DONE), (other, Outcome.FAILED)):
        [command] = (await who.desired()).commands
        assert command.order == CheckDevice(uri=URI)
        found = DeviceFound(make_and_model="Laser 9", color=True, formats=("application/pdf",), fingerprint="nonsense")
        told = CommandReport(
            command=command.id,
            fence=1,
            outcome=outcome,
            detail="cannot be reached",
            device=found if outcome is Outcome.DONE else None,
        )
        await who.report(report(told))
    page = (await client.get(f"/printers/new?name=Office&uri={URI}")).text
    assert all(text in page for text in ("Laser 9", "Formats: PDF", "Checked by desk-1", "Cannot be reached"))
    await send(client, "/printers/new", name="Office", uri=URI)
    page = (await client.get("/printers/office")).text
    assert "Laser 9" in page, "a new printer begins with what was found"
    assert "by desk-1" in page
    shown = await hub.services.printers.get(tenant, admin.actor, PrinterId("office"))
    assert [seen.make_and_model for seen in shown.devices] == ["Laser 9"]


async def test_a_way_that_is_not_there_yet_is_refused_with_a_clear_word(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    answer = await send(client, "/printers/new", name="Office", uri=URI, way="tunnel")
    assert answer.status_code == 422
    assert "through the hub" in answer.text
    assert (await client.get("/printers/office")).status_code == 404
