"""What the hub says and hears at its broker: once each, to whom it concerns, and nothing to those who were revoked."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from typing import Any

import attrs
import pytest
from hub_rig import Bench, RemoteAgent

from tympan_hub.adapters.wakeups import InProcess
from tympan_hub.domain.brokers import BrokerPlace, broker_place, look_topic, ping_topic, pinging
from tympan_hub.domain.errors import BadInput, Unavailable
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId
from tympan_hub.domain.limits.brokers import BROKER_ARRIVALS, PINGS
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.wakes import EndAgent, LookAgain, LookAtKeys, LookAtReleases, LookAtTunnel, SayEcho, Wake
from tympan_hub.ports import Bearer
from tympan_hub.ports.publisher import Arrived
from tympan_hub.service import brokers
from tympan_hub.service.brokers import BrokeredWakeUps, BrokerService
from tympan_hub.service.health import HealthService
from tympan_wire.hub import Broker, BrokerRequest, Echo, EchoRequest, Look, News, Operation, Topic, decode, encode

pytestmark = pytest.mark.anyio
PLACE = BrokerPlace(host="broker.example", port=8884)
NOBODY = AgentId("0" * 32)
_NEWS: Any = News


@attrs.define
class Board:
    """``Publisher`` on which all that was said stands."""

    said: list[tuple[str, bytes]] = attrs.field(factory=list)
    connected: bool = True
    arrived: list[Arrived] = attrs.field(factory=list)

    def publish(self, topic: str, payload: bytes) -> None:
        self.said.append((topic, payload))

    def listen(self, arrived: Arrived) -> None:
        self.arrived.append(arrived)

    def looks(self, topic: str = Topic.DESIRED) -> list[str]:
        """Where "look again" was said."""
        return sorted(where for where, news in self._news() if news == Look(topic=topic))

    def echoes(self) -> list[tuple[str, str]]:
        """Which nonces were said where."""
        return [(where, news.nonce) for where, news in self._news() if isinstance(news, Echo)]

    def _news(self) -> list[tuple[str, object]]:
        return [(where, decode(_NEWS, payload)) for where, payload in self.said]

    def ping(self, agent: str, nonce: str = "n") -> None:
        """An agent pings."""
        self.arrive(ping_topic(AgentId(agent)), encode(EchoRequest(stream="", nonce=nonce)))

    def arrive(self, topic: str, payload: bytes) -> None:
        """Something comes in."""
        for arrived in self.arrived:
            arrived(topic, payload)


@attrs.define
class Office:
    """A hub with a broker."""

    hub: Bench
    board: Board
    service: BrokerService
    wakeups: BrokeredWakeUps
    tenant: TenantId

    async def agents(self, count: int, tenant: TenantId | None = None) -> list[str]:
        """So many agents, by their topics."""
        made = [await self.hub.agent(tenant or self.tenant, f"desk-{number}") for number in range(count)]
        return sorted(look_topic(id_of(agent)) for agent in made)


def id_of(agent: RemoteAgent) -> AgentId:
    assert agent.enrolled is not None
    return AgentId(agent.enrolled.agent)


@pytest.fixture
async def office(hub: Bench) -> AsyncIterator[Office]:
    board = Board()
    service = BrokerService(hub.units, hub.clock, hub.secrets, board, PLACE)
    inner = InProcess()
    yield Office(hub, board, service, BrokeredWakeUps(inner, service), await hub.tenant())


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


async def test_an_agent_is_told_where_the_broker_is_and_its_own_topics(office: Office) -> None:
    told = await office.service.of(Bearer(tenant=office.tenant, agent=NOBODY))
    assert (told.host, told.port) == ("broker.example", 8884)
    assert (told.look, told.ping) == (f"tympan/{NOBODY}/look", f"tympan/{NOBODY}/ping")
    assert told.authority.startswith("-----BEGIN CERTIFICATE-----"), "this hub's own"


async def test_another_authority_is_told_where_one_was_named(hub: Bench) -> None:
    place = attrs.evolve(PLACE, authority="PEM")
    told = await BrokerService(hub.units, hub.clock, hub.secrets, Board(), place).of(
        Bearer(tenant=SERVICE, agent=NOBODY)
    )
    assert told.authority == "PEM"


async def test_without_a_broker_the_hub_names_none(hub: Bench) -> None:
    agent = await hub.agent(await hub.tenant())
    assert await agent.ask(Operation.BROKER, BrokerRequest()) == Broker()
    hub.services.brokers.tell(SERVICE, LookAgain())  # and says nothing


async def test_what_concerns_one_agent_is_said_to_it_alone(office: Office) -> None:
    await office.wakeups.send(office.tenant, LookAgain(agent=AgentId("a" * 32)))
    assert office.board.looks() == [f"tympan/{'a' * 32}/look"]


async def test_releases_are_said_to_those_who_shall_carry_them_out(office: Office) -> None:
    agents = tuple(AgentId(letter * 32) for letter in "ab")
    await office.wakeups.send(office.tenant, LookAtReleases(agents=agents))
    assert office.board.looks(Topic.RELEASES) == [look_topic(agent) for agent in agents]
    assert not office.board.looks()


async def test_jobs_of_the_tunnel_are_said_to_those_who_may_take_them(office: Office) -> None:
    agents = tuple(AgentId(letter * 32) for letter in "ab")
    await office.wakeups.send(office.tenant, LookAtTunnel(agents=agents))
    assert office.board.looks(Topic.TUNNEL) == [look_topic(agent) for agent in agents]
    assert not office.board.looks(Topic.RELEASES)


async def test_what_concerns_a_tenant_is_said_to_all_its_agents_and_to_nobody_elses(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brokers, "_PAGE", 2)
    mine = await office.agents(5)
    await office.agents(1, await office.hub.tenant("Other"))
    for _ in range(3):
        await office.wakeups.send(office.tenant, LookAgain())
    await until(lambda: len(office.board.said) >= 5)
    assert office.board.looks() == mine, "each once, however often it was said meanwhile"
    await office.wakeups.send(office.tenant, LookAgain())
    await until(lambda: len(office.board.said) >= 10)


async def test_a_change_of_keys_is_said_to_all_agents_of_its_tenant_and_to_nobody_elses(office: Office) -> None:
    mine = await office.agents(3)
    await office.agents(1, await office.hub.tenant("Other"))
    for _ in range(3):
        await office.wakeups.send(office.tenant, LookAtKeys())
    await until(lambda: len(office.board.said) >= 3)
    assert office.board.looks(Topic.KEYS) == mine
    assert not office.board.looks()


async def test_what_concerns_all_tenants_is_said_to_all(office: Office) -> None:
    everybody = await office.agents(2) + await office.agents(2, await office.hub.tenant("Other"))
    await office.wakeups.send(SERVICE, LookAgain())
    await until(lambda: len(office.board.said) == 4)
    assert office.board.looks() == sorted(everybody)


async def test_those_who_were_revoked_are_said_nothing(office: Office) -> None:
    [mine] = await office.agents(1)
    gone = id_of(await office.hub.agent(office.tenant, "gone"))
    await office.hub.services.agents.revoke(office.tenant, CONSOLE, gone)
    await office.wakeups.send(office.tenant, LookAgain())
    await until(lambda: office.board.said)
    assert office.board.looks() == [mine]


async def test_other_wakes_are_not_said_and_all_go_on_inside(office: Office) -> None:
    heard: list[object] = []
    office.wakeups.listen(lambda _, wake: heard.append(wake))
    said: list[Wake] = [SayEcho(agent=NOBODY, stream="s", nonce="n"), EndAgent(agent=NOBODY), LookAgain(agent=NOBODY)]
    for wake in said:
        await office.wakeups.send(office.tenant, wake)
    assert heard == said
    assert office.board.looks() == [look_topic(NOBODY)]


async def test_a_ping_is_answered_where_the_topic_says_who_pings(office: Office) -> None:
    agent = id_of(await office.hub.agent(office.tenant))
    for nonce in ("one", "two"):
        office.board.ping(agent, nonce)
        await until(functools.partial(_echoed, office.board, agent, nonce))
    assert len(office.board.said) == 2


def _echoed(board: Board, agent: AgentId, nonce: str) -> bool:
    return (look_topic(agent), nonce) in board.echoes()


async def test_a_stranger_and_one_who_was_revoked_are_not_answered(office: Office) -> None:
    gone, here = id_of(await office.hub.agent(office.tenant)), id_of(await office.hub.agent(office.tenant, "here"))
    office.board.ping(gone)
    await until(office.board.echoes)
    await office.hub.services.agents.revoke(office.tenant, CONSOLE, gone)
    await office.wakeups.send(office.tenant, EndAgent(agent=gone))
    for agent in (gone, NOBODY, here):
        office.board.ping(agent, "again")
    await until(lambda: (look_topic(here), "again") in office.board.echoes())
    assert [where for where, nonce in office.board.echoes() if nonce == "again"] == [look_topic(here)]


@pytest.mark.parametrize(
    "topic",
    ["", "tympan", "tympan/x/ping", f"tympan/{'a' * 32}/look", f"tympan/{'A' * 32}/ping", f"other/{'a' * 32}/ping",
     f"tympan/{'a' * 32}/ping/x", f"tympan/{'a' * 31}/ping"],
)  # fmt: skip
async def test_what_is_no_agents_ping_is_passed_over(office: Office, topic: str) -> None:
    assert pinging(topic) is None
    office.board.arrive(topic, encode(EchoRequest(stream="", nonce="n")))
    assert not office.service._tasks


@pytest.mark.parametrize("payload", [b"", b"{", b"{}", encode(EchoRequest(stream="", nonce="")), b"\xff" * 100,
                                     encode(EchoRequest(stream="", nonce="n" * 201))])  # fmt: skip
async def test_a_ping_that_is_none_is_not_answered(office: Office, payload: bytes) -> None:
    agent = id_of(await office.hub.agent(office.tenant))
    office.board.arrive(ping_topic(agent), payload)
    office.board.ping(agent)
    await until(office.board.echoes)
    assert office.board.echoes() == [(look_topic(agent), "n")]


async def test_who_pings_all_the_time_is_not_answered_all_the_time(office: Office) -> None:
    agent, other = id_of(await office.hub.agent(office.tenant)), id_of(await office.hub.agent(office.tenant, "other"))
    for number in range(3 * PINGS):
        office.board.ping(agent, str(number))
    office.board.ping(other)

    def answered() -> int:
        return sum(where == look_topic(agent) for where, _ in office.board.echoes())

    # The two are looked up beside each other: either may be known first.
    await until(lambda: (look_topic(other), "n") in office.board.echoes() and answered() >= PINGS)
    assert answered() == PINGS


async def test_pings_of_an_agent_that_is_looked_up_wait_for_it_and_are_bounded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood while the database is slow makes one question for each agent, and a bounded number of them."""
    agent, due = id_of(await office.hub.agent(office.tenant)), asyncio.Event()
    whole = office.service._welcome

    async def slowly(one: AgentId) -> bool:
        await due.wait()
        return one == agent and await whole(one)

    monkeypatch.setattr(office.service, "_welcome", slowly)
    for number in range(5 * PINGS):
        office.board.ping(agent, str(number))
    assert len(office.service._tasks) == 1
    for number in range(BROKER_ARRIVALS + 50):
        office.board.ping(f"{number:032x}")
    assert len(office.service._tasks) == BROKER_ARRIVALS
    due.set()
    await until(lambda: not office.service._tasks)
    assert office.board.echoes() == [(look_topic(agent), str(number)) for number in range(PINGS)]


async def test_who_is_revoked_while_it_is_looked_up_is_not_answered(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, read, due = id_of(await office.hub.agent(office.tenant)), asyncio.Event(), asyncio.Event()
    whole = office.service._welcome

    async def slowly(one: AgentId) -> bool:
        welcome = await whole(one)
        read.set()
        await due.wait()
        return welcome

    monkeypatch.setattr(office.service, "_welcome", slowly)
    office.board.ping(gone)
    await read.wait()
    await office.hub.services.agents.revoke(office.tenant, CONSOLE, gone)
    await office.wakeups.send(office.tenant, EndAgent(agent=gone))
    due.set()
    await until(lambda: not office.service._tasks)
    office.board.ping(gone, "again")
    await until(lambda: not office.service._tasks)
    assert not office.board.echoes()


async def test_the_hub_goes_on_when_its_database_does_not(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> object:
        raise Unavailable("the database is away", next_step="Wait.")

    agent = id_of(await office.hub.agent(office.tenant))
    with monkeypatch.context() as broken:
        broken.setattr(office.hub.units, "reading", away, raising=False)
        office.board.ping(agent)
        await office.wakeups.send(office.tenant, LookAgain())
        await until(lambda: not office.service._tasks)
    assert not office.board.said
    office.board.ping(agent)
    await until(office.board.echoes)


@pytest.mark.parametrize("connected", [True, False])
async def test_whether_the_broker_is_reached_is_told(office: Office, connected: bool) -> None:
    inside = office.hub.services
    office.board.connected = connected
    health = HealthService([], lambda: (), inside.notices, inside.deliveries, inside.failover, office.board)
    assert (await health.levels()).broker is connected


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("mqtts://broker.example", "broker.example", 8883),
        ("mqtts://broker.example:8884/", "broker.example", 8884),
        ("mqtts://10.0.0.7:1", "10.0.0.7", 1),
        ("mqtts://[fd00::7]:8883", "fd00::7", 8883),
    ],
)
def test_addresses_of_brokers(address: str, host: str, port: int) -> None:
    assert broker_place(address, "PEM") == BrokerPlace(host=host, port=port, authority="PEM")


@pytest.mark.parametrize(
    "address",
    ["", "broker.example", "mqtt://broker.example", "mqtts://", "mqtts://h:0", "mqtts://h:x", "mqtts://h:70000",
     "mqtts://u:p@h", "mqtts://h/topic", "mqtts://h?x", "mqtts://h h", "mqtts://-h", f"mqtts://{'h' * 300}"],
)  # fmt: skip
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(BadInput):
        broker_place(address)
