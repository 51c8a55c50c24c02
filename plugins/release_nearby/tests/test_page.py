"""The page: what phones are answered, and what others are not."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from nearby_rig import CHALLENGE, CODE, nearby

from tympan.plugin import TympanError
from tympan_release_nearby import _limits
from tympan_wire.hub import GRANTS_AT_ONCE

pytestmark = pytest.mark.anyio


async def test_the_form_offers_devices_where_jobs_come_out_and_no_other() -> None:
    async with nearby() as here:
        page = await here.ask("GET", "/")
        assert page.status == 200
        assert '<option value="front">Front &lt;b&gt;, Hall</option>' in page.text
        assert "desk" not in page.text
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"


async def test_a_grant_is_handed_to_the_releaser_and_the_answer_tells() -> None:
    async with nearby() as here:
        answer = await here.post("one", "two")
        assert [(wish.grants, wish.at, wish.user) for wish in here.releaser.wishes] == [
            (("one",), "front", ""),
            (("two",), "front", ""),
        ]
        assert "<strong>2</strong>" in answer.text
        assert here.host.uses == 1


async def test_several_grants_may_be_pasted_one_a_line() -> None:
    async with nearby() as here:
        await here.post("one\r\n\r\n two")
        assert [wish.grants for wish in here.releaser.wishes] == [("one",), ("two",)]
        assert (await here.post("\n".join(["x"] * (GRANTS_AT_ONCE + 1)))).status == 400


async def test_a_used_grant_is_told_as_what_it_is_and_nothing_of_it_is_markup() -> None:
    async with nearby() as here:
        answer = await here.post("bad<script>", "good")
        assert "<script>" not in answer.text
        assert "bad&lt;script&gt; was used before" in answer.text
        assert "<strong>1</strong>" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"point=front",
        b"grant=x",
        b"grant=x&point=..%2Fetc",
        b"grant=+&point=front",
        b"\xff\xfe",
        b"grant=x&point=",
    ],
)
async def test_a_form_that_is_none_releases_nothing(body: bytes) -> None:
    async with nearby() as here:
        answer = await here.ask("POST", "/release", body)
        assert answer.status == 400
        assert not here.releaser.wishes


async def test_more_grants_than_a_person_has_are_refused_as_one() -> None:
    async with nearby() as here:
        assert (await here.post(*["x"] * (GRANTS_AT_ONCE + 1))).status == 400
        assert (await here.ask("POST", "/release", b"a" * (_limits.BODY_BYTES + 1))).status == 413
        assert not here.releaser.wishes


async def test_an_expired_grant_is_told_with_its_next_step_and_takes_none_with_it() -> None:
    async with nearby() as here:
        here.releaser.error = TympanError("the grant has expired", next_step="Open the app again.")
        answer = await here.post("old", "good")
        assert "the grant has expired. Open the app again." in answer.text
        assert "<strong>1</strong>" in answer.text


async def test_without_a_releaser_the_page_says_so() -> None:
    async with nearby(releases=False) as here:
        assert (await here.post("one")).status == 503


@pytest.mark.parametrize("host", ["evil.example", "evil.example:39151", "localhost", "127.0.0.1", "127.0.0.2"])
async def test_a_page_of_a_rebound_name_comes_no_further_than_its_host(host: str) -> None:
    async with nearby() as here:
        for method, target in (
            ("GET", "/"),
            ("POST", "/release"),
            ("GET", f"/near?challenge={CHALLENGE}&point={CODE}"),
        ):
            assert (await here.ask(method, target, b"", host=host)).status == 421
        assert not here.challenges


async def test_a_challenge_goes_to_the_hub_and_the_ticket_back_to_the_phone() -> None:
    async with nearby() as here:
        answer = await here.ask("GET", f"/near?challenge={CHALLENGE}&point={CODE}")
        assert here.challenges == [CHALLENGE]
        assert answer.status == 303
        assert answer.headers["location"] == f"https://print.example/r/{CODE}?p=t.TICKET"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.text == ""


async def test_the_phone_is_led_to_the_portal_that_is_set() -> None:
    async with nearby(portal="https://portal.example") as here:
        answer = await here.ask("GET", f"/near?challenge={CHALLENGE}&point={CODE}")
        assert answer.headers["location"].startswith("https://portal.example/r/")


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"challenge={CHALLENGE}",
        f"challenge={CHALLENGE}&point=..%2F..%2Fevil",
        f"challenge={CHALLENGE}&point=https:%2F%2Fevil.example",
        f"challenge=short&point={CODE}",
        f"challenge={'A' * 2000}&point={CODE}",
        f"challenge={CHALLENGE}%0d%0aSet-Cookie:x&point={CODE}",
        f"challenge={CHALLENGE}&point={CODE}&next=https:%2F%2Fevil.example",
    ],
)
async def test_nobody_is_sent_astray(query: str) -> None:
    async with nearby() as here:
        answer = await here.ask("GET", f"/near?{query}")
        assert answer.status == 400
        assert not here.challenges


async def test_a_hub_that_is_away_is_told_with_the_next_step() -> None:
    async with nearby(linked=False) as here:
        answer = await here.ask("GET", f"/near?challenge={CHALLENGE}&point={CODE}")
        assert answer.status == 502
        assert "What next" in answer.text


async def test_an_answer_of_the_hub_that_is_none_is_its_absence() -> None:
    async with nearby() as here:
        here.link.answers["near"] = lambda _: b"<html>sign in to the wifi</html>"
        assert (await here.ask("GET", f"/near?challenge={CHALLENGE}&point={CODE}")).status == 502


async def test_an_agent_of_no_hub_leads_nowhere() -> None:
    async with nearby(member=None) as here:
        assert (await here.ask("GET", f"/near?challenge={CHALLENGE}&point={CODE}")).status == 502


async def test_strangers_ask_so_often_and_no_oftener(monkeypatch: Any) -> None:
    monkeypatch.setattr("tympan_release_nearby._site.PROOFS_EACH", 2)
    monkeypatch.setattr("tympan_release_nearby._site.RELEASES_EACH", 2)
    async with nearby() as here:
        question = f"/near?challenge={CHALLENGE}&point={CODE}"
        near = [(await here.ask("GET", question)).status for _ in range(3)]
        forms = [(await here.post("one")).status for _ in range(3)]
        assert near == [303, 303, 429]
        assert forms == [200, 200, 429]
        assert (await here.ask("GET", question, phone="127.0.0.2")).status == 303, "another phone is not to blame"
        assert (await here.post("one", phone="127.0.0.2")).status == 200


async def test_there_is_a_bound_for_all_phones_together(monkeypatch: Any) -> None:
    monkeypatch.setattr("tympan_release_nearby._site.RELEASES", 3)
    async with nearby() as here:
        told = [(await here.post("one", phone=f"127.0.0.{number}")).status for number in range(2, 6)]
        assert told == [200, 200, 200, 429]


@pytest.mark.parametrize(("accepted", "said"), [("de-AT,de;q=0.9", "Gerät"), ("en", "Device"), ("fr", "Device")])
async def test_the_page_speaks_as_the_phone_does(accepted: str, said: str) -> None:
    async with nearby() as here:
        page = await here.ask("GET", "/", headers=(f"Accept-Language: {accepted}",))
        assert said in page.text


@pytest.mark.parametrize("path", ["/nearby.css", "/nearby.js"])
async def test_style_and_script_come_from_here(path: str) -> None:
    async with nearby() as here:
        answer = await here.ask("GET", path)
        assert answer.status == 200
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/../etc/passwd"), ("DELETE", "/release"), ("GET", "/api/v1/ping")]
)
async def test_there_is_nothing_else(method: str, path: str) -> None:
    async with nearby() as here:
        assert (await here.ask(method, path)).status == 404


async def test_a_phone_that_says_nothing_is_hung_up_on(monkeypatch: Any) -> None:
    monkeypatch.setattr("tympan_release_nearby._service.IDLE_S", 0.05)
    async with nearby() as here, await trio.open_tcp_stream("127.0.0.1", here.port) as stream:
        with trio.fail_after(10):
            assert await stream.receive_some(1) == b""
