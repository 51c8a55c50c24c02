"""Scans as a browser orders and follows them; it runs no scripts."""

from __future__ import annotations

import datetime as dt
import re

import httpx
import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, report
from portal_steps import SignIn, send

from tympan_hub.domain.ids import SERVICE, AgentId, TenantId
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.ports import Bearer
from tympan_wire.hub import AgentReport, PluginStanding, ScanReport, ScanStanding

pytestmark = pytest.mark.anyio
EVIL = "<script>alert(1)</script>"


async def scanner(hub: Bench, tenant: TenantId, name: str, *networks: str) -> RemoteAgent:
    agent = await hub.agent(tenant, name)
    plugin = PluginStanding(id="scan", status="running", capabilities=("discovery.ippscan",))
    await agent.report(report(AgentReport(release="1", plugins=(plugin,), networks=networks)))
    hub.services.notices.open(Bearer(tenant=tenant, agent=AgentId(agent.id)))
    return agent


def hidden(page: httpx.Response) -> dict[str, str]:
    """The fields a page sends again."""
    form = page.text.partition('action="/devices/scans">')[2]
    return {
        name: value.replace("&#13;", "\r")
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
        if name != "csrf"
    }


async def test_a_scan_is_looked_at_then_begun_followed_and_stopped(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    boss = await sign_in(await hub.person(tenant))
    assert "No scan yet" in (await boss.get("/devices/scans")).text
    agent = await scanner(hub, tenant, f"desk {EVIL}", "10.1.0.0/24")
    await scanner(hub, tenant, "far", "10.7.0.0/24")
    fields = {"targets": "10.1.0.0/25\r\n10.7.0.1", "excluded": "10.1.0.3", "per_second": "10", "who": "reach"}
    asked = await send(boss, "/devices/scans/new", **fields)
    assert "Begin this scan?" in asked.text
    assert EVIL not in asked.text
    assert "125 addresses, about 13 s" in asked.text
    assert (await send(boss, "/devices/scans/new", **hidden(asked), back="1")).text.count("10.1.0.3") == 1
    begun = await send(boss, "/devices/scans", **hidden(asked))
    assert "The scan begins." in begun.text
    assert "0 of 126 addresses" in begun.text
    [wanted] = (await agent.desired()).scans
    told = ScanReport(
        scan=wanted.id, at=BIRTH + dt.timedelta(seconds=9), standing=ScanStanding.RUNNING, probed=64, total=125,
        found=3, detail=EVIL,
    )  # fmt: skip
    await agent.report(report(told))
    page = (await boss.get(begun.url.path)).text
    assert "64 of 126 addresses" in page
    assert f'<a href="/devices?method=ippscan&amp;agent={agent.id}">3<' in page
    assert '<progress class="done" value="50" max="100"' in page
    assert 'data-live="quick"' in page
    assert EVIL not in page
    assert "50 %" in (await boss.get("/devices/scans")).text
    stopped = await send(boss, f"{begun.url.path}/stop")
    assert "The scan is stopped." in stopped.text
    assert 'data-live="quick"' not in stopped.text
    assert not (await agent.desired()).scans
    assert "done already" in (await send(boss, f"{begun.url.path}/stop")).text
    assert "The scan goes on." in (await send(boss, f"{begun.url.path}/resume")).text
    assert "The scan runs." in (await send(boss, f"{begun.url.path}/remove")).text
    await send(boss, f"{begun.url.path}/stop")
    again = (await boss.get("/devices/scans/new", params={"of": begun.url.path.rpartition("/")[2]})).text
    assert "10.1.0.0/25\n10.7.0.1" in again
    assert "Forget this scan?" in (await boss.get(f"{begun.url.path}/remove")).text
    assert "No scan yet" in (await send(boss, f"{begun.url.path}/remove")).text
    assert (await boss.get(begun.url.path)).status_code == 404


async def test_a_line_that_is_wrong_is_named_in_the_readers_language(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    boss = await sign_in(await hub.person(tenant))
    fields = {"targets": f"10.1.0.1\n{EVIL}", "per_second": "20"}
    refused = await send(boss, "/devices/scans/new", **fields)
    assert refused.status_code == 422
    assert "Line 2" in refused.text
    assert EVIL not in refused.text
    assert 'aria-invalid="true"' in refused.text
    boss.headers["accept-language"] = "de"
    assert "Zeile 2" in (await send(boss, "/devices/scans/new", **fields)).text
    for wrong in ({"targets": ""}, {"targets": "10.0.0.0/8"}, {"targets": "10.0.0.1", "per_second": "fast"}):
        answer = await send(boss, "/devices/scans/new", **{"per_second": "20", **wrong})
        assert answer.status_code == 422
        assert "aria-invalid" in answer.text
    gone = {"targets": "10.0.0.1", "per_second": "20", "who": "chosen", f"agent-{'0' * 32}": "yes"}
    assert (await send(boss, "/devices/scans/new", **gone)).status_code in (404, 422)


async def test_what_nobody_reaches_is_told_before_anything_begins(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    boss = await sign_in(await hub.person(tenant))
    agent = await scanner(hub, tenant, "desk", "10.1.0.0/24")
    nobody = await send(boss, "/devices/scans/new", targets="10.9.0.0/24", per_second="20")
    assert "This scan cannot begin" in nobody.text
    assert "Begin the scan" not in nobody.text
    partly = await send(boss, "/devices/scans/new", targets="10.9.0.0/24\n10.1.0.1", per_second="20")
    assert "Scan the rest" in partly.text
    chosen = {"who": "chosen", f"agent-{agent.id}": "yes"}
    mine = await send(boss, "/devices/scans/new", targets="10.9.0.0/24", per_second="20", **chosen)
    assert "Begin the scan" in mine.text
    assert "0 of 254" in (await send(boss, "/devices/scans", **hidden(mine))).text


async def test_outside_private_networks_a_box_is_ticked_on_a_page_of_its_own(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    boss = await sign_in(await hub.person(tenant))
    await scanner(hub, tenant, "desk", "203.0.113.0/24")
    asked = await send(boss, "/devices/scans/new", targets="203.0.113.0/30", per_second="20", outside="yes")
    assert 'name="outside" value="yes" required' in asked.text
    refused = await send(boss, "/devices/scans", **hidden(asked))
    assert refused.status_code == 422
    assert "Tick the box" in refused.text
    begun = await send(boss, "/devices/scans", **hidden(asked), outside="yes")
    assert "2 addresses, confirmed by who ordered it" in begun.text
    assert "confirmed: 2 addresses outside private space" in (await boss.get("/audit")).text


async def test_where_names_lead_is_confirmed_by_whoever_wants_it(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    boss = await sign_in(await hub.person(tenant))
    agent = await scanner(hub, tenant, "desk", "10.1.0.0/24")
    asked = await send(boss, "/devices/scans/new", targets="printer.example", per_second="20")
    assert "Host names may lead outside private networks" in asked.text
    assert 'name="outside" value="yes">' in asked.text
    begun = await send(boss, "/devices/scans", **hidden(asked))
    assert [wanted.outside for wanted in (await agent.desired()).scans] == [False]
    twice = await send(boss, "/devices/scans", **hidden(asked))
    assert twice.status_code == 422
    assert "A scan that runs asks some of these addresses already" in twice.text
    await send(boss, f"{begun.url.path}/stop")
    begun = await send(boss, "/devices/scans", **hidden(asked), outside="yes")
    assert "Where host names lead there, confirmed by who ordered it" in begun.text
    assert [wanted.outside for wanted in (await agent.desired()).scans] == [True]


async def test_a_scan_is_ordered_again_from_the_computers_that_were_chosen(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    boss = await sign_in(await hub.person(tenant))
    agent = await scanner(hub, tenant, "desk")
    chosen = {"who": "chosen", f"agent-{agent.id}": "yes"}
    asked = await send(boss, "/devices/scans/new", targets="10.9.0.1", per_second="20", **chosen)
    begun = await send(boss, "/devices/scans", **hidden(asked))
    form = (await boss.get("/devices/scans/new", params={"of": begun.url.path.rpartition("/")[2]})).text
    assert re.search(rf'name="agent-{agent.id}" value="yes"[^>]* checked', form)
    assert re.search(r'value="chosen" checked', form)


async def test_a_part_whose_computer_is_gone_is_given_to_another(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    boss = await sign_in(admin)
    agent = await scanner(hub, tenant, "desk", "10.1.0.0/24")
    asked = await send(boss, "/devices/scans/new", targets="10.1.0.0/30", per_second="20")
    begun = await send(boss, "/devices/scans", **hidden(asked))
    assert "Give to another" not in begun.text
    await hub.services.agents.revoke(tenant, admin.actor, AgentId(agent.id))
    page = (await boss.get(begun.url.path)).text
    assert "nobody does this part" in page
    way = re.findall(rf'href="({begun.url.path}/parts/[^"]+)"', page)[0]
    assert "To whom" not in (await boss.get(way)).text
    assert "No other connected computer" in (await send(boss, way)).text
    other = await scanner(hub, tenant, "other")
    assert "other" in (await boss.get(way)).text
    assert "Another computer does this part now" in (await send(boss, way, agent=other.id)).text
    assert len((await other.desired()).scans) == 1
    assert (await boss.get(f"{begun.url.path}/parts/nonsense")).status_code == 404


async def test_pages_say_who_switched_scans_off_and_when(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin, owner = await hub.person(tenant), await hub.owner()
    boss = await sign_in(admin)
    await scanner(hub, tenant, "desk", "10.1.0.0/24")
    assert "switched off" not in (await boss.get("/devices/scans")).text
    group = await hub.services.groups.add(tenant, admin.actor, name="Werkstatt")
    await switched(hub, tenant, admin, Verdict.OFF, group=group.id)
    assert "IPP scan is switched off for the group Werkstatt by" in (await boss.get("/devices/scans")).text
    await switched(hub, tenant, admin, Verdict.OFF)
    said = (await boss.get("/devices/scans")).text
    assert f"IPP scan is switched off for everybody by {admin.email}, <time" in said
    assert "still runs on 1 computer" in said
    await hub.services.policy.switch(SERVICE, owner.actor, "discovery.ippscan", Verdict.OFF)
    for path in ("/devices/scans", "/devices/scans/new"):
        said = (await boss.get(path)).text
        assert "switched off for everybody by the service owner, <time" in said
        assert owner.email not in said
    await hub.services.policy.switch(SERVICE, owner.actor, "discovery.ippscan", Verdict.ON)
    assert "switched off" not in (await boss.get("/devices/scans")).text


async def switched(hub: Bench, tenant: TenantId, admin: Person, verdict: Verdict, **where: object) -> None:
    await hub.services.policy.switch(tenant, admin.actor, "discovery.ippscan", verdict, **where)  # type: ignore[arg-type]


async def test_operators_look_and_users_do_not(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    operator, user = await hub.person(tenant, Role.OPERATOR), await hub.person(tenant, Role.USER)
    client = await sign_in(operator)
    page = await client.get("/devices/scans")
    assert "No scan yet" in page.text
    assert "/devices/scans/new" not in page.text
    assert (await client.get("/devices/scans/new")).status_code == 403
    assert (await send(client, "/devices/scans/new", targets="10.0.0.1", per_second="20")).status_code == 403
    assert (await send(client, "/devices/scans", targets="10.0.0.1", per_second="20")).status_code == 403
    client = await sign_in(user)
    assert (await client.get("/devices/scans")).status_code == 403


async def test_policy_pages_know_the_ways_of_finding_devices_before_any_agent_has_them(
    hub: Bench, sign_in: SignIn
) -> None:
    tenant = await hub.tenant()
    for person in (await hub.person(tenant), await hub.owner()):
        page = (await (await sign_in(person)).get("/policy")).text
        for name in ("Bonjour", "WS-Discovery", "IPP scan"):
            assert f"Find devices by {name}" in page
    await scanner(hub, tenant, "desk")
    boss = await sign_in(await hub.person(tenant, email="two@acme.example"))
    assert "Runs on 1 of 1 agent" in (await boss.get("/policy")).text
    asked = await send(boss, "/policy", key="discovery.ippscan", value="off")
    assert "This turns it off on 1 agent." in asked.text
