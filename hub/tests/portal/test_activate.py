"""Letting a computer in at the portal, as a person does it."""

from __future__ import annotations

import httpx
import pytest
from hub_rig import Bench, RemoteAgent
from hub_rig._agent import AgentKey
from portal_steps import SignIn, send

from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.people import CONSOLE, Role
from tympan_wire.hub import (
    DeviceCode,
    DeviceCodeAnswer,
    DeviceCodeQuestion,
    DeviceCodeRequest,
    Grant,
    Operation,
    Platform,
    SignInCodeRequest,
)

pytestmark = pytest.mark.anyio


async def asks(hub: Bench, user: str = "ada") -> tuple[RemoteAgent, DeviceCode]:
    """A machine that shows a code."""
    machine = RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new())
    request = DeviceCodeRequest(name="<b>desk-7</b>", platform=Platform.LINUX, user=user)
    return machine, await machine.ask(Operation.DEVICE_CODE, request)


async def grant(machine: RemoteAgent, code: DeviceCode) -> Grant:
    """What the machine hears."""
    answer: DeviceCodeAnswer = await machine.ask(
        Operation.DEVICE_TOKEN, DeviceCodeQuestion(device_code=code.device_code)
    )
    return answer.grant


async def test_a_code_is_typed_looked_at_and_approved(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    client = await sign_in(await hub.person(tenant, email="ada@acme.example"))
    machine, code = await asks(hub)
    shown = (await send(client, "/activate", code=code.user_code.lower())).text
    assert "&lt;b&gt;desk-7&lt;/b&gt;" in shown
    assert all(fact in shown for fact in (code.user_code, "ada", "Linux", "127.0.0.1"))
    assert 'name="sign-in" value="yes" checked' in shown, "the account is called as the person is"
    assert await grant(machine, code) is Grant.PENDING
    done = (await send(client, "/activate", code=code.user_code, decision="approve", **{"sign-in": "yes"})).text
    assert "The computer is let in" in done
    hub.clock.forward(seconds=10)
    assert await grant(machine, code) is Grant.GRANTED
    again = await send(client, "/activate", code=code.user_code, decision="deny")
    assert (again.status_code, "No computer waits with this code" in again.text) == (422, True)


async def test_the_address_of_the_qr_code_leads_through_sign_in(hub: Bench, visitor: httpx.AsyncClient) -> None:
    _, code = await asks(hub)
    answer = await visitor.get(f"/activate?code={code.user_code}")
    assert answer.headers["location"] == f"/sign-in?then=%2Factivate%3Fcode%3D{code.user_code}"


async def test_refusing_and_typing_nonsense(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    machine, code = await asks(hub, user="")
    assert "Sign me in there" not in (await client.get(f"/activate?code={code.user_code}")).text
    assert "Refused" in (await send(client, "/activate", code=code.user_code, decision="deny")).text
    assert await grant(machine, code) is Grant.DENIED
    wrong = await client.get("/activate?code=BCDF-GHJK")
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text


async def test_attack_an_approval_sent_from_elsewhere_is_refused(hub: Bench, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(await hub.tenant()))
    machine, code = await asks(hub)
    form = {"code": code.user_code, "decision": "approve"}
    forged = await client.post("/activate", data=form, headers={"Origin": "https://evil.example"})
    assert forged.status_code == 403
    linked = await client.get("/activate", params=form)
    assert "Let this computer in?" in linked.text, "a link alone decides nothing"
    assert await grant(machine, code) is Grant.PENDING


async def test_a_user_is_told_whom_to_ask_and_may_sign_in(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    user = await hub.person(tenant, Role.USER)
    client = await sign_in(user)
    _, code = await asks(hub)
    refused = await client.get(f"/activate?code={code.user_code}")
    assert (refused.status_code, "Only administrators join computers" in refused.text) == (403, True)
    own: DeviceCode = await agent.ask(Operation.SIGN_IN_CODE, SignInCodeRequest(user="user"))
    assert "Sign in on this computer?" in (await client.get(f"/activate?code={own.user_code}")).text
    done = (await send(client, "/activate", code=own.user_code, decision="approve")).text
    assert "You are signed in there" in done


async def test_an_agent_is_renamed_and_its_place_taken(hub: Bench, sign_in: SignIn) -> None:
    tenant = await hub.tenant()
    old = await hub.agent(tenant, "desk-1")
    client = await sign_in(await hub.person(tenant))
    assert "another name" in (await send(client, f"/agents/{old.id}/rename", name=" Front desk ")).text
    assert (await send(client, f"/agents/{old.id}/rename", name="\n")).status_code == 422
    machine, code = await asks(hub)
    page = (await client.get(f"/activate?code={code.user_code}")).text
    assert f'<option value="{old.id}">Front desk</option>' in page
    await send(client, "/activate", code=code.user_code, decision="approve", place=old.id)
    hub.clock.forward(seconds=10)
    answer = await machine.ask(Operation.DEVICE_TOKEN, DeviceCodeQuestion(device_code=code.device_code))
    await machine.enrol(answer.token)
    assert (await hub.services.agents.get(tenant, CONSOLE, AgentId(machine.id))).agent.name == "Front desk"
    assert f"/agents/{machine.id}" in (await client.get(f"/agents/{old.id}")).text
