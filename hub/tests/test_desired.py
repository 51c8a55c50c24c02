"""The desired state: all of it, named by what it says; and the stream that tells agents to look."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import attrs
import pytest
from hub_rig import Bench, notices, problem

from tympan_hub.domain.ids import SERVICE, AgentId
from tympan_hub.domain.limits.notices import STREAM_LINES
from tympan_hub.domain.limits.policy import POLICY_KEPT, POLICY_RENEWED
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import Verdict
from tympan_wire.hub import Code, Desired, Echo, EchoRequest, Hello, Look, Operation, Topic

pytestmark = pytest.mark.anyio
URI = "ipp://printer.example/ipp/print"
LOOK = Look(topic=Topic.DESIRED)


async def test_the_same_state_has_the_same_edition_and_is_told_once(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin = (await hub.person(tenant)).actor
    agent = await hub.agent(tenant)
    empty = await agent.desired()
    assert empty == Desired(edition=empty.edition, at=hub.clock.now())
    await hub.services.printers.add(tenant, admin, name="Lobby", uri=URI, location="Hall", fingerprint="ab" * 32)
    state = await agent.desired(empty.edition)
    assert [attrs.astuple(printer) for printer in state.printers] == [
        ("lobby", "Lobby", URI, "push", "Hall", "ab" * 32, None, None, ())
    ]
    assert await agent.desired(state.edition) == Desired(edition=state.edition, unchanged=True)
    await hub.services.printers.remove(tenant, admin, (await hub.services.printers.list(tenant, admin))[0].printer.id)
    assert await agent.desired(state.edition) == empty


async def test_an_agent_gets_the_owners_and_its_own_tenants_policy_and_no_others(hub: Bench) -> None:
    acme, other = await hub.tenant("Acme"), await hub.tenant("Other")
    agent = await hub.agent(acme)
    await hub.services.policy.switch(SERVICE, CONSOLE, "browser.bridge", Verdict.OFF)
    await hub.services.policy.switch(acme, CONSOLE, "document.stats", Verdict.ON)
    await hub.services.policy.switch(other, CONSOLE, "document.stats", Verdict.OFF)
    policies = [json.loads(envelope)["signatures"][0]["keyid"] for envelope in (await agent.desired()).policies]
    assert agent.enrolled is not None
    assert policies == [agent.enrolled.policy_keys[0].id] * 2
    told = (await agent.desired()).policies
    async with hub.units.reading() as unit:
        mine = [await unit.policies.current(tenant) for tenant in (SERVICE, acme)]
    assert list(told) == [edition.envelope for edition in mine if edition]


async def test_policy_has_an_end_weeks_ahead_and_is_renewed_under_the_same_number(hub: Bench) -> None:
    tenant = await hub.tenant("Acme")
    agent = await hub.agent(tenant)
    group = await hub.services.groups.add(tenant, CONSOLE, name="Hall")
    await hub.services.groups.join_agent(tenant, CONSOLE, group.id, AgentId(agent.id))
    await hub.services.policy.switch(SERVICE, CONSOLE, "browser.bridge", Verdict.OFF)
    await hub.services.policy.switch(tenant, CONSOLE, "document.stats", Verdict.ON)
    await hub.services.policy.switch(tenant, CONSOLE, "local.site", Verdict.ON, group=group.id)
    assert {document["expires_at"] for document in documents(await agent.desired())} == {None}, (
        "as agents before took it"
    )
    first = await agent.desired(dated=True)
    hub.clock.forward(hours=1)
    await agent.renew()
    assert (await agent.desired(first.edition, dated=True)).unchanged, "the same for a week, in every process"
    hub.clock.forward(days=7)
    await agent.renew()
    later = await agent.desired(first.edition, dated=True)
    assert [one["number"] for one in documents(first)] == [one["number"] for one in documents(later)] == [1, 1, 1]
    for before, after in zip(documents(first), documents(later), strict=True):
        ends = [dt.datetime.fromisoformat(one.pop("expires_at")) for one in (before, after)]
        assert before == after
        assert ends[1] - ends[0] == POLICY_RENEWED
        assert POLICY_KEPT < ends[1] - hub.clock.now() <= POLICY_KEPT + POLICY_RENEWED


def documents(desired: Desired) -> list[dict[str, Any]]:
    return [json.loads(base64.b64decode(json.loads(envelope)["payload"])) for envelope in desired.policies]


async def test_every_change_is_told_to_the_agents_it_concerns_and_to_no_other(hub: Bench) -> None:
    acme, other = await hub.tenant("Acme"), await hub.tenant("Other")
    admin = (await hub.person(acme)).actor
    agent, foreign = await hub.agent(acme), await hub.agent(other)
    async with notices(hub.app, agent.token) as stream, notices(hub.app, foreign.token) as foreign_stream:
        assert isinstance(await stream.line(), Hello)
        assert isinstance(await foreign_stream.line(), Hello)
        printer = await hub.services.printers.add(acme, admin, name="Lobby", uri=URI)
        assert await stream.line() == LOOK
        await hub.services.printers.change(acme, admin, attrs.evolve(printer, location="Hall"))
        assert await stream.line() == LOOK
        await hub.services.printers.remove(acme, admin, printer.id)
        assert await stream.line() == LOOK
        await hub.services.policy.switch(acme, admin, "document.stats", Verdict.OFF)
        assert await stream.line() == LOOK
        assert foreign_stream.idle
        await hub.services.policy.switch(SERVICE, CONSOLE, "document.stats", Verdict.OFF)
        assert await stream.line() == await foreign_stream.line() == LOOK


async def test_looks_that_wait_are_one_and_a_slow_reader_is_hung_up_on(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    bearer = await hub.services.tokens.bearer(agent.token)
    slow = hub.services.notices.open(bearer)
    for _ in range(100):
        slow.look()
    slow.say(b"last\n")
    lines = slow.lines()
    assert [await anext(lines) for _ in range(3)][1:] == [b'{"kind":"look","topic":"desired"}\n', b"last\n"]
    slow.look()
    assert await anext(lines) == b'{"kind":"look","topic":"desired"}\n'
    for _ in range(STREAM_LINES + 1):
        slow.say(b"x\n")
    assert [line async for line in lines] == []


async def test_an_echo_comes_back_on_the_stream_it_was_asked_for_and_on_no_other(hub: Bench) -> None:
    acme, other = await hub.tenant("Acme"), await hub.tenant("Other")
    agent, thief = await hub.agent(acme), await hub.agent(other)
    async with notices(hub.app, agent.token) as first, notices(hub.app, agent.token) as second:
        hello = await first.line()
        await second.line()
        await thief.ask(Operation.ECHO, EchoRequest(stream=hello.stream, nonce="forged"))
        await agent.ask(Operation.ECHO, EchoRequest(stream=hello.stream, nonce="n1"))
        assert await first.line() == Echo(nonce="n1")
        assert second.idle
    answer = await agent.post(Operation.ECHO, EchoRequest(stream=hello.stream, nonce="x" * 201))
    assert problem(answer).code is Code.BAD_MESSAGE


async def test_the_stream_of_a_revoked_agent_ends_at_once(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    async with notices(hub.app, agent.token) as stream:
        await stream.line()
        assert (await hub.services.agents.get(tenant, CONSOLE, AgentId(agent.id))).connected
        await hub.services.agents.revoke(tenant, CONSOLE, AgentId(agent.id))
        assert await stream.line() is None
    assert hub.services.notices.count == 0


async def test_a_third_stream_ends_the_oldest(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    async with (
        notices(hub.app, agent.token) as first,
        notices(hub.app, agent.token) as second,
        notices(hub.app, agent.token) as third,
    ):
        for stream in (second, third):
            assert isinstance(await stream.line(), Hello)
        assert await first.line() is None or await first.line() is None
        assert hub.services.notices.count == 2


async def test_a_reader_that_goes_away_leaves_nothing_behind(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    async with notices(hub.app, agent.token) as stream:
        await stream.line()
        assert hub.services.notices.count == 1
    assert hub.services.notices.count == 0


async def test_a_hub_that_stops_hangs_up_on_all_and_takes_nobody(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    async with notices(hub.app, agent.token) as stream:
        await stream.line()
        hub.services.notices.end_all()
        assert await stream.line() is None
        async with notices(hub.app, agent.token) as late:
            assert await late.line() is None
    assert hub.services.notices.count == 0
