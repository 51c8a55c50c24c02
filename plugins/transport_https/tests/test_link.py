"""Requests: signed in, renewed, refused, paced."""

from __future__ import annotations

import pytest
import trio
from https_hub import FakeHub, away, busy, garbage, hub_on_loopback, no
from https_rig import QUICK, Parts, parts

from tympan.plugin import Retry
from tympan_transport_https import _link
from tympan_transport_https._errors import AgentRevoked, HubAway, HubBusy, HubGarbled, HubRefused, NotSignedIn
from tympan_transport_https._pace import Pace
from tympan_wire.hub import Code, TokenRequest

pytestmark = pytest.mark.anyio


async def ask(made: Parts) -> bytes:
    with trio.fail_after(20):
        return await made.link.request("suite", b"hello")


async def test_a_token_is_had_once_and_renewed_when_it_is_refused(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        assert [await ask(made) for _ in range(3)] == [b"hello"] * 3
        assert hub.asked.count("token") == 1
        hub.access.clear()
        assert await ask(made) == b"hello"
        assert hub.asked.count("token") == 2


async def test_a_token_is_renewed_before_it_ends(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        await ask(made)
        tokens = made.membership.standing.tokens
        assert 0.7 * 600 < tokens._until - trio.current_time() < 0.9 * 600
        tokens._until = trio.current_time()
        await ask(made)
        assert hub.asked.count("token") == 2


async def test_many_requests_at_once_renew_once(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        async with trio.open_nursery() as nursery:
            for _ in range(6):
                nursery.start_soon(ask, made)
    assert hub.asked.count("token") == 1


async def test_a_hub_that_takes_no_token_is_told_and_tried_again_later(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        hub.faults["suite"] = lambda request: no(401, Code.NOT_SIGNED_IN, "keys were changed").response
        with pytest.raises(NotSignedIn, match="keys were changed") as found:
            await ask(made)
        assert found.value.retry is Retry.LATER
        assert "keys were changed" in made.host.noted
        hub.faults.clear()
        assert await ask(made) == b"hello"
        assert "enrolled at" in made.host.noted


async def test_a_clock_that_is_wrong_here_keeps_nobody_out(hub: FakeHub, address: str) -> None:
    hub.clock_s = 3600.0
    async with parts() as made:
        await made.membership.join(address, "once")
        calls = made.membership.standing.calls
        calls.look_at_clock(hub.now().strftime("%a, %d %b %Y %H:%M:%S GMT"))
        assert abs((calls.now() - hub.now()).total_seconds()) < 5
        calls.look_at_clock("yesterday")
        assert abs((calls.now() - hub.now()).total_seconds()) < 5
        assertion = made.membership.standing.tokens._assertion()
        assert hub.do_token(TokenRequest(assertion=assertion)).access_token


async def test_a_revoked_agent_says_so_and_leaves_the_hub_alone(
    hub: FakeHub, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_link, "REVOKED_S", 3600.0)
    async with parts() as made:
        await made.membership.join(address, "once")
        await ask(made)
        hub.revoked = True
        with pytest.raises(AgentRevoked) as found:
            await ask(made)
        assert found.value.retry is Retry.NEVER
        assert made.membership.member is not None
        assert "this agent was revoked" in made.membership.member.trouble
        assert "Ask an administrator for a new token" in made.host.noted
        asked = len(hub.asked)
        for _ in range(3):
            with pytest.raises(AgentRevoked, match="this agent was revoked"):
                await ask(made)
        assert hub.asked.count("suite") <= asked
        hub.revoked = False
        hub.tokens.add("twice")
        await made.membership.leave()
        await made.membership.join(address, "twice")
        assert await ask(made) == b"hello"


@pytest.mark.parametrize(("fault", "error"), [(away, HubAway), (garbage, HubGarbled), (busy, HubBusy)])
async def test_what_passes_is_tried_again_and_what_is_refused_is_not(
    hub: FakeHub, address: str, fault: object, error: type[HubAway]
) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        hub.faults["token"] = fault  # type: ignore[assignment]
        with pytest.raises(error) as found:
            await ask(made)
        assert found.value.retry is Retry.LATER
        assert "Printing goes on" in made.host.noted
        hub.faults = {"suite": lambda request: no(404, Code.NOT_FOUND, "there is no such thing").response}
        with pytest.raises(HubRefused, match="no such thing") as refused:
            await ask(made)
        assert refused.value.retry is Retry.NEVER


async def test_a_garbled_answer_is_the_askers_affair_when_it_says_200(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        hub.faults["suite"] = garbage
        assert await ask(made) == b"<html>Please sign in to the hotel</html>"


async def test_a_hub_that_is_away_for_long_is_found_again(hub: FakeHub) -> None:
    async with parts() as made:
        async with hub_on_loopback(hub) as address:
            await made.membership.join(address, "once")
            await ask(made)
            port = int(address.rpartition(":")[2])
        for _ in range(12):
            with pytest.raises(HubAway):
                await ask(made)
        async with hub_on_loopback(hub, port=port):
            assert await ask(made) == b"hello"


# ---------------------------------------------------------------------------------------------- pace


def waits(pace: Pace) -> float:
    return pace._due - trio.current_time()


async def test_failures_wait_longer_each_up_to_a_bound() -> None:
    pace = Pace(QUICK)
    seen = []
    for _ in range(30):
        await pace.until_due()
        pace.broken()
        seen.append(waits(pace))
    assert max(seen) <= QUICK.retry_last_s
    assert len(set(seen)) > 20, "full jitter: no two agents wait alike"


async def test_a_break_waits_as_the_hub_wished_and_never_longer_than_the_bound() -> None:
    found = []
    for _ in range(50):
        pace = Pace(QUICK)
        pace.asked(1e9)
        pace.broken()
        found.append(waits(pace))
    assert QUICK.retry_last_s < max(found) <= 600.0
    pace = Pace(QUICK)
    pace.broken(after_s=7.0)
    assert 6.5 < waits(pace) <= 7.0
    pace.afresh(QUICK)
    await pace.until_due()
