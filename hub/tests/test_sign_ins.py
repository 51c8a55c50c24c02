"""Machines let in by a code, and people signed in at them: what is granted, and every way to get it by a trick."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import attrs
import pytest
from hub_rig import BIRTH, PASSWORD, Bench, RemoteAgent, job_report, notices, problem, report
from hub_rig._agent import AgentKey

from tympan_hub.domain.device_codes import new_user_code, spelled, typed
from tympan_hub.domain.errors import Conflict, NotAllowed, NotFound, TooMany
from tympan_hub.domain.ids import AgentId, JobId, TenantId
from tympan_hub.domain.jobs import JobFilter
from tympan_hub.domain.limits.attempts import CODES_PER_SOURCE, GUESSES_PER_PERSON, GUESSES_PER_SOURCE
from tympan_hub.domain.limits.sign_ins import SIGN_IN
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.policy import USER_ENROLMENT, Verdict
from tympan_wire.hub import (
    Code,
    DeviceCode,
    DeviceCodeAnswer,
    DeviceCodeQuestion,
    DeviceCodeRequest,
    Grant,
    Look,
    Operation,
    Platform,
    RefreshRequest,
    Renewed,
    RenewRequest,
    SignInAnswer,
    SignInCodeRequest,
    SignInQuestion,
    SignOutRequest,
)

pytestmark = pytest.mark.anyio
FIRST, SECOND, THIRD = ("1" * 43, "2" * 43, "3" * 43)


@attrs.define
class Stage:
    """A tenant, its administrator, and a machine nobody knows yet."""

    hub: Bench
    tenant: TenantId
    admin: Person
    machine: RemoteAgent

    async def code(self, user: str = "ada") -> DeviceCode:
        """The machine asks for a code."""
        asked = DeviceCodeRequest(name="desk-7", platform=Platform.LINUX, release="0.1.0", user=user)
        code: DeviceCode = await self.machine.ask(Operation.DEVICE_CODE, asked)
        return code

    async def poll(self, code: DeviceCode) -> DeviceCodeAnswer:
        """The machine asks what became of it, after the time it has to wait."""
        self.hub.clock.forward(seconds=code.interval_s)
        answer: DeviceCodeAnswer = await self.machine.ask(
            Operation.DEVICE_TOKEN, DeviceCodeQuestion(device_code=code.device_code)
        )
        return answer

    async def approve(self, code: DeviceCode, by: Person | None = None, **how: Any) -> None:
        """A person lets it in."""
        service, person = self.hub.services.device_codes, by or self.admin
        await service.approve(person.tenant, person, code.user_code, source="10.0.0.9", **how)

    async def enrolled(self, **how: Any) -> DeviceCode:
        """The machine was let in and has an access token."""
        code = await self.code()
        await self.approve(code, **how)
        await self.machine.enrol((await self.poll(code)).token)
        await self.machine.renew()
        return code

    async def ask_sign_in(self, code: DeviceCode, token: str = FIRST) -> SignInAnswer:
        """The agent asks whether the person signed in."""
        answer: SignInAnswer = await self.machine.ask(
            Operation.SIGN_IN_TOKEN, SignInQuestion(device_code=code.device_code, refresh_token=token)
        )
        return answer

    async def signed_in(self, by: Person | None = None, user: str = "ada") -> SignInAnswer:
        """A person is signed in at the agent."""
        code: DeviceCode = await self.machine.ask(Operation.SIGN_IN_CODE, SignInCodeRequest(user=user))
        await self.approve(code, by)
        answer = await self.ask_sign_in(code)
        assert answer.grant is Grant.GRANTED
        return answer

    async def people(self) -> list[tuple[str, str]]:
        """Whom the agent is told of."""
        return [(one.user, one.person) for one in (await self.machine.desired()).people]

    async def acts(self) -> list[str]:
        """What the audit log says, newest first."""
        return [entry.act for entry in await self.hub.services.audit.page(self.tenant, CONSOLE)]


@pytest.fixture
async def stage(hub: Bench) -> Stage:
    tenant = await hub.tenant()
    admin = await hub.person(tenant, email="ada@acme.example")
    return Stage(hub, tenant, admin, RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new()))


def test_short_codes_are_typed_as_people_type_them() -> None:
    code = new_user_code()
    for text in (code, spelled(code), spelled(code).lower(), f" {code[:4]} {code[4:]} ", code.replace("-", "\u2013")):
        assert typed(text) == code
    for text in ("", "ABCD-EFGH", code[:-1], code + "B", "BCDF GHJ1", "x" * 5000):
        assert typed(text) == ""


# ---------------------------------------------------------------------- letting machines in


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


# ---------------------------------------------------------------------- attacks


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


async def refresh(agent: RemoteAgent, sign_in: str, used: str, following: str) -> int:
    request = RefreshRequest(sign_in=sign_in, refresh_token=used, next=following)
    return (await agent.post(Operation.SIGN_IN_REFRESH, request)).status_code


async def test_tokens_rotate_and_a_lost_answer_is_no_theft(stage: Stage) -> None:
    await stage.enrolled()
    mine = (await stage.signed_in()).sign_in
    stage.hub.clock.forward(days=1)
    await stage.machine.renew()
    for _ in range(2):
        assert await refresh(stage.machine, mine, FIRST, SECOND) == 200
    assert await refresh(stage.machine, mine, SECOND, THIRD) == 200
    assert await stage.people() == [("ada", stage.admin.id)]


@pytest.mark.parametrize("thief_first", [True, False])
async def test_attack_a_stolen_refresh_token_ends_the_sign_in(stage: Stage, thief_first: bool) -> None:
    await stage.enrolled()
    mine = (await stage.signed_in()).sign_in
    first, second = ((THIRD, SECOND), (SECOND, THIRD))[not thief_first]
    assert await refresh(stage.machine, mine, FIRST, first) == 200
    async with notices(stage.hub.app, stage.machine.token) as stream:
        await stream.line()
        assert await refresh(stage.machine, mine, FIRST, second) == 401
        assert isinstance(await stream.line(), Look), "the agent hears of it at once"
    assert await refresh(stage.machine, mine, first, FIRST) == 401, "whoever has the newest one has nothing"
    assert await stage.people() == []
    assert (await stage.acts())[0] == "sign-in.reuse"


async def test_attack_another_agent_cannot_use_a_token_nor_end_the_sign_in_by_trying(stage: Stage) -> None:
    spy = await stage.hub.agent(stage.tenant, "spy")
    await stage.enrolled()
    mine = (await stage.signed_in()).sign_in
    assert await refresh(spy, mine, FIRST, THIRD) == 401
    assert await stage.people() == [("ada", stage.admin.id)]
    assert await refresh(stage.machine, mine, FIRST, "short") == 400


# ---------------------------------------------------------------------- who is signed in


async def test_who_is_locked_out_vanishes_at_once_and_comes_back(stage: Stage) -> None:
    await stage.enrolled()
    user = await stage.hub.person(stage.tenant, Role.USER)
    await stage.signed_in(user)
    before = await stage.machine.desired()
    people = stage.hub.services.people
    async with notices(stage.hub.app, stage.machine.token) as stream:
        await stream.line()
        await people.disable(stage.tenant, stage.admin.actor, user.id)
        assert isinstance(await stream.line(), Look)
        assert await stage.people() == []
        await people.enable(stage.tenant, stage.admin.actor, user.id)
        assert isinstance(await stream.line(), Look)
    assert await stage.machine.desired() == before


@pytest.mark.parametrize("own", [True, False], ids=["chosen", "given"])
async def test_another_password_ends_the_sign_ins_of_the_old_one(stage: Stage, own: bool) -> None:
    await stage.enrolled()
    user = await stage.hub.person(stage.tenant, Role.USER)
    await stage.signed_in(user)
    people = stage.hub.services.people
    if own:
        await people.change_own_password(user, PASSWORD, "another good one")
    else:
        await people.set_password(stage.tenant, stage.admin.actor, user.id, "another good one")
    assert await stage.people() == []


async def test_a_sign_in_that_is_not_lengthened_ends(stage: Stage) -> None:
    await stage.enrolled()
    mine = (await stage.signed_in()).sign_in
    stage.hub.clock.forward(seconds=SIGN_IN.total_seconds() - 1)
    await stage.machine.renew()
    assert len(await stage.people()) == 1
    stage.hub.clock.forward(seconds=1)
    assert await stage.people() == []
    assert await refresh(stage.machine, mine, FIRST, SECOND) == 401


async def test_signing_out_at_the_machine_and_at_the_portal(stage: Stage) -> None:
    await stage.enrolled()
    user = await stage.hub.person(stage.tenant, Role.USER)
    service = stage.hub.services.sign_ins
    for ending in ("machine", "themselves", "administrator", "password"):
        mine = await stage.signed_in(user)
        shown = [(one.agent, one.sign_in.user) for one in await service.mine(stage.tenant, user)]
        assert shown == [("desk-1", "ada")]
        other = await stage.hub.person(stage.tenant, Role.USER, f"{ending}@acme.example")
        with pytest.raises(NotFound):
            await service.end(stage.tenant, other, mine.sign_in)  # type: ignore[arg-type]
        if ending == "machine":
            await stage.machine.ask(Operation.SIGN_OUT, SignOutRequest(user="ada"))
        elif ending == "password":
            await stage.hub.services.people.set_password(stage.tenant, CONSOLE, user.id, "another password")
        else:
            by = user if ending == "themselves" else stage.admin
            await service.end(stage.tenant, by, mine.sign_in)  # type: ignore[arg-type]
        assert await stage.people() == []


async def test_an_account_stands_for_one_person_at_a_time(stage: Stage) -> None:
    await stage.enrolled()
    user = await stage.hub.person(stage.tenant, Role.USER)
    await stage.signed_in(stage.admin)
    await stage.signed_in(user)
    assert await stage.people() == [("ada", user.id)]


async def test_a_job_is_whose_who_was_signed_in(stage: Stage) -> None:
    await stage.enrolled()
    user, now = await stage.hub.person(stage.tenant, Role.USER), stage.hub.clock.now
    before, during, after = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    held_at = now()
    stage.hub.clock.forward(minutes=1)
    await stage.signed_in(user, user="shared")
    printed_at = now()
    stage.hub.clock.forward(minutes=1)
    await stage.signed_in(stage.admin, user="shared")
    jobs = {before: held_at, during: printed_at, after: now()}
    sent = [report(job_report(job, user="shared", created_at=at)) for job, at in jobs.items()]
    by_login = uuid.uuid4()
    await stage.machine.report(*sent, report(job_report(by_login, user=user.login)))
    service, wanted = stage.hub.services.jobs, JobFilter()
    mine = {job.id for job in (await service.mine(stage.tenant, user, wanted)).jobs}
    assert mine == {before, during, by_login}
    assert {job.id for job in (await service.mine(stage.tenant, stage.admin, wanted)).jobs} == {after}
    with pytest.raises(NotFound):
        await service.get(stage.tenant, user, JobId(after))


# ---------------------------------------------------------------------- replacing, renewing


@pytest.mark.parametrize("way", ["code", "token"])
async def test_a_machine_installed_anew_takes_its_place(stage: Stage, way: str) -> None:
    old = await stage.hub.agent(stage.tenant, "Front desk")
    job = uuid.uuid4()
    await old.report(report(job_report(job)))
    place = AgentId(old.id)
    if way == "code":
        await stage.enrolled(replaces=place)
    else:
        token = await stage.hub.services.agents.make_token(stage.tenant, stage.admin.actor, replaces=place)
        await stage.machine.enrol(token)
        await stage.machine.renew()
    service = stage.hub.services.agents
    new = (await service.get(stage.tenant, CONSOLE, AgentId(stage.machine.id))).agent
    before = (await service.get(stage.tenant, CONSOLE, AgentId(old.id))).agent
    assert (new.name, new.replaces, new.revoked_at) == ("Front desk", old.id, None)
    assert before.revoked_at == new.enrolled_at
    refused = await old.post(Operation.DESIRED, b"{}")
    assert problem(refused).code is Code.REVOKED
    kept = (await stage.hub.services.jobs.all(stage.tenant, stage.admin, JobFilter())).jobs
    assert [(one.id, one.agent) for one in kept] == [(job, old.id)]
    assert "agent.replace" in await stage.acts()
    with pytest.raises(Conflict):
        await stage.enrolled(replaces=place)


async def test_a_place_of_another_tenant_cannot_be_taken(stage: Stage) -> None:
    theirs = await stage.hub.agent(await stage.hub.tenant("Other"))
    with pytest.raises(NotFound):
        await stage.approve(await stage.code(), replaces=AgentId(theirs.id))
    user = await stage.hub.person(stage.tenant, Role.USER)
    await stage.hub.services.policy.switch(stage.tenant, stage.admin.actor, USER_ENROLMENT, Verdict.ON)
    own = await stage.hub.agent(stage.tenant)
    with pytest.raises(NotAllowed):
        await stage.approve(await stage.code(), user, replaces=AgentId(own.id))


async def test_a_certificate_is_renewed_for_the_same_key(stage: Stage) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    await stage.enrolled()
    assert stage.machine.enrolled is not None
    first = stage.machine.enrolled.certificate
    again: Renewed = await stage.machine.ask(Operation.RENEW, RenewRequest())
    assert again.certificate == first, "one made just now is given again"
    stage.hub.clock.forward(days=300)
    await stage.machine.renew()
    renewed: Renewed = await stage.machine.ask(Operation.RENEW, RenewRequest())
    made = x509.load_pem_x509_certificate(renewed.certificate.encode())
    assert made.not_valid_after_utc > BIRTH + dt.timedelta(days=600)
    public = made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert public == stage.machine.key.public
