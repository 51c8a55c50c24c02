"""Updates in the portal: versions, rings, what was stopped and why, and what is said of all that."""

from __future__ import annotations

import pytest
from hub_rig import BIRTH, Bench, RemoteAgent
from portal_steps import SignIn, send
from update_rig import Folder

from tympan_hub.adapters.update_repository import FolderRepository
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import Day, UpdateRules, Window
from tympan_wire.hub import Operation, UpdatesRequest, UpdateStep, UpdateTold

pytestmark = pytest.mark.anyio


@pytest.fixture
async def tenant(hub: Bench) -> TenantId:
    return await hub.tenant()


@pytest.fixture
async def boss(hub: Bench, tenant: TenantId) -> Person:
    return await hub.person(tenant)


async def rules(hub: Bench, tenant: TenantId) -> UpdateRules:
    return await hub.services.rollouts.rules(tenant, CONSOLE)


async def tell(agent: RemoteAgent, step: UpdateStep, **said: object) -> None:
    told = UpdateTold(version="2.0.0", step=step, reason="It did not start.", missing=("spool_cups",), at=BIRTH)
    await agent.ask(Operation.UPDATES, UpdatesRequest(installed="1.0.0", updates=(told,), **said))  # type: ignore[arg-type]


async def two_that_went_back(hub: Bench, tenant: TenantId) -> list[RemoteAgent]:
    agents = [await hub.agent(tenant, name) for name in ("desk-1", "desk-2")]
    for agent in agents:
        await tell(agent, UpdateStep.RETURNED)
    return agents


async def test_a_version_that_stopped_says_why_and_leads_on(
    hub: Bench, tenant: TenantId, boss: Person, sign_in: SignIn
) -> None:
    agents = await two_that_went_back(hub, tenant)
    client = await sign_in(boss)
    page = (await client.get("/updates")).text
    assert "Tympan 2.0.0 is stopped" in page and "The hub stopped it by itself" in page
    assert "2 went back to the version they had" in page
    assert "desk-1" in page and "It did not start." in page and "spool_cups" in page
    page = (await send(client, "/updates/pin", version="1.0.0")).text
    assert "Every computer is to have version 1.0.0" in page
    assert (await rules(hub, tenant)).pin == "1.0.0"
    page = (await send(client, "/updates/go-on", version="2.0.0")).text
    assert "The version goes on." in page and "let it go on" in page
    assert "is stopped" not in page
    page = (await client.get(f"/agents/{agents[0].id}")).text
    assert "Went back" in page and "1.0.0" in page


async def test_the_first_page_calls_for_somebody_where_a_version_stopped_by_itself(
    hub: Bench, tenant: TenantId, boss: Person, sign_in: SignIn
) -> None:
    await hub.services.rollouts.stop(tenant, CONSOLE, "", "1.9.0")
    client = await sign_in(boss)
    assert "Computers fared ill" not in (await client.get("/")).text, "who stops one by hand knows"
    await two_that_went_back(hub, tenant)
    page = (await client.get("/")).text
    assert "Tympan 2.0.0" in page and "Computers fared ill with it, so it stopped by itself." in page
    assert "1.9.0" not in page


async def test_a_version_is_stopped_by_hand_after_a_question(
    hub: Bench, tenant: TenantId, boss: Person, sign_in: SignIn
) -> None:
    agent = await hub.agent(tenant)
    await agent.ask(Operation.UPDATES, UpdatesRequest(installed="1.0.0"))
    client = await sign_in(boss)
    assert "/updates/stop?version=1.0.0" in (await client.get("/updates")).text
    assert "No further computer takes it." in (await client.get("/updates/stop?version=1.0.0")).text
    page = (await send(client, "/updates/stop", version="1.0.0", subject="")).text
    assert "Tympan 1.0.0 is stopped" in page and f"{boss.email} stopped it" in page
    assert "It was so already" in (await send(client, "/updates/stop", version="1.0.0")).text


async def test_rings_gate_and_window_are_said_in_one_form(
    hub: Bench, tenant: TenantId, boss: Person, sign_in: SignIn
) -> None:
    brave = await hub.services.groups.add(tenant, CONSOLE, name="Brave")
    calm = await hub.services.groups.add(tenant, CONSOLE, name="Calm")
    client = await sign_in(boss)
    assert "Brave" in (await client.get("/updates/rules")).text
    fields = {
        f"ring-{brave.id}": "canary",
        f"ring-{calm.id}": "early",
        "least": "3",
        "percent": "5",
        "begin": "22:00",
        "end": "05:30",
        "day-sat": "yes",
        "pin": " 1.4.0 ",
        "paused": "yes",
    }
    page = (await send(client, "/updates/rules", **fields)).text
    assert "Updates are paused" in page and "Brave" in page and "22:00 and 05:30" in page and "Saturday" in page
    assert await rules(hub, tenant) == UpdateRules(
        canary=(brave.id,),
        early=(calm.id,),
        paused=True,
        pin="1.4.0",
        window=Window(days=(Day.SAT,), begin_min=1320, end_min=330),
        least=3,
        percent=5,
    )
    again = (await client.get("/updates/rules")).text
    assert 'value="22:00"' in again and 'value="3"' in again
    await send(client, "/updates/pause", paused="")
    assert not (await rules(hub, tenant)).paused


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("least", "none", "1 to 100,000 computers."),
        ("percent", "100", "0 to 99 percent."),
        ("begin", "25:00", "such as 22:00"),
        ("pin", "../1", "such as 1.4.0"),
        ("repository", "http://x.example/", "begins with https://"),
        ("ring-gone", "canary", "each must be there"),
    ],
)
async def test_what_nobody_can_mean_is_marked_and_nothing_is_changed(
    hub: Bench, tenant: TenantId, boss: Person, sign_in: SignIn, field: str, value: str, fault: str
) -> None:
    fields = {"least": "2", "percent": "10", field: value}
    page = await send(await sign_in(boss), "/updates/rules", **fields)
    assert page.status_code == 422 and fault in page.text
    assert await rules(hub, tenant) == UpdateRules()


async def test_the_service_owner_says_what_holds_for_everybody_and_tenants_see_it(
    hub: Bench, tenant: TenantId, boss: Person, sign_in: SignIn
) -> None:
    owner = await hub.person(SERVICE, Role.OWNER)
    client = await sign_in(owner)
    assert "/updates/everybody" in (await client.get("/policy")).text
    fields = {"paused": "yes", "latest": " 1.4.0 ", "held": "acme-raw9100, acme-ledger"}
    page = (await send(client, "/updates/everybody", **fields)).text
    assert 'value="1.4.0"' in page and 'value="acme-raw9100, acme-ledger"' in page
    assert "no version newer than 1.4.0" in (await client.get("/policy")).text
    page = (await send(client, "/updates/everybody", latest="../1")).text
    assert "such as 1.4.0" in page
    assert "At most 100 plugins" in (await send(client, "/updates/everybody", held="../x")).text
    client = await sign_in(boss)
    page = (await client.get("/updates")).text
    assert "The owner of this service paused updates for everybody" in page
    assert "allows no version newer than 1.4.0" in page and "acme-raw9100, acme-ledger" in page
    page = (await client.get("/policy")).text
    assert "paused for everybody" in page and "/updates/rules" in page
    refused = await send(client, "/updates/rules", least="2", percent="10", pin="1.5.0")
    assert refused.status_code == 422 and "allows no version as new as this" in refused.text
    assert (await send(client, "/updates/everybody", paused="")).status_code == 403
    assert (await client.get("/updates/everybody")).status_code == 403


async def test_a_form_that_was_read_before_a_pause_and_a_pin_takes_neither_back(
    hub: Bench, tenant: TenantId, boss: Person, sign_in: SignIn
) -> None:
    client = await sign_in(boss)
    before = {"least": "3", "percent": "10", "pin": "", "pin-read": "", "paused-read": ""}
    await send(client, "/updates/pause", paused="yes")
    await send(client, "/updates/pin", version="1.3.2")
    await send(client, "/updates/rules", **before)
    said = await rules(hub, tenant)
    assert (said.least, said.paused, said.pin) == (3, True, "1.3.2")
    page = (await client.get("/updates/rules")).text
    assert 'name="paused-read" value="yes"' in page and 'name="pin-read" value="1.3.2"' in page
    await send(client, "/updates/rules", **before | {"pin-read": "1.3.2", "paused-read": "yes"})
    said = await rules(hub, tenant)
    assert (said.paused, said.pin) == (False, "")


async def test_a_form_that_was_read_before_a_pause_for_everybody_does_not_take_it_back(
    hub: Bench, sign_in: SignIn
) -> None:
    client = await sign_in(await hub.person(SERVICE, Role.OWNER))
    await send(client, "/updates/everybody", paused="yes")
    assert 'name="paused-read" value="yes"' in (await client.get("/updates/everybody")).text
    page = (await send(client, "/updates/everybody", latest="1.4.0")).text
    assert 'value="1.4.0"' in page and 'name="paused-read" value="yes"' in page


async def test_a_pin_below_what_computers_have_says_that_nobody_goes_back_on_the_word_of_the_hub(
    hub: Bench, tenant: TenantId, boss: Person, sign_in: SignIn
) -> None:
    agent = await hub.agent(tenant)
    await agent.ask(Operation.UPDATES, UpdatesRequest(installed="2.0.0"))
    client = await sign_in(boss)
    page = (await send(client, "/updates/pin", version="1.0.0")).text
    assert "stay at it" in page and "--agent 1.0.0 --lower" in page
    assert "stay at it" not in (await send(client, "/updates/pin", version="2.0.0")).text


async def test_a_version_for_everybody_that_the_service_owner_came_to_forbid_is_not_shown_as_if_it_held(
    hub: Bench, tenant: TenantId, boss: Person, sign_in: SignIn
) -> None:
    agent = await hub.agent(tenant)
    await agent.ask(Operation.UPDATES, UpdatesRequest(installed="1.9.0"))
    client = await sign_in(boss)
    assert "Every computer is to have version 1.9.0" in (await send(client, "/updates/pin", version="1.9.0")).text
    owner = await hub.person(SERVICE, Role.OWNER)
    await hub.services.update_floors.change(owner.actor, UpdateFloor(latest="1.4.0"))
    page = (await client.get("/updates")).text
    assert "Version 1.9.0 for everybody counts for nothing" in page and "Every computer is to have" not in page
    assert "Follow the rings again" in page, "it can be taken back"
    assert "what the rings say" in (await client.get("/policy")).text
    await hub.services.rollouts.stop(tenant, boss.actor, "", "2.0.0")
    await send(client, "/updates/pin", version="")
    assert "Keep everybody at 1.9.0" not in (await client.get("/updates")).text, "it would be refused"


async def test_the_page_shows_what_is_signed_and_who_moves_it_on(
    hub: Bench, tenant: TenantId, boss: Person, sign_in: SignIn
) -> None:
    repository = hub.services.installs._repository
    assert isinstance(repository, FolderRepository)
    folder = Folder(repository._folder)
    folder.channel("canary", "2.0.0", {"acme-raw9100": "1.0.1"})
    folder.channel("early", "1.0.0")
    folder.channel("all", "1.0.0", lower=True)
    folder.publish()
    visitor = await sign_in(boss)
    page = (await visitor.get("/updates")).text
    assert "tympan-release channel SHOP early --agent 2.0.0 --plugin acme-raw9100=1.0.1" in page
    assert "channel SHOP all" not in page, "it has what the ring before it has"
    assert page.count("Signed to lead back") == 1
    await hub.services.rollouts.stop(tenant, CONSOLE, "", "2.0.0")
    assert "channel SHOP early" not in (await visitor.get("/updates")).text, "nobody is told to move a stopped one on"


async def test_an_operator_looks_and_has_no_button_and_a_user_sees_nothing(
    hub: Bench, tenant: TenantId, sign_in: SignIn
) -> None:
    await two_that_went_back(hub, tenant)
    client = await sign_in(await hub.person(tenant, Role.OPERATOR))
    page = (await client.get("/updates")).text
    assert "is stopped" in page and "<button" not in page.partition("<main")[2].partition("</main>")[0]
    assert (await send(client, "/updates/pause", paused="yes")).status_code == 403
    assert (await client.get("/updates/rules")).status_code == 403
    client = await sign_in(await hub.person(tenant, Role.USER))
    assert (await client.get("/updates")).status_code == 403


async def test_a_hub_that_heard_of_no_version_says_what_comes(hub: Bench, boss: Person, sign_in: SignIn) -> None:
    page = (await (await sign_in(boss)).get("/updates")).text
    assert "No computer told its version yet" in page and "no update repository yet" in page


async def test_a_computer_that_does_not_update_itself_says_why_on_its_page(
    hub: Bench, tenant: TenantId, boss: Person, sign_in: SignIn
) -> None:
    agent = await hub.agent(tenant)
    request = UpdatesRequest(installed="1.0.0", able=False, why_not="A package manager looks after it.")
    await agent.ask(Operation.UPDATES, request)
    page = (await (await sign_in(boss)).get(f"/agents/{AgentId(agent.id)}")).text
    assert "It does not update itself:" in page and "A package manager looks after it." in page
