"""Requests: pages and their cursors, what is done once, changes that say what was read, bodies that are none."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
from api_rig import Program, program
from hub_rig import BIRTH, Bench, job_report, report

from tympan_hub.domain.ids import hash_of
from tympan_hub.domain.limits.requests import REPEATS
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.http.api import _app  # noqa: F401 - every kind of body
from tympan_hub.http.api._kinds import Given

pytestmark = pytest.mark.anyio
LOBBY = {"name": "Lobby", "uri": "ipp://device.example/ipp/print"}


@pytest.fixture
async def admin(hub: Bench) -> Program:
    return await program(hub, await hub.person(await hub.tenant()))


async def walked(asking: Program, path: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = await asking.get(path, **query, **after)
        assert len(page["items"]) <= query["limit"]
        found += page["items"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


async def test_pages_give_every_row_once(hub: Bench, admin: Program) -> None:
    tenant = admin.person.tenant
    for number in range(5):
        await hub.services.printers.add(tenant, admin.person.actor, name=f"Printer {number}", uri=LOBBY["uri"])
        await hub.agent(tenant, "same name")
    agent = await hub.agent(tenant)
    await agent.report(*(report(job_report(created_at=BIRTH + dt.timedelta(seconds=n // 2))) for n in range(7)))
    assert [row["name"] for row in await walked(admin, "/printers", limit=2)] == [f"Printer {n}" for n in range(5)]
    assert len({row["id"] for row in await walked(admin, "/agents", limit=1)}) == 6
    jobs = await walked(admin, "/jobs", limit=2, whose="all")
    assert len({row["id"] for row in jobs}) == 7
    audit = await walked(admin, "/audit", limit=3)
    assert [row["number"] for row in audit] == list(range(len(audit), 0, -1))


@pytest.mark.parametrize("path", ["/printers", "/agents", "/jobs", "/people", "/audit", "/policy/switches"])
@pytest.mark.parametrize("after", ["x", "e30", "W10", "WyJ4IiwgIngiLCAieCJd", "WyJ4Il0", "\0", "ü" * 9, "A" * 1999])
async def test_a_strange_cursor_is_refused_or_passed_over(admin: Program, path: str, after: str) -> None:
    assert (await admin.ask("GET", path, after=after)).status_code in (200, 400)


async def test_a_creating_request_is_done_once(hub: Bench, admin: Program) -> None:
    key = {"Idempotency-Key": "one"}
    first = await admin.ask("POST", "/printers", LOBBY, headers=key)
    again = await admin.ask("POST", "/printers", LOBBY, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    other = await admin.ask("POST", "/printers", {**LOBBY, "name": "Other"}, headers=key)
    assert other.status_code == 400
    assert len((await admin.get("/printers"))["items"]) == 1


async def test_what_failed_under_a_key_may_be_tried_again(admin: Program) -> None:
    key = {"Idempotency-Key": "one"}
    await admin.ask("POST", "/printers", LOBBY)
    assert (await admin.ask("POST", "/printers", LOBBY, headers=key)).status_code == 409
    await admin.ask("DELETE", "/printers/lobby")
    assert (await admin.ask("POST", "/printers", LOBBY, headers=key)).status_code == 201


async def test_many_at_once_under_one_key_make_one(admin: Program) -> None:
    key = {"Idempotency-Key": "one"}
    answers = await asyncio.gather(*(admin.ask("POST", "/enrolment-tokens", {}, headers=key) for _ in range(6)))
    made = {answer.json()["token"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}


async def test_a_key_is_the_askers_own_and_forgotten_after_a_day(hub: Bench, admin: Program) -> None:
    key = {"Idempotency-Key": "one"}
    other = await program(hub, admin.person)
    first, second = [await one.ask("POST", "/enrolment-tokens", {}, headers=key) for one in (admin, other)]
    assert first.json()["token"] != second.json()["token"]
    hub.clock.forward(seconds=REPEATS.total_seconds() + 1)
    await hub.services.housekeeping.tidy()
    third = await admin.ask("POST", "/enrolment-tokens", {}, headers=key)
    assert third.json()["token"] != first.json()["token"]


async def test_an_answer_that_is_kept_cannot_be_read_by_who_has_the_database(hub: Bench, admin: Program) -> None:
    answer = await admin.ask("POST", "/enrolment-tokens", {}, headers={"Idempotency-Key": "one"})
    async with hub.units.reading() as unit:
        kept = await unit.repeats.get(admin.person.tenant, admin.token.id, hash_of("one"))
    assert kept is not None
    assert kept.status == 201
    assert answer.json()["token"].encode() not in kept.sealed


async def test_a_request_that_was_broken_off_is_not_done_again(hub: Bench, admin: Program) -> None:
    answer = await admin.ask("POST", "/enrolment-tokens", {}, headers={"Idempotency-Key": "one"})
    assert answer.status_code == 201
    async with hub.raw(admin.person.tenant) as connection:
        await connection.exec_driver_sql("UPDATE repeats SET status = NULL")
    again = await admin.ask("POST", "/enrolment-tokens", {}, headers={"Idempotency-Key": "one"})
    assert again.status_code == 409
    assert "Look whether" in again.json()["next_step"]


@pytest.mark.parametrize("key", ["", "x" * 300, "with blank", "ü"])
async def test_a_key_that_is_none_is_refused(admin: Program, key: str) -> None:
    answer = await admin.ask("POST", "/printers", LOBBY, headers={"Idempotency-Key": key.encode()})  # type: ignore[dict-item]
    assert answer.status_code == 400


async def test_a_change_of_what_changed_meanwhile_is_refused(admin: Program) -> None:
    tag = (await admin.ask("POST", "/printers", LOBBY)).headers["etag"]
    read = {"If-Match": tag}
    first = await admin.ask("PUT", "/printers/lobby", {**LOBBY, "location": "1st floor"}, headers=read)
    assert first.status_code == 200
    for method, body in (("PUT", {**LOBBY, "location": "2nd floor"}), ("DELETE", None)):
        answer = await admin.ask(method, "/printers/lobby", body, headers=read)
        assert (answer.status_code, answer.json()["code"]) == (412, "changed")
    assert (await admin.get("/printers/lobby"))["location"] == "1st floor"
    now = {"If-Match": f'"other", {first.headers["etag"]}'}
    assert (await admin.ask("DELETE", "/printers/lobby", headers=now)).status_code == 204


async def test_of_two_that_read_the_same_one_changes(admin: Program) -> None:
    read = {"If-Match": (await admin.ask("POST", "/printers", LOBBY)).headers["etag"]}
    wanted = [{**LOBBY, "location": f"floor {number}"} for number in range(4)]
    answers = await asyncio.gather(*(admin.ask("PUT", "/printers/lobby", body, headers=read) for body in wanted))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_a_group_that_changed_meanwhile_is_neither_renamed_nor_removed(admin: Program) -> None:
    read = {"If-Match": (await admin.ask("POST", "/groups", {"name": "Sales"})).headers["etag"]}
    names = [{"name": f"Sales {number}"} for number in range(3)]
    answers = await asyncio.gather(*(admin.ask("PATCH", "/groups/sales", body, headers=read) for body in names))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    assert (await admin.ask("DELETE", "/groups/sales", headers=read)).status_code == 412
    now = {"If-Match": (await admin.ask("GET", "/groups/sales")).headers["etag"]}
    assert (await admin.ask("DELETE", "/groups/sales", headers=now)).status_code == 204


async def test_a_switch_moved_meanwhile_is_not_moved_again(admin: Program) -> None:
    path = "/policy/switches/portal.document-names"
    read = {"If-Match": (await admin.ask("GET", path)).headers["etag"]}
    assert (await admin.ask("PUT", path, {"verdict": "on"}, headers=read)).status_code == 200
    assert (await admin.ask("PUT", path, {"verdict": "off"}, headers=read)).status_code == 412
    assert (await admin.ask("PUT", path, {"verdict": None})).status_code == 200


async def test_the_log_names_person_and_token(hub: Bench, admin: Program) -> None:
    await admin.ask("POST", "/printers", LOBBY)
    entry = (await admin.get("/audit"))["items"][0]
    assert entry["act"] == "printer.add"
    assert admin.person.email in entry["by"]
    assert admin.token.prefix in entry["by"]
    assert (await admin.get("/audit/proof"))["first_broken"] is None


async def test_a_title_is_hidden_here_too(hub: Bench, admin: Program) -> None:
    agent = await hub.agent(admin.person.tenant)
    sent = job_report(user="somebody")
    await agent.report(report(sent))
    listed = (await admin.get("/jobs", whose="all"))["items"][0]
    told = await admin.get(f"/jobs/{sent.job}")
    assert (listed["title"], listed["title_hidden"], told["title"]) == ("", True, "")
    assert told["story"][0]["what"] == "received"
    user = await program(hub, await hub.person(admin.person.tenant, Role.USER))
    assert (await user.ask("GET", f"/jobs/{sent.job}")).status_code == 404
    assert (await user.ask("GET", "/jobs", whose="all")).status_code == 403


GARBAGE = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"7" * 5000,
    b"[" * 10_000,
    b'{"name":NaN}',
    b'{"name":"\\ud800","uri":"ipp://x/"}',
    b'{"name":"\\u0000","uri":"ipp://x/"}',
    b'{"name":"x","uri":"ipp://x/\\u0000"}',
    b'{"name":"x","uri":"ipp://x/","more":1}',
    b"\xff\xfe",
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda data: repr(data[:20]))
async def test_garbage_is_a_bad_request(admin: Program, garbage: bytes) -> None:
    headers = {"Authorization": f"Bearer {admin.secret}", "Content-Type": "application/json"}
    answer = await admin.client.post("/api/v1/printers", content=garbage, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await admin.get("/printers"))["items"] == []


async def _chunks(count: int) -> Any:
    for _ in range(count):
        yield b" " * 1024


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_body_too_large_is_refused_whether_it_says_so_or_not(admin: Program, method: str) -> None:
    for content in (b" " * 70_000, _chunks(70)):
        answer = await admin.client.request(method, "/api/v1/printers", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


NOWHERE = ["/api/", "/api/v2/me", "/api/v1", "/api/v1/nothing", "/agent/", "/agent/x"]
NOWHERE += ["/api/v1/agents/%0A", "/agent/%0A"]


@pytest.mark.parametrize("path", NOWHERE)
async def test_what_no_api_has_is_a_problem_and_no_page(hub: Bench, path: str) -> None:
    for method in ("GET", "POST"):
        answer = await hub.client.request(method, path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "not-found"


async def test_a_strange_method_is_a_problem(admin: Program) -> None:
    answer = await admin.ask("DELETE", "/me")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


ALLOWED = {
    ("DELETE", "/me"): "GET",
    ("POST", "/printers/lobby"): "DELETE, GET, PUT",
    ("TRACE", "/jobs/00000000-0000-0000-0000-000000000000/cancel"): "GET, POST",
    ("GET", "/station/releases"): "POST",
    ("GET", "/devices/import"): "POST",
    ("DELETE", "/devices/dropped"): "GET",
    ("PUT", "/held-jobs/order"): "POST",
    ("GET", "/scans/preview"): "POST",
}
"""The methods of an address are those of all its routes; what has a name of its own is nobody's id."""


@pytest.mark.parametrize(("method", "path"), ALLOWED, ids=[" ".join(asked) for asked in ALLOWED])
async def test_an_address_asked_for_something_else_tells_all_it_takes(admin: Program, method: str, path: str) -> None:
    answer = await admin.ask(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, ALLOWED[method, path])
    assert answer.json()["code"] == "no-such-method"


COERCED: dict[str, tuple[dict[str, object], dict[str, list[object]]]] = {
    "/hand-ins/uploads": ({"name": "x", "size": 0, "part_bytes": 1 << 16}, {"size": ["0", False, 0.5]}),
    "/hand-ins/tickets": ({}, {"copies": ["1", True]}),
    "/scans/preview": ({"targets": ["10.0.0.1"]}, {"per_second": ["5", True], "confirm_outside": [1, "yes"]}),
}
"""What bodies hold, and what a lenient reader would take for it."""


@pytest.mark.parametrize("path", COERCED)
async def test_a_body_is_of_the_kinds_the_document_says(admin: Program, path: str) -> None:
    body, wrong = COERCED[path]
    assert (await admin.ask("POST", path, body)).json().get("code") != "bad-request"
    for field, values in wrong.items():
        for value in values:
            answer = await admin.ask("POST", path, {**body, field: value})
            assert (answer.status_code, answer.json()["code"]) == (400, "bad-request"), value
            assert f"body.{field}" in answer.json()["detail"]


def kinds(schema: Any) -> list[dict[str, Any]]:
    """Every number and truth within what a body is checked by."""
    within = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list | tuple) else ()
    here = [schema] if isinstance(schema, dict) and schema.get("type") in ("int", "bool", "float") else []
    return [*here, *(found for each in within for found in kinds(each))]


def bodies(kind: type[Given]) -> list[type[Given]]:
    """What comes in, of every route."""
    return [each for one in kind.__subclasses__() for each in (one, *bodies(one))]


def test_no_body_takes_a_word_or_a_truth_for_a_number() -> None:
    checked = [(body.__name__, kind) for body in bodies(Given) for kind in kinds(body.__pydantic_core_schema__)]
    assert len(checked) > 20
    assert [name for name, kind in checked if not kind.get("strict")] == []


async def test_a_mistake_of_ours_tells_nothing(hub: Bench, admin: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(hub.services.agents, "following", broken)
    answer = await admin.ask("GET", "/agents")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


async def test_the_console_is_nobody_a_token_can_be(hub: Bench) -> None:
    assert CONSOLE.person is None


async def test_a_person_is_changed_and_removed_as_read(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, user = await program(hub, await hub.person(tenant)), await hub.person(tenant, Role.USER)
    path = f"/people/{user.id}"
    read = {"If-Match": (await admin.ask("GET", path)).headers["etag"]}
    first = await admin.ask("PATCH", path, {"role": "operator"}, headers=read)
    assert first.status_code == 200
    for method, body in (("PATCH", {"name": "Other"}), ("DELETE", None)):
        assert (await admin.ask(method, path, body, headers=read)).status_code == 412
    assert (await admin.ask("DELETE", path, headers={"If-Match": first.headers["etag"]})).status_code == 204


async def test_a_provider_is_changed_and_removed_as_read(hub: Bench) -> None:
    admin = await program(hub, await hub.person(await hub.tenant()))
    given = {"name": "P", "issuer": "https://p.example", "client_id": "c", "client_secret": "s"}
    read = {"If-Match": (await admin.ask("POST", "/providers", given)).headers["etag"]}
    rule = {"value": "it", "role": "administrator"}
    assert (await admin.ask("POST", "/providers/p/rules", rule)).status_code == 201
    for method, body in (("PUT", given), ("DELETE", None)):
        assert (await admin.ask(method, "/providers/p", body, headers=read)).status_code == 412
    now = {"If-Match": (await admin.ask("GET", "/providers/p")).headers["etag"]}
    changed = await admin.ask("PUT", "/providers/p", given | {"name": "Q"}, headers=now)
    assert changed.status_code == 200
    assert (await admin.ask("DELETE", "/providers/p", headers={"If-Match": changed.headers["etag"]})).status_code == 204
