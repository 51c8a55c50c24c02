"""People signed in at machines: by codes and tokens, until they end it; and every way to get in by a trick."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hub_rig import BIRTH, FIRST, PASSWORD, SECOND, THIRD, RemoteAgent, Stage, job_report, notices, problem, report

from tympan_hub.domain.errors import Conflict, NotAllowed, NotFound
from tympan_hub.domain.ids import AgentId, JobId
from tympan_hub.domain.jobs import JobFilter
from tympan_hub.domain.limits.sign_ins import SIGN_IN
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import USER_ENROLMENT, Verdict
from tympan_wire.hub import Code, Look, Operation, RefreshRequest, Renewed, RenewRequest, SignOutRequest

pytestmark = pytest.mark.anyio


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
    services = stage.hub.services
    if own:
        await services.passwords.change_own_password(user, PASSWORD, "another good one")
    else:
        await services.people.set_password(stage.tenant, stage.admin.actor, user.id, "another good one")
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
