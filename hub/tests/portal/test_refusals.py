"""What pages say when a deed is refused: the true cause, where several are possible."""

from __future__ import annotations

import pytest
from hub_rig import Bench, RemoteAgent, job_report, report
from hub_rig._agent import AgentKey
from portal_steps import SignIn, send

from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import Verdict, next_edition
from tympan_hub.service import (
    agents,
    asking,
    device_codes,
    groups,
    invitations,
    people,
    policy,
    printers,
    providers,
    webhooks,
)
from tympan_wire.hub import DeviceCodeRequest, JobStanding, Operation, Platform

pytestmark = pytest.mark.anyio
FULL = "There are as many"
PASSWORD = "correct horse battery"
PROVIDER = {
    "name": "Contoso",
    "issuer": "https://login.contoso.example",
    "client_id": "tympan",
    "secret": "s3cret",
    "scopes": "openid",
    "claim_email": "email",
}
FORMS = {
    "/groups/new": {"name": "Post"},
    "/printers/new": {"name": "Office", "uri": "ipp://office.example/ipp/print"},
    "/people/new": {"name": "Ben", "email": "ben@acme.example", "password": PASSWORD},
    "/invitations/new": {"email": "ben@acme.example"},
    "/webhooks/new": {"name": "Ours", "url": "https://acme.example/", "tell-job.ended": "yes"},
    "/providers/new": PROVIDER,
}
LIMITS = {
    "/groups/new": (groups, "GROUPS"),
    "/printers/new": (printers, "PRINTERS"),
    "/people/new": (people, "PEOPLE"),
    "/invitations/new": (invitations, "INVITATIONS"),
    "/webhooks/new": (webhooks, "WEBHOOKS"),
    "/providers/new": (providers, "PROVIDERS"),
}


@pytest.mark.parametrize("path", sorted(FORMS))
async def test_a_form_says_that_there_are_as_many_as_there_may_be(
    hub: Bench, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    monkeypatch.setattr(*LIMITS[path], 0)
    answer = await send(client, path, **FORMS[path])
    assert answer.status_code == 422
    assert FULL in answer.text
    assert "already." not in answer.text


async def test_a_name_that_is_taken_is_told_at_its_field(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    for path in ("/groups/new", "/printers/new", "/people/new", "/providers/new"):
        await send(client, path, **FORMS[path])
        again = await send(client, path, **FORMS[path])
        assert again.status_code == 422, path
        assert "already." in again.text, path
        assert FULL not in again.text, path


async def test_who_is_in_as_many_groups_as_one_may_is_not_told_that_it_was_so(
    hub: Bench, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await hub.tenant()
    admin, agent = await hub.person(tenant), await hub.agent(tenant)
    made = await hub.services.groups.add(tenant, admin.actor, name="Post")
    client = await sign_in(admin)
    monkeypatch.setattr(groups, "GROUPS_PER_PERSON", 0)
    joined = await send(client, f"/groups/{made.id}/people", person=admin.id)
    assert FULL in joined.text
    joined = await send(client, f"/groups/{made.id}/computers", agent=agent.id)
    assert FULL in joined.text
    monkeypatch.undo()
    for _ in range(2):
        joined = await send(client, f"/groups/{made.id}/people", person=admin.id)
    assert "It was so already" in joined.text


async def test_a_switch_that_a_wider_scope_decided_is_told_so(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    await hub.services.policy.switch(SERVICE, CONSOLE, "bridge.browser", Verdict.OFF)
    refused = await send(client, "/policy", key="bridge.browser", value="on", sure="yes")
    assert "A wider scope has decided this" in refused.text
    for _ in range(2):
        switched = await send(client, "/policy", key="job.hold", value="off", sure="yes")
    assert "It was so already" in switched.text


async def test_a_policy_that_changed_meanwhile_is_not_said_to_be_so_already(
    hub: Bench, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    await send(client, "/policy", key="job.hold", value="off", sure="yes")
    monkeypatch.setattr(
        policy, "next_edition", lambda tenant, _, *rest, **more: next_edition(tenant, None, *rest, **more)
    )
    refused = await send(client, "/policy", key="job.hold", value="on", sure="yes")
    assert refused.status_code == 409
    assert "Somebody was faster" in refused.text


async def test_a_computer_is_not_let_in_where_there_are_as_many_as_there_may_be(
    hub: Bench, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant))
    machine = RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new())
    request = DeviceCodeRequest(name="desk-7", platform=Platform.LINUX, user="ada")
    code = await machine.ask(Operation.DEVICE_CODE, request)
    monkeypatch.setattr(device_codes, "AGENTS", 0)
    monkeypatch.setattr(agents, "AGENTS", 0)
    refused = await send(client, "/activate", code=code.user_code, decision="approve")
    assert refused.status_code == 409
    assert "as many computers as there may be" in refused.text
    assert "There are as many agents" in (await send(client, "/agents/new")).text


async def test_a_computer_that_has_enough_to_do_is_told_of_as_such(
    hub: Bench, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await hub.tenant()
    admin, agent = await hub.person(tenant), await hub.agent(tenant)
    client = await sign_in(admin)
    await send(client, "/printers/new", **FORMS["/printers/new"])
    sent = job_report(standing=JobStanding.PRINTING)
    await agent.report(report(sent))
    monkeypatch.setattr(asking, "COMMANDS_PER_AGENT", 0)
    for path in ("/printers/office/install", "/printers/office/uninstall", f"/jobs/{sent.job}/cancel"):
        assert "as much to do as may wait" in (await send(client, path, agent=agent.id)).text, path
    looked = (await send(client, "/device-checks", uri="ipp://other.example/")).text
    assert "as much to do as may wait" in looked
    assert "Add an agent first" not in looked


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("name", "a\tname", "A name has"),
        ("issuer", "ftp://x", "Enter the issuer"),
        ("client_id", "two words", "This is no client id"),
        ("scopes", "profile", "Scopes are words"),
        ("domains", "scopes", "A domain looks like"),
        ("domains", "client id", "A domain looks like"),
        ("claim_login", "x" * 300, "The name of a claim"),
        ("secret", "a\tsecret", "Enter the client secret"),
    ],
)
async def test_what_is_wrong_with_a_provider_stands_at_its_field(
    hub: Bench, sign_in: SignIn, field: str, value: str, fault: str
) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    answer = await send(client, "/providers/new", **{**PROVIDER, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-fault"' in answer.text
    assert answer.text.count('class="fault"') == 1
    assert fault in answer.text
