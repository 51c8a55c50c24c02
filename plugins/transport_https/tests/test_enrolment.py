"""Enrolment: once, with a key that stays, over lost answers and restarts; and what is kept of it."""

from __future__ import annotations

import pytest
from https_hub import AGENT, FakeHub, away, busy, garbage, no
from https_rig import parts

from tympan.plugin import TympanError
from tympan.testing import FakeHost
from tympan_transport_https._agent_key import AgentKey
from tympan_transport_https._errors import BadAddress, HubAway, HubBusy, HubGarbled, HubRefused, NotEnrolled
from tympan_transport_https._rules import checked_address
from tympan_wire.hub import Code

pytestmark = pytest.mark.anyio


async def test_not_enrolled_it_idles_and_says_so(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        assert made.host.noted == "not enrolled: it waits for 'tympan hub enrol'"
        with pytest.raises(NotEnrolled):
            await made.link.request("desired", b"{}")
    assert hub.asked == []


async def test_an_enrolment_outlives_a_restart_and_the_key_never_leaves_the_vault(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        member = await made.membership.join(address + "/", "once")
        assert (member.address, member.agent, member.policy_keys) == (address, AGENT, (hub.policy_key,))
        assert made.host.noted == f"enrolled at {address} for Example"
        host = made.host
    key = AgentKey.load(host.keys.keys["agent"])
    assert [key.der() in value for value in host.state.values.values()] == [False]
    async with parts(host) as again:
        assert again.membership.member == member
        assert await again.link.request("suite", b"x") == b"x"


async def test_a_token_whose_answer_was_lost_may_be_sent_again(hub: FakeHub, address: str) -> None:
    hub.forgetful["enrol"] = 1
    async with parts() as made:
        with pytest.raises(HubAway):
            await made.membership.join(address, "once")
        assert made.membership.member is None
        host = made.host
    async with parts(host) as again:  # a crash in between changes nothing
        assert (await again.membership.join(address, "once")).agent == AGENT
    assert len(hub.agents) == 1


async def test_another_agent_cannot_use_a_used_token(hub: FakeHub, address: str) -> None:
    async with parts() as made, parts(FakeHost("other", settings=made.host.settings._values)) as thief:
        await made.membership.join(address, "once")
        with pytest.raises(HubRefused, match="not known or was used"):
            await thief.membership.join(address, "once")


@pytest.mark.parametrize(("fault", "error"), [(away, HubAway), (garbage, HubGarbled), (busy, HubBusy)])
async def test_a_hub_that_cannot_enrol_now_leaves_no_trace(
    hub: FakeHub, address: str, fault: object, error: type[TympanError]
) -> None:
    hub.faults["enrol"] = fault  # type: ignore[assignment]
    async with parts() as made:
        with pytest.raises(error) as found:
            await made.membership.join(address, "once")
        assert "the same token may be given" in found.value.sentence
        assert "enrolment" not in made.host.state.values
        hub.faults.clear()
        await made.membership.join(address, "once")


async def test_an_enrolment_without_keys_for_policy_is_none(hub: FakeHub, address: str) -> None:
    hub.policy_key = b"short"
    async with parts() as made:
        with pytest.raises(HubGarbled, match="without keys for policy"):
            await made.membership.join(address, "once")
        assert made.membership.member is None


async def test_leaving_takes_the_key_along(hub: FakeHub, address: str) -> None:
    async with parts() as made:
        await made.membership.join(address, "once")
        before = made.host.keys.keys["agent"]
        await made.membership.leave()
        assert made.host.keys.keys["agent"] != before
        assert made.host.state.values == {}
        assert "not enrolled" in made.host.noted
        hub.tokens.add("twice")
        await made.membership.join(address, "twice")
        assert await made.link.request("suite", b"x") == b"x"


@pytest.mark.parametrize(
    "host",
    ["", "x" * 255, "ü" * 64, " ", "lo\nbby", "lobby\udcff"],
    ids=["none", "long", "long in octets", "blank", "two lines", "no UTF-8"],
)
async def test_a_computer_with_any_host_name_may_join(
    hub: FakeHub, address: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: host)
    async with parts() as made:
        assert (await made.sign_ins.begin(address, "ada")).enrols
        assert (await made.membership.join(address, "once")).agent == AGENT


async def test_the_hubs_reason_reaches_the_person(hub: FakeHub, address: str) -> None:
    hub.faults["enrol"] = lambda request: (
        no(403, Code.NOT_ALLOWED, "the tenant is full", next_step="Remove an agent first.").response
    )
    async with parts() as made:
        with pytest.raises(HubRefused) as found:
            await made.membership.join(address, "once")
    assert found.value.sentence == "the hub refuses: the tenant is full. Remove an agent first."


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://print.example/", "https://print.example"),
        ("https://print.example:8443/hub/", "https://print.example:8443/hub"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_addresses_that_are_taken(given: str, kept: str) -> None:
    assert checked_address(given) == kept


@pytest.mark.parametrize(
    "given",
    ["", "print.example", "http://print.example", "http://127.0.0.1.example", "https://", "https://h:0", "https://h:x",
     "https://user:secret@h", "https://h?x=1", "https://h#x", "ftp://h", "https://h h", f"https://{'h' * 500}"],
)  # fmt: skip
def test_addresses_that_are_none(given: str) -> None:
    with pytest.raises(BadAddress):
        checked_address(given)
