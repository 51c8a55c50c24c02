"""Attacks: each is named by its test, and each is refused without telling anything."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from bridge_rig import FRONT, KEY, MEMBER, ORIGIN, Bridge, bridge, page_request, permit_for, refused, signed
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tympan.testing import FakeLocalRequest
from tympan_wire.bridge import GREET_PATH, HEADER, PERMIT, PREFIX, RUN_PATH, Deed, Errand, Permit
from tympan_wire.hub import encode

pytestmark = pytest.mark.anyio
STRANGER = (403, b"Pages in a browser may not call this.\n")


async def refused_as_a_stranger(here: Bridge, request: FakeLocalRequest) -> None:
    """Nothing is told, and no header lets a page read the answer."""
    status, headers, body = await here.ask(request)
    assert (status, body) == STRANGER
    assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "https://evil.example",
        "https://print.example.evil.example",
        "http://print.example",
        "https://print.example:8443",
        "https://print.example/",
        "HTTPS://PRINT.EXAMPLE",
        "https://print.example https://evil.example",
    ],
)
async def test_another_origin_learns_nothing(origin: str) -> None:
    async with bridge() as here:
        for path in (PREFIX, GREET_PATH, RUN_PATH, f"{PREFIX}/x"):
            await refused_as_a_stranger(here, page_request(path, b"{}", Origin=origin))
        preflight = page_request(GREET_PATH, b"", Origin=origin, Access_Control_Request_Method="POST")
        await refused_as_a_stranger(here, attrs.evolve(preflight, method="OPTIONS"))


async def test_an_agent_of_no_hub_is_a_stranger_to_every_page() -> None:
    async with bridge(member=None) as here:
        await refused_as_a_stranger(here, page_request(GREET_PATH, b"{}"))
        await refused_as_a_stranger(here, page_request(GREET_PATH, b"{}", Origin="null"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sec-Fetch-Mode", "no-cors"),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Mode", "websocket"),
        ("Sec-Fetch-Dest", "document"),
        ("Sec-Fetch-Dest", "iframe"),
        ("Sec-Fetch-Dest", "image"),
        ("Sec-Fetch-Site", "none"),
    ],
)
async def test_what_is_no_fetch_of_a_script_is_refused_even_from_the_portal(name: str, value: str) -> None:
    async with bridge() as here:
        await refused_as_a_stranger(here, page_request(GREET_PATH, b"{}", **{name: value}))


@pytest.mark.parametrize(
    "changes",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "text/plain; application/json"},
        {"Content-Type": ""},
        {HEADER: ""},
    ],
)
async def test_nothing_is_done_that_a_browser_sends_without_asking(changes: dict[str, str]) -> None:
    async with bridge() as here:
        permit = permit_for((await here.greet())["challenge"])
        status, _, said = await here.ask(page_request(RUN_PATH, encode(Errand(permit=permit)), **changes))
        assert (status, said["code"]) == (400, "bad-request")
        assert not await here.spooler.list_queues()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_no_other_method_does_anything(method: str) -> None:
    async with bridge() as here:
        permit = permit_for((await here.greet())["challenge"])
        request = attrs.evolve(page_request(RUN_PATH, encode(Errand(permit=permit))), method=method)
        status, _, _ = await here.ask(request)
        assert status == 400
        assert not await here.spooler.list_queues()


async def test_a_preflight_allows_what_the_page_needs_and_no_more() -> None:
    def asks(method: str, *names: str) -> FakeLocalRequest:
        headers = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": ",".join(names)}
        return attrs.evolve(page_request(RUN_PATH, b"", Content_Type="", **{HEADER: ""}, **headers), method="OPTIONS")

    async with bridge() as here:
        status, headers, body = await here.ask(asks("POST", "content-type", HEADER))
        assert (status, body) == (204, b"")
        assert headers["access-control-allow-origin"] == ORIGIN
        assert headers["vary"] == "Origin"
        assert headers["access-control-allow-private-network"] == "true"
        assert headers["access-control-allow-headers"] == f"content-type, {HEADER}"
        assert "access-control-allow-credentials" not in headers
        for request in (asks("PUT"), asks("POST", "authorization"), asks("DELETE", HEADER)):
            await refused_as_a_stranger(here, request)


async def test_a_forged_permit_is_refused() -> None:
    other = Ed25519PrivateKey.generate()
    async with bridge() as here:
        payload = encode(_permit((await here.greet())["challenge"]))
        await refused(here, signed(payload, other))
        await refused(here, signed(payload, other, claimed=KEY))
        good = signed(payload)
        await refused(here, good.replace('"payload":"ey', '"payload":"ez'))
        await refused(here, good.replace("bridge-permit", "policy"))
        await refused(here, good[:-1])
        await refused(here, "")
        await refused(here, "x" * 4000)
        await refused(here, "[" * 3000)


async def test_a_signed_policy_is_no_permit() -> None:
    """The same key signs both; what is signed says what it is."""
    async with bridge() as here:
        payload = encode(_permit((await here.greet())["challenge"]))
        kind = b"application/vnd.tympan.policy+json"
        as_policy = KEY.sign(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload))
        name = PERMIT.opened(signed(payload)).key_id
        await refused(here, PERMIT.sealed(payload, key_id=name, signature=as_policy))


@pytest.mark.parametrize("changes", [{"tenant": "other"}, {"agent": "agent-2"}, {"tenant": "", "agent": ""}])
async def test_a_permit_for_another_agent_or_tenant_is_refused(changes: dict[str, Any]) -> None:
    async with bridge() as here:
        challenge = (await here.greet())["challenge"]
        await refused(here, permit_for(challenge, **changes))


async def test_a_permit_of_another_hub_is_refused() -> None:
    """Its key is another one, whatever else it knows."""
    theirs = Ed25519PrivateKey.generate()
    async with bridge() as here:
        challenge = (await here.greet())["challenge"]
        here.membership.become(attrs.evolve(MEMBER, policy_keys=(theirs.public_key().public_bytes_raw(),)))
        await refused(here, permit_for(challenge))


async def test_a_permit_is_accepted_once() -> None:
    async with bridge() as here:
        permit = permit_for((await here.greet())["challenge"])
        assert (await here.run(permit))[0] == 200
        assert await here.spooler.remove("front")
        await refused(here, permit)


async def test_a_permit_seen_before_a_restart_is_refused_after_it() -> None:
    async with bridge() as first:
        permit = permit_for((await first.greet())["challenge"])
    async with bridge() as second:
        await refused(second, permit)


async def test_a_permit_for_a_word_nobody_gave_is_refused() -> None:
    async with bridge() as here:
        await here.greet()
        await refused(here, permit_for("a" * 32))


async def test_bodies_are_bounded() -> None:
    async with bridge() as here:
        for path in (GREET_PATH, RUN_PATH):
            status, _, _ = await here.ask(page_request(path, b'{"permit": "' + b"x" * 100_000 + b'"}'))
            assert status >= 400


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", b'{"permit": 5}', b"\xff\xfe", b"[" * 8000])
async def test_nonsense_is_refused(content: bytes) -> None:
    async with bridge() as here:
        status, _, said = await here.ask(page_request(RUN_PATH, content))
        assert (status, said["code"]) == (400, "bad-request")


async def test_strangers_do_not_use_up_what_the_portal_may_ask() -> None:
    async with bridge() as here:
        for _ in range(200):
            await refused_as_a_stranger(here, page_request(GREET_PATH, b"{}", Origin="https://evil.example"))
        await here.greet()


def _permit(challenge: str, **changes: Any) -> Permit:
    wanted = Permit(
        tenant="acme", agent="agent-1", person="ada", deed=Deed.INSTALL, printer=FRONT.id, challenge=challenge
    )
    return attrs.evolve(wanted, **changes)
