"""What the pages do: printers, jobs, agents, policy, people, the own account."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid

import pytest
from hub_rig import BIRTH, PASSWORD, Bench, job_report, report
from portal_steps import SignIn, send

from tympan_hub.domain.groups import Source
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import (
    AGENT_KEYS,
    DISCOVERY_KEYS,
    DOCUMENT_NAMES,
    HUB_KEYS,
    PULL_KEYS,
    TUNNEL_KEYS,
    UPDATE_KEYS,
    Verdict,
)

pytestmark = pytest.mark.anyio
URI = "ipp://device.example/ipp/print"


async def test_a_printer_is_added_changed_and_removed(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    page = await send(client, "/printers/new", name="Lobby", uri=URI, location="Ground floor")
    assert page.url.path == "/printers/lobby"
    assert "Ground floor" in page.text
    page = await send(client, "/printers/lobby/edit", name="Entrance", uri=URI, location="")
    assert '<h1 class="break">Entrance</h1>' in page.text
    assert "nobody can print on it" in (await client.get("/printers/lobby/remove")).text
    page = await send(client, "/printers/lobby/remove")
    assert page.url.path == "/printers"
    assert (await client.get("/printers/lobby")).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("name", "", "This is needed."),
        ("name", "Taken", "There is a printer with this name already."),
        ("name", "x" * 200, "A name has at most"),
        ("uri", "lpd://old", "This is no address of a device."),
        ("location", "x" * 200, "A place has at most"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(
    hub: Bench, sign_in: SignIn, field: str, value: str, fault: str
) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    await send(client, "/printers/new", name="Taken", uri=URI)
    page = await send(client, "/printers/new", **{"name": "New", "uri": URI, field: value})
    assert page.status_code == 422
    assert re.search(rf'id="{field}-fault">.*?{re.escape(fault)}', page.text, flags=re.S)
    assert f'value="{value}"' in page.text


async def test_a_printer_is_found_by_what_people_know_of_it(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    for number in range(60):
        await send(client, "/printers/new", name=f"Office {number}", uri=URI, location=f"Room {number}")
    assert "1 to 50 of 60" in (await client.get("/printers")).text
    assert "51 to 60 of 60" in (await client.get("/printers?page=2")).text
    assert "51 to 60 of 60" in (await client.get("/printers?page=99")).text
    found = (await client.get("/printers?q=room+42")).text
    assert re.findall(r'id="printer-(.*?)"', found) == ["office-42"]


async def test_a_job_stands_in_the_list_with_its_story(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    title = "<script>alert(1)</script> & more"
    job = uuid.uuid4()
    await agent.report(report(job_report(job, name=title, user="user")))
    client = await sign_in(await hub.person(tenant, Role.USER))
    page = (await client.get("/jobs")).text
    assert html.escape(title) in page
    assert "<script>alert" not in page
    page = (await client.get(f"/jobs/{job}")).text
    assert "Received" in page
    assert "Printed" in page
    assert "9 s" in page, "from print to end"
    german = (await client.get(f"/jobs/{job}", headers={"accept-language": "de"})).text
    assert '<p class="what">Empfangen</p>' in german
    assert '<span lang="en">Printing</span>' in german, "no line of this release's agents"
    assert (await client.get("/jobs?state=failed")).text.count("No job fits") == 1


async def test_titles_of_others_are_shown_where_policy_says_so(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    await agent.report(report(job_report(name="secret.pdf", user="somebody")))
    client = await sign_in(await hub.person(tenant, Role.OPERATOR))
    assert "secret.pdf" not in (await client.get("/jobs")).text
    await hub.services.policy.switch(tenant, CONSOLE, DOCUMENT_NAMES, Verdict.ON)
    assert "secret.pdf" in (await client.get("/jobs")).text


async def test_older_jobs_stand_behind_a_link(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    jobs = [uuid.uuid4() for _ in range(60)]
    await agent.report(*(report(job_report(job)) for job in jobs))
    client = await sign_in(await hub.person(tenant))
    first = (await client.get("/jobs")).text
    older = html.unescape(re.findall(r'href="(/jobs\?after=[^"]*)"', first)[0])
    shown = re.findall(r'id="job-(.*?)"', first) + re.findall(r'id="job-(.*?)"', (await client.get(older)).text)
    assert sorted(shown) == sorted(map(str, jobs))
    assert (await client.get("/jobs?after=rubbish")).status_code == 400


async def test_jobs_are_narrowed_by_an_address_that_is_kept_from_page_to_page(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    person = await hub.person(tenant, Role.USER)
    days = (*(0 for _ in range(60)), 1, 6, 7, 29, 30)
    jobs = [job_report(created_at=BIRTH - dt.timedelta(days=day), user="user") for day in days]
    await agent.report(*map(report, jobs), report(job_report(user="root", printer="cellar")))
    client = await sign_in(await hub.person(tenant))

    async def count(query: str) -> int:
        seen, path = 0, f"/jobs?{query}"
        while path:
            page = (await client.get(path)).text
            seen += len(re.findall(r'<tr role="row" id="job-', page))
            older = re.findall(r'href="(/jobs[^"]*after=[^"]*)"', page)
            path = html.unescape(older[0]) if older else ""
            assert not path or query in path
        return seen

    assert await count("printer=lobby&time=today") == 60
    assert await count("person=user&time=7-days") == 62
    assert await count("person=user&time=30-days") == 64
    assert await count("person=root") == 1
    assert await count("from=2026-02-22&to=2026-02-28") == 3
    assert await count("state=failed&time=today") == 0
    assert (await client.get("/jobs?to=9999-12-31")).status_code == 400
    assert (await client.get("/jobs?from=yesterday")).status_code == 400
    page = (await client.get(f"/jobs?person={person.email}&from=2026-02-22")).text
    assert f'value="{person.email}"' in page
    assert 'value="2026-02-22"' in page
    # A reader's day begins where the reader is.
    client.cookies.set("zone", "Pacific/Auckland")
    assert await count("from=2026-03-02") == 0
    client.cookies.set("zone", "Pacific/Kiritimati")
    assert await count("person=user&from=2026-03-01&to=2026-03-01") == 60


async def test_a_token_is_shown_once_with_the_command_that_uses_it(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    page = (await send(client, "/agents/new")).text
    token = re.findall(r"tympan hub enrol https://hub.example --token=([\w-]+)", page)[0]
    assert token not in (await client.get("/agents/new")).text
    agent = await hub.agent(tenant, "desk-9")
    assert "desk-9" in (await client.get("/agents")).text
    await send(client, f"/agents/{agent.id}/revoke")
    assert "Revoked" in (await client.get("/agents")).text


async def test_a_switch_is_moved_and_taken_back(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    person = await hub.person(tenant)
    client = await sign_in(person)
    for value, pressed in (("on", 1), ("off", 1), ("user", 1), ("", 0)):
        page = (await send(client, "/policy", key=DOCUMENT_NAMES, value=value)).text
        assert page.count('aria-pressed="true"') == pressed
    assert person.email in page
    assert "It was so already" in (await send(client, "/policy", key=DOCUMENT_NAMES, value="")).text


async def test_what_the_service_owner_decided_has_no_switch(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    await hub.services.policy.switch("-service", CONSOLE, DOCUMENT_NAMES, Verdict.OFF)  # type: ignore[arg-type]
    page = (await client.get("/policy")).text
    assert "the service owner decided this" in page
    keys = (*HUB_KEYS, *AGENT_KEYS, *DISCOVERY_KEYS, *PULL_KEYS, *TUNNEL_KEYS, *UPDATE_KEYS)
    switches = len(keys) - 1
    assert page.count("aria-pressed") == 3 * switches, "every other key has its switch"


async def test_a_person_is_added_locked_out_and_let_in_again(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    new = {"name": "Ada", "email": "ada@acme.example", "role": "operator", "password": PASSWORD}
    assert "This is no e-mail address." in (await send(client, "/people/new", **{**new, "email": "ada"})).text
    assert (await send(client, "/people/new", **new)).url.path == "/people"
    assert "signs in with this address" in (await send(client, "/people/new", **new)).text
    ada = next(each for each in await hub.services.people.list(tenant, CONSOLE) if each.name == "Ada")
    assert (ada.role, ada.login) == (Role.OPERATOR, "ada")
    locked = "badge still"
    assert locked in (await send(client, f"/people/{ada.id}/disable")).text
    assert locked not in (await send(client, f"/people/{ada.id}/enable")).text


async def test_people_are_found_and_paged(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    for number in range(60):
        await hub.person(tenant, Role.USER, f"u{number}@acme.example")
    assert "1 to 50 of 61" in (await client.get("/people")).text
    assert "51 to 60 of 60" in (await client.get("/people?role=user&page=99")).text
    assert re.findall(r">(u\d+)@acme", (await client.get("/people?q=U42%40&state=active")).text) == ["u42"]
    for nothing in ("q=u42&state=disabled", "q=u42&role=operator", f"q=nobody&page={10**30}"):
        assert "Nobody fits" in (await client.get(f"/people?{nothing}")).text


async def test_people_are_put_into_a_group_and_taken_out(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    ada = await hub.person(tenant, Role.USER, "ada@acme.example")
    assert "Make the first group" in (await client.get("/groups")).text
    assert (await send(client, "/groups/new", name="Front Desk")).url.path == "/groups/front-desk"
    assert "a group with this name already" in (await send(client, "/groups/new", name="Front Desk")).text
    assert ada.email in (await client.get("/groups/front-desk/people?q=ADA")).text
    page = await send(client, "/groups/front-desk/people", person=ada.id, q="ADA")
    assert page.url.query == b"q=ADA&said=group-joined"
    assert ada.email not in page.text
    assert "It was so already" in (await send(client, "/groups/front-desk/people", person=ada.id)).text
    assert ada.email in (await client.get("/groups/front-desk")).text
    assert "1<span" in (await client.get("/groups")).text
    assert ada.email not in (await send(client, "/groups/front-desk/leave", person=ada.id)).text
    assert "It was so already" in (await send(client, "/groups/front-desk/leave", person=ada.id)).text
    assert "This is needed." in (await send(client, "/groups/front-desk/edit", name=" ")).text
    assert ">Reception</h1>" in (await send(client, "/groups/front-desk/edit", name="Reception")).text
    assert "The people themselves stay." in (await client.get("/groups/front-desk/remove")).text
    assert "Make the first group" in (await send(client, "/groups/front-desk/remove")).text


async def test_who_is_in_a_providers_group_is_not_to_be_changed_here(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    group = await hub.services.groups.add(tenant, CONSOLE, name="Staff", source=Source.PROVIDER)
    page = (await client.get(f"/groups/{group.id}")).text
    assert "The provider people sign in with says who is in it." in page
    assert f"/groups/{group.id}/people" not in page


async def test_a_person_is_changed_given_a_password_and_removed(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    ada = await hub.person(tenant, Role.USER, "ada@acme.example")
    change = {"name": "Ada Lovelace", "login": "alovelace", "role": "operator"}
    assert "It holds at once." in (await send(client, f"/people/{ada.id}", **change)).text
    known = await hub.services.people.get(tenant, CONSOLE, ada.id)
    assert (known.name, known.login, known.role) == ("Ada Lovelace", "alovelace", Role.OPERATOR)
    assert "This is needed." in (await send(client, f"/people/{ada.id}", **{**change, "name": ""})).text
    assert "at least 10" in (await send(client, f"/people/{ada.id}/password", password="short")).text
    assert (
        "The new password holds" in (await send(client, f"/people/{ada.id}/password", password="quite long one")).text
    )
    await hub.services.passwords.sign_in(ada.email, "quite long one", source="192.0.2.1")
    assert "Their jobs stay" in (await client.get(f"/people/{ada.id}/remove")).text
    assert "The person is removed." in (await send(client, f"/people/{ada.id}/remove")).text
    assert (await client.get(f"/people/{ada.id}")).status_code == 404


async def test_the_last_administrator_stays_one(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    admin = await hub.person(tenant)
    client = await sign_in(admin)
    lower = {"name": "Me", "role": "user"}
    assert "Nobody would be left" in (await send(client, f"/people/{admin.id}", **lower)).text
    await hub.person(tenant, email="second@acme.example")
    assert (await send(client, f"/people/{admin.id}", **lower)).url.path == "/"
    assert (await client.get("/people")).status_code == 403


async def test_nobody_gets_a_role_that_is_not_the_administrators_to_give(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    new = {"name": "Eve", "email": "eve@acme.example", "role": "service-owner", "password": PASSWORD}
    await send(client, "/people/new", **new)
    eve = next(each for each in await hub.services.people.list(tenant, CONSOLE) if each.name == "Eve")
    assert eve.role is Role.USER


async def test_a_password_is_changed_by_who_knows_the_old_one(hub: Bench, sign_in: SignIn) -> None:
    person = await hub.person(await hub.tenant())
    client = await sign_in(person)
    other = (await hub.enter(person.email, PASSWORD, source="192.0.2.1")).secret
    assert "This is not your password." in (await send(client, "/account/password", old="wrong", new="x" * 12)).text
    assert "at least 10" in (await send(client, "/account/password", old=PASSWORD, new="short")).text
    page = await send(client, "/account/password", old=PASSWORD, new="another good one")
    assert "The password is changed." in page.text
    assert (await hub.enter(person.email, "another good one", source="192.0.2.1")).session.person.id == person.id
    with pytest.raises(Exception, match="not signed in"):
        await hub.services.sessions.by_secret(other)


async def test_the_language_is_the_browsers_until_one_is_chosen(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    german = {"accept-language": "fr;q=0.9, de-AT;q=0.8, en;q=0.1"}
    assert '<html lang="de"' in (await client.get("/", headers=german)).text
    await send(client, "/account/language", language="en")
    assert '<html lang="en"' in (await client.get("/", headers=german)).text


async def test_an_address_nobody_has_leads_on(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    for path in ("/nothing", "/printers/none", "/jobs/none", f"/jobs/{uuid.uuid4()}", "/static/../secrets"):
        answer = await client.get(path)
        assert answer.status_code == 404
        assert "Go to the first page" in answer.text


async def test_filters_of_jobs_are_folded_away_while_nothing_stands_in_them(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    await (await hub.agent(tenant)).report(report(job_report()))
    client = await sign_in(await hub.person(tenant))
    assert '<details class="fold"><summary>' in (await client.get("/jobs")).text
    assert '<details class="fold"><summary>' in (await client.get("/jobs?q=report&time=today")).text
    for asked in ("person=ada", "printer=lobby", "state=failed", "from=2026-01-01", "to=2026-01-01"):
        assert '<details class="fold" open>' in (await client.get(f"/jobs?{asked}")).text, asked
