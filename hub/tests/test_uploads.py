"""Uploads of agents over HTTP: begun, filled, cut off, finished, cleared away."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from hub_rig import HEADERS, Bench, RemoteAgent, problem

from tympan_hub.domain.errors import Full, Unavailable
from tympan_hub.domain.ids import AgentId, TenantId, UploadId
from tympan_hub.domain.limits.uploads import (
    BLOB_BYTES,
    UPLOAD_KEPT,
    UPLOAD_NAME_OCTETS,
    UPLOAD_PART_BYTES_LEAST,
    UPLOAD_PARTS,
    UPLOAD_UNFINISHED,
    UPLOADS_PER_AGENT,
)
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import REQUIRE_SIGN_IN, Verdict
from tympan_hub.domain.uploads import Uploader
from tympan_hub.ports import Bearer
from tympan_hub.service.upload_clearance import leave
from tympan_hub.service.uploads import UploadService
from tympan_wire.hub import (
    DIGEST_HEADER,
    PART_BYTES,
    PART_BYTES_LEAST,
    Code,
    Operation,
    SignInCodeRequest,
    SignInQuestion,
    SignOutRequest,
    UploadAbandon,
    UploadFinish,
    UploadQuestion,
    UploadRequest,
    UploadStanding,
    digest_header,
    digest_of,
    part_path,
)
from tympan_wire.hub import (
    UPLOAD_NAME_OCTETS as NAME_OCTETS,
)
from tympan_wire.hub import (
    UPLOAD_PARTS as PARTS,
)

pytestmark = pytest.mark.anyio
PART = PART_BYTES_LEAST
BODY = os.urandom(2 * PART + 5)
PIECES = [BODY[:PART], BODY[PART : 2 * PART], BODY[2 * PART :]]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def request(name: str = "job/1", *, size: int = len(BODY), part_bytes: int = PART, user: str = "ben") -> UploadRequest:
    return UploadRequest(name=name, size=size, part_bytes=part_bytes, user=user)


@pytest.fixture
async def tenant(hub: Bench) -> TenantId:
    """A tenant that lets everybody print."""
    made = await hub.tenant()
    await hub.services.policy.switch(made, CONSOLE, REQUIRE_SIGN_IN, Verdict.OFF)
    return made


@pytest.fixture
async def agent(hub: Bench, tenant: TenantId) -> RemoteAgent:
    return await hub.agent(tenant)


async def put(agent: RemoteAgent, upload: str, number: int, content: bytes, digest: str = "") -> httpx.Response:
    headers = {
        **HEADERS,
        "Authorization": f"Bearer {agent.token}",
        DIGEST_HEADER: digest_header(digest or sha256(content)),
    }
    return await agent.client.post(part_path(upload, number), content=content, headers=headers)


async def begun(agent: RemoteAgent, wanted: UploadRequest | None = None) -> UploadStanding:
    standing: UploadStanding = await agent.ask(Operation.UPLOAD, wanted or request())
    return standing


async def whole(agent: RemoteAgent, name: str = "job/1") -> UploadStanding:
    standing = await begun(agent, request(name))
    for number, piece in enumerate(PIECES):
        assert (await put(agent, standing.upload, number, piece)).status_code == 200
    finish = UploadFinish(upload=standing.upload, digest=digest_of(map(sha256, PIECES)))
    finished: UploadStanding = await agent.ask(Operation.UPLOAD_FINISH, finish)
    assert finished.finished
    return finished


async def read(hub: Bench, tenant: TenantId, upload: str, start: int = 0, size: int = len(BODY)) -> bytes:
    return b"".join([piece async for piece in hub.services.uploads.read(tenant, UploadId(upload), start, size)])


def bearer(tenant: TenantId, agent: RemoteAgent) -> Bearer:
    return Bearer(tenant=tenant, agent=AgentId(agent.id))


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "blobs").rglob("*") if path.is_file()]


def test_the_hub_and_its_agents_have_the_same_limits() -> None:
    assert (BLOB_BYTES, UPLOAD_PART_BYTES_LEAST, UPLOAD_PARTS, UPLOAD_NAME_OCTETS) == (
        PART_BYTES,
        PART_BYTES_LEAST,
        PARTS,
        NAME_OCTETS,
    )


async def test_a_body_arrives_in_parts_of_any_order(hub: Bench, tenant: TenantId, agent: RemoteAgent) -> None:
    standing = await begun(agent)
    for number in (2, 0, 1):
        assert (await put(agent, standing.upload, number, PIECES[number])).status_code == 200
    finish = UploadFinish(upload=standing.upload, digest=digest_of(map(sha256, PIECES)))
    finished = await agent.ask(Operation.UPLOAD_FINISH, finish)
    assert finished.finished and await agent.ask(Operation.UPLOAD_FINISH, finish) == finished
    assert await read(hub, tenant, standing.upload) == BODY
    assert await read(hub, tenant, standing.upload, PART - 3, 7) == BODY[PART - 3 : PART + 4]
    assert await read(hub, tenant, standing.upload, len(BODY) - 1, 10) == BODY[-1:]


async def test_parts_that_come_at_once_are_all_kept(hub: Bench, tenant: TenantId, agent: RemoteAgent) -> None:
    pieces = [bytes([number]) * PART for number in range(8)]
    standing = await begun(agent, request(size=8 * PART))
    answers = await asyncio.gather(*(put(agent, standing.upload, *part) for part in enumerate(pieces)))
    assert [answer.status_code for answer in answers] == [200] * 8
    finish = UploadFinish(upload=standing.upload, digest=digest_of(map(sha256, pieces)))
    assert (await agent.ask(Operation.UPLOAD_FINISH, finish)).finished
    assert await read(hub, tenant, standing.upload, 0, 8 * PART) == b"".join(pieces)


async def test_one_name_begun_by_a_person_many_times_at_once_is_one_upload(hub: Bench, tenant: TenantId) -> None:
    """No index keeps them apart, as it does those of agents: whoever begins one holds their lock."""
    ada = Uploader(tenant=tenant, person=(await hub.person(tenant)).id)
    begun = await asyncio.gather(*(hub.services.uploads.begin(ada, request()) for _ in range(8)))
    assert len({one.upload for one in begun}) == 1
    async with hub.units.reading() as unit:
        assert (await unit.uploads.tally(tenant, ada)).count == 1


async def test_of_the_same_part_that_comes_twice_at_once_one_is_kept(agent: RemoteAgent, tmp_path: Path) -> None:
    standing = await begun(agent)
    answers = await asyncio.gather(*(put(agent, standing.upload, 0, PIECES[0]) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [path.read_bytes() for path in files(tmp_path)] == [PIECES[0]]


async def test_of_parts_that_come_at_once_for_a_finished_upload_only_others_are_refused(
    agent: RemoteAgent, tmp_path: Path
) -> None:
    finished = await whole(agent)
    sent = [PIECES[0], b"x" * PART, PIECES[0]]
    answers = await asyncio.gather(*(put(agent, finished.upload, 0, piece) for piece in sent))
    assert [answer.status_code for answer in answers] == [200, 409, 200]
    assert sorted(path.read_bytes() for path in files(tmp_path)) == sorted(PIECES)


async def test_beginning_again_tells_what_is_there(agent: RemoteAgent) -> None:
    first = await begun(agent)
    await put(agent, first.upload, 1, PIECES[1])
    again = await begun(agent)
    assert again.upload == first.upload
    assert [(part.number, part.sha256) for part in again.parts] == [(1, sha256(PIECES[1]))]
    assert await agent.ask(Operation.UPLOAD_STANDING, UploadQuestion(upload=first.upload)) == again


async def test_a_part_sent_again_is_kept_once_and_another_replaces_it(
    hub: Bench, agent: RemoteAgent, tmp_path: Path
) -> None:
    standing = await begun(agent)
    await put(agent, standing.upload, 0, b"x" * PART)
    for _ in range(2):
        assert (await put(agent, standing.upload, 0, PIECES[0])).status_code == 200
    assert [path.read_bytes() for path in files(tmp_path)] == [PIECES[0]]


async def test_a_part_that_is_not_what_it_should_be_is_refused(agent: RemoteAgent, tmp_path: Path) -> None:
    standing = await begun(agent)
    for number, content, digest, status in (
        (0, PIECES[0], sha256(b"other"), 400),
        (0, PIECES[0][:-1], "", 400),
        (0, PIECES[0] + b"x", "", 413),
        (2, PIECES[0], "", 413),
        (3, b"", "", 400),
        (99999999999, PIECES[0], "", 400),
    ):
        assert (await put(agent, standing.upload, number, content, digest)).status_code == status
    assert files(tmp_path) == []


async def test_an_upload_without_all_its_parts_or_with_others_is_not_finished(agent: RemoteAgent) -> None:
    standing = await begun(agent)
    finish = UploadFinish(upload=standing.upload, digest=digest_of(map(sha256, PIECES)))
    await put(agent, standing.upload, 0, PIECES[0])
    assert "2 of 3 parts are missing" in problem(await agent.post(Operation.UPLOAD_FINISH, finish)).detail
    await put(agent, standing.upload, 1, PIECES[1])
    await put(agent, standing.upload, 2, b"other")
    assert "another one than the hub has" in problem(await agent.post(Operation.UPLOAD_FINISH, finish)).detail


async def test_what_is_finished_does_not_change(hub: Bench, tenant: TenantId, agent: RemoteAgent) -> None:
    finished = await whole(agent)
    assert (await put(agent, finished.upload, 0, PIECES[0])).status_code == 200, "a repetition is no change"
    assert (await put(agent, finished.upload, 0, b"x" * PART)).status_code == 409
    assert await read(hub, tenant, finished.upload) == BODY
    assert (await begun(agent)).finished


async def test_a_body_of_nothing_is_a_body(hub: Bench, tenant: TenantId, agent: RemoteAgent) -> None:
    standing = await begun(agent, request(size=0))
    finished = await agent.ask(Operation.UPLOAD_FINISH, UploadFinish(upload=standing.upload, digest=digest_of([])))
    assert finished.finished and await read(hub, tenant, standing.upload) == b""


async def test_another_body_cannot_have_the_same_name(agent: RemoteAgent) -> None:
    await begun(agent)
    assert problem(await agent.post(Operation.UPLOAD, request(size=7))).code is Code.CONFLICT
    assert problem(await agent.post(Operation.UPLOAD, request(user="ada"))).code is Code.CONFLICT


async def test_an_agent_sees_its_own_uploads_alone(
    hub: Bench, tenant: TenantId, agent: RemoteAgent, tmp_path: Path
) -> None:
    standing = await begun(agent)
    await put(agent, standing.upload, 0, PIECES[0])
    elsewhere = await hub.tenant("Other")
    await hub.services.policy.switch(elsewhere, CONSOLE, REQUIRE_SIGN_IN, Verdict.OFF)
    for intruder in (await hub.agent(tenant, "desk-2"), await hub.agent(elsewhere)):
        assert (await put(intruder, standing.upload, 0, b"x" * PART)).status_code == 404
        for operation, message in (
            (Operation.UPLOAD_STANDING, UploadQuestion(upload=standing.upload)),
            (Operation.UPLOAD_FINISH, UploadFinish(upload=standing.upload, digest="0" * 64)),
        ):
            assert problem(await intruder.post(operation, message)).code is Code.NOT_FOUND
        await intruder.ask(Operation.UPLOAD_ABANDON, UploadAbandon(upload=standing.upload))
        assert (await begun(intruder)).upload != standing.upload
    assert len((await begun(agent)).parts) == 1
    assert [path.read_bytes() for path in files(tmp_path)] == [PIECES[0]]


TRICKS = ["..", "%2e%2e", "..%2f..%2fsecrets", "%2fetc", "a%00b", "a\0b", "ü", "x" * 500, "%5c..%5c", "-service", "'"]


async def test_tricks_with_paths_reach_no_store(agent: RemoteAgent, tmp_path: Path) -> None:
    await begun(agent)
    before = sorted((tmp_path / "blobs").rglob("*"))
    headers = {**HEADERS, "Authorization": f"Bearer {agent.token}", DIGEST_HEADER: digest_header(sha256(b"abc"))}
    for upload in TRICKS:
        path = f"/agent/v1/uploads/{upload.replace(chr(0), '%00')}/0"
        assert (await agent.client.post(path, content=b"abc", headers=headers)).status_code == 404
        for operation, message in (
            (Operation.UPLOAD_STANDING, UploadQuestion(upload=upload)),
            (Operation.UPLOAD_FINISH, UploadFinish(upload=upload, digest="0" * 64)),
        ):
            assert problem(await agent.post(operation, message)).code is Code.NOT_FOUND
        await agent.ask(Operation.UPLOAD_ABANDON, UploadAbandon(upload=upload))
    assert sorted((tmp_path / "blobs").rglob("*")) == before


async def test_what_cannot_be_uploaded_is_refused(agent: RemoteAgent) -> None:
    for wanted in (
        request(size=-1),
        request(size=1 << 62),
        request(part_bytes=PART_BYTES_LEAST - 1),
        request(part_bytes=PART_BYTES + 1),
        request(part_bytes=0),
        request(name=""),
        request(name="a\0b"),
        request(name="x" * (UPLOAD_NAME_OCTETS + 1)),
        request(user=""),
        request(size=PART_BYTES_LEAST * UPLOAD_PARTS + 1),
    ):
        assert (await agent.post(Operation.UPLOAD, wanted)).status_code in {400, 413}, wanted


async def test_without_a_token_or_a_checksum_nothing_is_taken(agent: RemoteAgent) -> None:
    standing = await begun(agent)
    path = part_path(standing.upload, 0)
    assert (await agent.client.post(path, content=PIECES[0], headers=HEADERS)).status_code == 401
    headers = {**HEADERS, "Authorization": f"Bearer {agent.token}"}
    for digest in ("", "md5=:aaaa:", "sha-256=:AAAA:", "sha-256=:!!!:", "sha-256=" + "0" * 64):
        answer = await agent.client.post(path, content=PIECES[0], headers={**headers, DIGEST_HEADER: digest})
        assert DIGEST_HEADER in problem(answer).detail


async def test_uploads_are_for_people_who_are_signed_in(hub: Bench) -> None:
    tenant = await hub.tenant("Strict")
    agent = await hub.agent(tenant)
    refused = problem(await agent.post(Operation.UPLOAD, request()))
    assert refused.code is Code.NOT_ALLOWED and "signed in" in refused.detail and "tympan login" in refused.next_step
    await hub.services.policy.switch(tenant, CONSOLE, REQUIRE_SIGN_IN, Verdict.OFF)
    assert not (await begun(agent)).finished
    owner = await hub.owner()
    await hub.services.policy.switch(owner.tenant, CONSOLE, REQUIRE_SIGN_IN, Verdict.ON)
    assert (await agent.post(Operation.UPLOAD, request("job/2"))).status_code == 403, "the wider scope wins"


async def test_one_agent_cannot_fill_the_store(hub: Bench, agent: RemoteAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_hub.domain.uploads.UPLOAD_BYTES_PER_AGENT", 2 * len(BODY))
    monkeypatch.setattr("tympan_hub.domain.uploads.UPLOADS_PER_AGENT", min(3, UPLOADS_PER_AGENT))
    await begun(agent, request("job/1"))
    await begun(agent, request("job/2"))
    assert "no room" in problem(await agent.post(Operation.UPLOAD, request("job/3"))).detail
    await begun(agent, request("job/4", size=0))
    assert "no room" in problem(await agent.post(Operation.UPLOAD, request("job/5", size=0))).detail


async def test_many_agents_cannot_fill_the_store_either(
    hub: Bench, tenant: TenantId, agent: RemoteAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tympan_hub.domain.uploads.UPLOAD_BYTES_PER_TENANT", 2 * len(BODY))
    monkeypatch.setattr("tympan_hub.domain.uploads.UPLOADS_PER_TENANT", 3)
    await begun(agent, request("job/1"))
    other = await hub.agent(tenant, "desk-2")
    await begun(other, request("job/1"))
    assert "this organisation has 2" in problem(await other.post(Operation.UPLOAD, request("job/2"))).detail
    await begun(agent, request("job/3", size=0))
    with pytest.raises(Full, match="this organisation has 3"):
        await hub.services.uploads.begin(bearer(tenant, other).uploader, request("job/4", size=0))


async def test_what_cannot_be_cleared_away_still_counts(
    hub: Bench, tenant: TenantId, agent: RemoteAgent, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tympan_hub.domain.uploads.UPLOADS_PER_AGENT", 1)
    finished = await whole(agent)

    async def away(*_: object) -> None:
        raise Unavailable("the store does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(hub.blobs, "clear", away)
        refused = problem(await agent.post(Operation.UPLOAD_ABANDON, UploadAbandon(upload=finished.upload)))
        assert refused.code is Code.UNAVAILABLE
    with pytest.raises(Full, match="this sender has 1"):
        await hub.services.uploads.begin(bearer(tenant, agent).uploader, request())
    await hub.services.upload_clearance.tidy()
    assert files(tmp_path) == [] and not (await begun(agent)).finished


async def test_who_signs_out_sends_no_more_of_an_upload(hub: Bench, tmp_path: Path) -> None:
    tenant = await hub.tenant("Strict")
    agent, admin = await hub.agent(tenant), await hub.person(tenant)
    whose = bearer(tenant, agent)
    code = await hub.services.device_codes.begin_sign_in(whose, SignInCodeRequest(user="ben"), source="x")
    await hub.services.device_codes.approve(tenant, admin, code.code.user_code, source="x")
    await hub.services.sign_ins.ask(whose, SignInQuestion(device_code=code.secret, refresh_token="r" * 43))
    first, second = await begun(agent), await begun(agent, request("job/2"))
    for number, piece in enumerate(PIECES):
        assert (await put(agent, first.upload, number, piece)).status_code == 200
    await agent.ask(Operation.SIGN_OUT, SignOutRequest(user="ben"))
    assert problem(await put(agent, second.upload, 0, PIECES[0])).code is Code.NOT_ALLOWED
    assert len(files(tmp_path)) == len(PIECES), "what was refused is not kept"
    finish = UploadFinish(upload=first.upload, digest=digest_of(map(sha256, PIECES)))
    assert problem(await agent.post(Operation.UPLOAD_FINISH, finish)).code is Code.NOT_ALLOWED


async def test_what_is_abandoned_leaves_nothing(hub: Bench, agent: RemoteAgent, tmp_path: Path) -> None:
    finished = await whole(agent)
    for _ in range(2):
        await agent.ask(Operation.UPLOAD_ABANDON, UploadAbandon(upload=finished.upload))
    assert files(tmp_path) == []
    assert (await begun(agent)).upload != finished.upload


async def test_what_nobody_goes_on_with_or_takes_is_cleared_away(
    hub: Bench, tenant: TenantId, agent: RemoteAgent, tmp_path: Path
) -> None:
    left, done = await begun(agent, request("left")), await whole(agent, "done")
    await put(agent, left.upload, 0, PIECES[0])
    hub.clock.moment += UPLOAD_UNFINISHED
    await hub.services.upload_clearance.tidy()
    assert len(files(tmp_path)) == 4, "not before its time"
    hub.clock.forward(seconds=1)
    await hub.services.upload_clearance.tidy()
    assert len(files(tmp_path)) == 3 and await read(hub, tenant, done.upload) == BODY
    hub.clock.moment += UPLOAD_KEPT
    await hub.services.upload_clearance.tidy()
    assert files(tmp_path) == []
    async with hub.units.reading() as unit:
        assert await unit.uploads.get(tenant, UploadId(done.upload)) is None


async def test_what_is_gone_on_with_in_the_last_moment_stays(
    hub: Bench, tenant: TenantId, agent: RemoteAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, done = await begun(agent, request("again")), await whole(agent, "done")
    await put(agent, again.upload, 0, PIECES[0])
    hub.clock.moment += UPLOAD_KEPT
    hub.clock.forward(seconds=1)

    async def gone_on_with(*arguments: Any, **named: Any) -> Any:
        for name in ("again", "done"):
            await hub.services.uploads.begin(bearer(tenant, agent).uploader, request(name))
        return await leave(*arguments, **named)

    monkeypatch.setattr("tympan_hub.service.upload_clearance.leave", gone_on_with)
    await hub.services.upload_clearance.tidy()
    assert len(files(tmp_path)) == 4 and await read(hub, tenant, done.upload) == BODY
    standing = await hub.services.uploads.begin(bearer(tenant, agent).uploader, request("again"))
    assert standing.upload == again.upload and len(standing.parts) == 1


async def test_to_begin_again_keeps_an_upload(hub: Bench, tenant: TenantId, agent: RemoteAgent) -> None:
    first = await begun(agent)
    for _ in range(3):
        hub.clock.moment += UPLOAD_UNFINISHED
        assert (await hub.services.uploads.begin(bearer(tenant, agent).uploader, request())).upload == first.upload
        await hub.services.upload_clearance.tidy()


async def test_what_leaves_while_it_is_begun_again_is_a_new_one(
    hub: Bench, agent: RemoteAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, resumed = await begun(agent), UploadService._resumed

    async def left_meanwhile(service: UploadService, whose: Uploader, upload: UploadId, wanted: UploadRequest) -> Any:
        await service.abandon(whose, UploadAbandon(upload=upload))
        return await resumed(service, whose, upload, wanted)

    monkeypatch.setattr(UploadService, "_resumed", left_meanwhile)
    assert (await begun(agent)).upload != first.upload


async def test_bytes_that_nothing_tells_of_are_cleared_away(
    hub: Bench, tenant: TenantId, agent: RemoteAgent, tmp_path: Path
) -> None:
    gone, there = await begun(agent, request("gone")), await whole(agent, "there")
    await put(agent, gone.upload, 0, PIECES[0])
    async with hub.units.writing() as unit:
        await unit.uploads.forget(tenant, UploadId(gone.upload))
    await hub.services.upload_clearance.tidy()
    assert len(files(tmp_path)) == 3 and await read(hub, tenant, there.upload) == BODY
