"""The agents' API under hostile hands: a no is always a problem with a reason, never a mistake of ours."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hub_rig import Bench, bench, problem
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tympan_hub.domain.errors import HubError, Refusal, Unavailable
from tympan_hub.domain.ranges import Flaw
from tympan_hub.http.guards import STRANGER_BYTES, NoNul
from tympan_hub.http.problems import ERRORS, problem_response
from tympan_wire.hub import (
    HEADER,
    MESSAGE_BYTES,
    NOTICES_PATH,
    OLDEST,
    PREFIX,
    PROTOCOL,
    SHAPES,
    Code,
    HubMessageError,
    Operation,
    RenewRequest,
    decode,
)

pytestmark = pytest.mark.anyio
OFFERED = list(Operation)
GARBAGE = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"\xff\xfe",
    b"{}",
    b'{"reports":7}',
    b'{"token":7}',
    b"[" * 100_00,
    b'{"known":NaN}',
    b'{"reports":[{"id":"x"}]}',
    b'{"known":' + b'"' + b"x" * 5000 + b'"}',
]

UNKNOWN_FIELDS = {b"{}", b'{"reports":7}', b'{"token":7}', b'{"reports":[{"id":"x"}]}'}
"""Objects that lack nothing a desired-request needs; fields it does not know are passed over."""


def is_object(data: bytes) -> bool:
    """Whether the wire takes it for an object, within its limits."""
    try:
        decode(RenewRequest, data)
    except HubMessageError:
        return False
    return True


async def post(hub: Bench, operation: str, body: Any, **headers: str) -> httpx.Response:
    said = {HEADER: str(PROTOCOL), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await hub.client.post(PREFIX + operation, content=body, headers=said)


async def signed_in(hub: Bench) -> dict[str, str]:
    return {"Authorization": f"Bearer {(await hub.agent(await hub.tenant())).token}"}


OBJECTS = [garbage for garbage in GARBAGE if is_object(garbage)]


@pytest.mark.parametrize("operation", OFFERED)
async def test_garbage_is_a_bad_message(hub: Bench, operation: Operation) -> None:
    fieldless = (
        Operation.RENEW,
        Operation.RELEASES,
        Operation.BROKER,
        Operation.NEAR,
        Operation.TUNNEL,
        Operation.KEYS,
        Operation.SHARES_CHANGE,
    )
    takes_it = {**dict.fromkeys(fieldless, OBJECTS), Operation.DESIRED: UNKNOWN_FIELDS}  # where no field is needed
    headers = await signed_in(hub)
    for garbage in GARBAGE:
        answer = await post(hub, operation, garbage, **headers)
        if garbage in takes_it.get(operation, ()):
            assert answer.status_code == 200, garbage
        else:
            assert (answer.status_code, problem(answer).code) == (400, Code.BAD_MESSAGE), garbage


@pytest.mark.parametrize("operation", [name for name in OFFERED if SHAPES[name].authenticated])
async def test_without_a_token_nothing_is_read(hub: Bench, operation: Operation) -> None:
    answer = await post(hub, operation, b"{")
    assert (answer.status_code, problem(answer).code) == (401, Code.NOT_SIGNED_IN)


async def test_notices_without_a_token_are_refused(hub: Bench) -> None:
    answer = await hub.client.get(NOTICES_PATH, headers={HEADER: "1"})
    assert (answer.status_code, problem(answer).code) == (401, Code.NOT_SIGNED_IN)


@pytest.mark.parametrize("operation", Operation)
async def test_a_protocol_that_is_too_old_is_told_so(hub: Bench, operation: Operation) -> None:
    answer = await post(hub, operation, b"{}", **{HEADER: str(OLDEST - 1)})
    assert (answer.status_code, problem(answer).code) == (426, Code.TOO_OLD)


@pytest.mark.parametrize("header", ["", "x", "-1", "1.0", "²", "9999999"])
async def test_a_protocol_that_is_no_number_is_a_bad_message(hub: Bench, header: str) -> None:
    headers = [(HEADER.encode(), header.encode())]
    for answer in (
        await hub.client.post(PREFIX + "desired", content=b"{}", headers=headers),
        await hub.client.get(NOTICES_PATH, headers=headers),
    ):
        assert (answer.status_code, problem(answer).code) == (400, Code.BAD_MESSAGE)


async def test_a_newer_agent_is_answered_in_the_newest_protocol_there_is(hub: Bench) -> None:
    answer = await post(hub, "desired", b"{}", **{**await signed_in(hub), HEADER: str(PROTOCOL + 2)})
    assert (answer.status_code, answer.headers[HEADER]) == (200, str(PROTOCOL))


@pytest.mark.parametrize(
    ("operation", "limit"), [("reports", MESSAGE_BYTES), ("enrol", STRANGER_BYTES), ("token", STRANGER_BYTES)]
)
@pytest.mark.parametrize("announced", [True, False])
async def test_an_oversized_body_is_refused(hub: Bench, operation: str, limit: int, announced: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(limit // 8192 + 1):
            yield b" " * 8192

    body = b" " * (limit + 1) if announced else chunks()
    answer = await post(hub, operation, body, **await signed_in(hub))
    assert (answer.status_code, problem(answer).code) == (413, Code.TOO_LARGE)
    assert answer.headers["connection"] == "close"


async def test_a_body_of_exactly_the_limit_is_read(hub: Bench) -> None:
    body = b'{"known":""}'.ljust(MESSAGE_BYTES)
    assert (await post(hub, "desired", body, **await signed_in(hub))).status_code == 200


async def test_every_answer_carries_the_headers_that_make_a_browser_careful(hub: Bench) -> None:
    for answer in (await hub.client.get("/nowhere"), await hub.client.get("/healthz"), await post(hub, "desired", b"")):
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


async def test_storage_that_does_not_answer_is_a_503_with_a_time_to_come_back(
    hub: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await signed_in(hub)

    def away() -> None:
        raise Unavailable("the database does not answer")

    monkeypatch.setattr(hub.units, "reading", away)
    answer = await post(hub, "desired", b"{}", **headers)
    assert (answer.status_code, problem(answer).code, answer.headers["retry-after"]) == (503, Code.UNAVAILABLE, "5")


async def test_a_mistake_of_ours_tells_nothing(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = await signed_in(hub)

    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(hub.units, "reading", broken)
    answer = await post(hub, "desired", b"{}", **headers)
    assert (answer.status_code, "secret" in answer.text) == (500, False)


def below(kind: type[HubError]) -> list[type[HubError]]:
    return [kind, *(deeper for other in kind.__subclasses__() for deeper in below(other))]


TOLD: dict[str, Any] = {
    "cause": "x", "retry_after_s": 7, "why": Refusal.DENIED, "waiting": "secret", "flaw": Flaw.NOBODY,
    "line": 3, "entry": "x", "next_step": "y",
}  # fmt: skip
"""What errors are made of."""


@pytest.mark.parametrize("kind", below(HubError)[1:])
def test_every_error_has_its_status(kind: type[HubError]) -> None:
    wanted = {name for name, one in inspect.signature(kind).parameters.items() if one.default is one.empty}
    error = kind(**{name: TOLD[name] for name in wanted})
    answer = problem_response(error)
    assert answer.status_code != 500
    assert any(base in ERRORS for base in kind.__mro__)
    assert (answer.headers.get("retry-after") is not None) is kind.later


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def shaped() -> st.SearchStrategy[Any]:
    """Batches that are almost right, with anything in place of a value."""
    finding = st.fixed_dictionaries(
        {"kind": st.sampled_from(["job", "agent", "device", "queue", "command", "x"])},
        optional={
            "job": st.uuids().map(str) | JSON,
            "revision": st.integers() | JSON,
            "printer": st.text() | JSON,
            "standing": st.sampled_from(["completed", "new"]) | JSON,
            "created_at": st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()) | JSON,
            "name": st.text(st.characters(codec=None)) | JSON,
            "release": st.text() | JSON,
            "pages": JSON,
            "plugins": JSON,
            "story": JSON,
        },
    )
    report = st.fixed_dictionaries(
        {
            "id": st.uuids().map(str) | JSON,
            "at": st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()) | JSON,
            "finding": finding | JSON,
        }
    )
    return st.fixed_dictionaries({"reports": st.lists(report, max_size=4) | JSON})


@settings(max_examples=15)
@given(messages=st.lists(shaped(), min_size=8, max_size=8))
async def test_no_message_whatever_is_a_mistake_of_ours(
    tmp_path_factory: pytest.TempPathFactory, messages: list[Any]
) -> None:
    async with bench(tmp_path_factory.mktemp("hub")) as hub:
        headers = await signed_in(hub)
        for message in messages:
            answer = await post(hub, "reports", json.dumps(message).encode(), **headers)
            assert answer.status_code in {200, 400}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/sign-in/with/%00/x", 404),
        ("/agents/tokens/%00/revoke", 404),
        ("/providers/%00", 404),
        ("/api/v1/people/a%00b", 404),
        ("/api/v1/jobs?user=a%00b", 400),
        ("/jobs?%00=a", 400),
        ("/jobs?user=a%2500b", 200),
    ],
)
async def test_attack_a_nul_in_an_address_comes_as_far_as_no_route(address: str, status: int) -> None:
    """A database that takes none would make a mistake of ours of it, before anybody has signed in."""

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        assert "\0" not in scope["path"]
        await Response("here")(scope, receive, send)

    transport = httpx.ASGITransport(NoNul(behind))
    async with httpx.AsyncClient(transport=transport, base_url="https://hub.example") as client:
        assert (await client.get(address)).status_code == status


async def test_the_hub_stands_behind_it(hub: Bench) -> None:
    assert (await hub.client.get("/sign-in/with/%00/x?a=%00")).status_code == 404
    assert (await hub.client.get("/?a=%00")).status_code == 400
