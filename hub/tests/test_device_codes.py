"""Machines let in by a code: what is granted, and every way to get it by a trick."""

from __future__ import annotations

import pytest
from hub_rig import SECOND, RemoteAgent, Stage, problem
from hub_rig._agent import AgentKey

from tympan_hub.domain.device_codes import new_user_code, spelled, typed
from tympan_hub.domain.errors import NotAllowed, NotFound, TooMany
from tympan_hub.domain.limits.attempts import CODES_PER_SOURCE, GUESSES_PER_PERSON, GUESSES_PER_SOURCE
from tympan_hub.domain.people import Role
from tympan_hub.domain.policy import USER_ENROLMENT, Verdict
from tympan_wire.hub import (
    Code,
    DeviceCode,
    DeviceCodeAnswer,
    DeviceCodeQuestion,
    DeviceCodeRequest,
    Grant,
    Operation,
    SignInCodeRequest,
    SignInQuestion,
)

pytestmark = pytest.mark.anyio


def test_short_codes_are_typed_as_people_type_them() -> None:
    code = new_user_code()
    for text in (code, spelled(code), spelled(code).lower(), f" {code[:4]} {code[4:]} ", code.replace("-", "\u2013")):
        assert typed(text) == code
    for text in ("", "ABCD-EFGH", code[:-1], code + "B", "BCDF GHJ1", "x" * 5000):
        assert typed(text) == ""


async def test_a_machine_is_let_in_and_the_person_signed_in_in_one_go(stage: Stage) -> None:
    code = await stage.code()
    assert code.verification_uri == "http://hub.example/activate"
    assert code.verification_uri_complete == f"http://hub.example/activate?code={code.user_code}"
    assert await stage.poll(code) == DeviceCodeAnswer(grant=Grant.PENDING)
    asked = (await stage.hub.services.device_codes.asked(stage.tenant, stage.admin, code.user_code, source="x")).code
    assert (asked.name, asked.platform.value, asked.user, asked.source) == ("desk-7", "linux", "ada", "127.0.0.1")
    await stage.approve(code, signs_in=True)
    granted = await stage.poll(code)
    assert granted == await stage.poll(code), "a lost answer is given again"
    await stage.machine.enrol(granted.token)
    await stage.machine.renew()
    answer = await stage.ask_sign_in(code)
    assert answer.who is not None
    assert (answer.who.user, answer.who.person, answer.who.name) == ("ada", stage.admin.id, stage.admin.name)
    assert await stage.people() == [("ada", stage.admin.id)]
    assert (await stage.acts())[:3] == ["sign-in.begin", "agent.enrol", "enrol.approve"]


async def test_a_machine_let_in_without_signing_in_says_so(stage: Stage) -> None:
    code = await stage.enrolled()
    assert (await stage.ask_sign_in(code)).grant is Grant.DENIED
    assert await stage.people() == []


async def test_a_denied_code_and_one_that_ended(stage: Stage) -> None:
    denied, ended = await stage.code(), await stage.code()
    await stage.hub.services.device_codes.deny(stage.tenant, stage.admin, denied.user_code, source="x")
    assert (await stage.poll(denied)).grant is Grant.DENIED
    with pytest.raises(NotFound):
        await stage.approve(denied)
    stage.hub.clock.forward(minutes=11)
    assert (await stage.poll(ended)).grant is Grant.EXPIRED
    with pytest.raises(NotFound):
        await stage.approve(ended)


async def test_who_asks_too_often_has_to_be_slower(stage: Stage) -> None:
    code = await stage.code()
    question = DeviceCodeQuestion(device_code=code.device_code)
    grants = [(await stage.machine.ask(Operation.DEVICE_TOKEN, question)).grant for _ in range(2)]
    assert grants == [Grant.PENDING, Grant.SLOW_DOWN]
    stage.hub.clock.forward(seconds=code.interval_s)
    assert (await stage.machine.ask(Operation.DEVICE_TOKEN, question)).grant is Grant.SLOW_DOWN
    stage.hub.clock.forward(seconds=code.interval_s + 10)
    assert (await stage.machine.ask(Operation.DEVICE_TOKEN, question)).grant is Grant.PENDING


async def test_users_join_computers_only_where_policy_lets_them(stage: Stage) -> None:
    user = await stage.hub.person(stage.tenant, Role.USER)
    code = await stage.code()
    with pytest.raises(NotAllowed):
        await stage.hub.services.device_codes.asked(stage.tenant, user, code.user_code, source="x")
    with pytest.raises(NotAllowed):
        await stage.approve(code, user)
    await stage.hub.services.policy.switch(stage.tenant, stage.admin.actor, USER_ENROLMENT, Verdict.ON)
    await stage.approve(code, user)
    assert (await stage.poll(code)).grant is Grant.GRANTED


async def test_attack_guessing_short_codes_is_limited_for_a_person_and_for_a_place(stage: Stage) -> None:
    code, service = await stage.code(), stage.hub.services.device_codes
    for _ in range(GUESSES_PER_PERSON):
        with pytest.raises(NotFound):
            await service.asked(stage.tenant, stage.admin, new_user_code(), source="10.0.0.1")
    with pytest.raises(TooMany):
        await service.asked(stage.tenant, stage.admin, code.user_code, source="10.0.0.2")
    people = [await stage.hub.person(stage.tenant, email=f"p{n}@acme.example") for n in range(6)]
    for number in range(GUESSES_PER_SOURCE - GUESSES_PER_PERSON):
        with pytest.raises(NotFound):
            await service.asked(stage.tenant, people[number // 9], "ABCD", source="10.0.0.1")
    with pytest.raises(TooMany):
        await service.asked(stage.tenant, people[5], code.user_code, source="10.0.0.1")
    stage.hub.clock.forward(minutes=9)
    await service.asked(stage.tenant, people[5], code.user_code, source="10.0.0.3")


async def test_attack_asking_for_codes_without_end_is_limited(stage: Stage) -> None:
    for _ in range(CODES_PER_SOURCE):
        await stage.code()
    refused = await stage.machine.post(Operation.DEVICE_CODE, DeviceCodeRequest(name="flood"))
    assert (refused.status_code, problem(refused).code) == (429, Code.TOO_MANY)
    assert int(refused.headers["retry-after"]) > 0


async def test_attack_a_code_of_another_tenants_agent_is_not_there(stage: Stage) -> None:
    await stage.enrolled()
    stranger = await stage.hub.person(await stage.hub.tenant("Other"))
    code: DeviceCode = await stage.machine.ask(Operation.SIGN_IN_CODE, SignInCodeRequest(user="ada"))
    with pytest.raises(NotFound):
        await stage.approve(code, stranger)
    assert (await stage.ask_sign_in(code)).grant is Grant.PENDING


async def test_attack_who_decides_second_changes_nothing(stage: Stage) -> None:
    stranger = await stage.hub.person(await stage.hub.tenant("Other"))
    code = await stage.code()
    await stage.approve(code)
    for act in (stage.hub.services.device_codes.deny, stage.hub.services.device_codes.approve):
        with pytest.raises(NotFound):
            await act(stranger.tenant, stranger, code.user_code, source="x")
    enrolled = await stage.machine.enrol((await stage.poll(code)).token)
    assert enrolled.tenant == stage.tenant


async def test_attack_a_code_asked_about_by_another_agent_is_none(stage: Stage) -> None:
    spy = await stage.hub.agent(stage.tenant, "spy")
    enrolment = await stage.enrolled(signs_in=True)
    code: DeviceCode = await stage.machine.ask(Operation.SIGN_IN_CODE, SignInCodeRequest(user="ada"))
    await stage.approve(code)
    for stolen in (code, enrolment):
        question = SignInQuestion(device_code=stolen.device_code, refresh_token=SECOND)
        assert (await spy.ask(Operation.SIGN_IN_TOKEN, question)).grant is Grant.EXPIRED
    assert (await stage.ask_sign_in(code)).grant is Grant.GRANTED
    guessed = DeviceCodeQuestion(device_code="guess")
    assert (await spy.ask(Operation.DEVICE_TOKEN, guessed)).grant is Grant.EXPIRED


async def test_attack_a_granted_token_enrols_one_machine(stage: Stage) -> None:
    code = await stage.code()
    await stage.approve(code)
    token = (await stage.poll(code)).token
    await stage.machine.enrol(token)
    other = RemoteAgent(client=stage.hub.client, clock=stage.hub.clock, key=AgentKey.new())
    refused = await other.post(Operation.ENROL, other.enrol_request(token))
    assert (refused.status_code, problem(refused).code) == (401, Code.TOKEN_REFUSED)


async def test_attack_a_granted_code_signs_in_once(stage: Stage) -> None:
    code = await stage.enrolled(signs_in=True)
    assert (await stage.ask_sign_in(code)).grant is Grant.GRANTED
    assert (await stage.ask_sign_in(code)).grant is Grant.GRANTED, "the same request again"
    assert (await stage.ask_sign_in(code, SECOND)).grant is Grant.EXPIRED
