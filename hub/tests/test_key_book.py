"""The key book: what happens to an agent's keys stands there with the act itself, bound to the entry before."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from alembic import command
from hub_rig import AgentKey, Bench, RemoteAgent, problem, rows
from pull_rig import FREE, LOBBY, QUEUE, Office, new_office

from tympan_hub.adapters.sql import migrate
from tympan_hub.adapters.sql.upgrades import config
from tympan_hub.domain.errors import Changed, NotAllowed, NotFound, SoAlready
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.people import CONSOLE, Actor, Role
from tympan_hub.domain.pull import Mirroring
from tympan_hub.domain.wakes import LookAtKeys, Wake
from tympan_hub.service import key_book
from tympan_wire.hub import (
    BEFORE_FIRST,
    Code,
    KeyEntry,
    KeyEvent,
    Keys,
    KeysRequest,
    Operation,
    RenewRequest,
    entry_digest,
)
from tympan_wire.key_proofs import fingerprint, proves

pytestmark = pytest.mark.anyio
FIRST, SECOND = b"a key for envelopes", b"another key"


async def joined(hub: Bench, tenant: TenantId, name: str = "desk", recipient: bytes = FIRST) -> RemoteAgent:
    agent = RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new(), name=name, recipient=recipient)
    await agent.enrol(await hub.services.agents.make_token(tenant, CONSOLE))
    await agent.renew()
    return agent


async def book(agent: RemoteAgent, after: int = 0) -> tuple[KeyEntry, ...]:
    keys: Keys = await agent.ask(Operation.KEYS, KeysRequest(after=after))
    return keys.entries


def events(entries: tuple[KeyEntry, ...]) -> list[tuple[str, KeyEvent]]:
    return [(entry.name, entry.event) for entry in entries]


@pytest.fixture
def woken(hub: Bench) -> Iterator[list[str]]:
    """Tenants whose agents are told to look at the book."""
    heard: list[str] = []

    def listen(tenant: str, wake: Wake) -> None:
        if isinstance(wake, LookAtKeys):
            heard.append(tenant)

    hub.wakeups.listen(listen)
    yield heard


async def test_whoever_is_enrolled_stands_in_the_book_with_a_proof_that_holds(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await joined(hub, tenant)
    [entry] = await book(agent)
    assert (entry.number, entry.event, entry.agent, entry.before) == (1, KeyEvent.JOINED, agent.id, BEFORE_FIRST)
    identity, recipient, proof = map(base64.b64decode, (entry.identity, entry.recipient, entry.proof))
    assert (identity, recipient) == (agent.key.public, FIRST)
    assert proves(identity, recipient, proof)


async def test_each_entry_names_the_one_before_it(hub: Bench) -> None:
    tenant = await hub.tenant()
    agents = [await joined(hub, tenant, name) for name in ("a", "b", "c")]
    await agents[1].rekey(SECOND)
    await hub.services.agents.revoke(tenant, CONSOLE, AgentId(agents[2].id))
    entries = await book(agents[0])
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.before for entry in entries[1:]] == [entry_digest(entry) for entry in entries[:-1]]
    assert events(entries[3:]) == [("b", KeyEvent.CHANGED), ("c", KeyEvent.REVOKED)]


async def test_an_agent_that_asks_again_with_its_token_stands_there_once(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new(), recipient=FIRST)
    token = await hub.services.agents.make_token(tenant, CONSOLE)
    for _ in range(2):
        await agent.enrol(token)
    await agent.renew()
    assert len(await book(agent)) == 1


async def test_a_key_signed_by_somebody_else_is_refused_and_no_agent_made(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new(), recipient=FIRST)
    token = await hub.services.agents.make_token(tenant, CONSOLE)
    forged = attrs.evolve(agent.enrol_request(token), recipient_proof=AgentKey.new().recipient_proof(FIRST))
    refused = await agent.post(Operation.ENROL, forged)
    assert (refused.status_code, problem(refused).code) == (401, Code.TOKEN_REFUSED)
    assert (await rows(hub, tenant))["key_book"] == []
    await agent.enrol(token)


async def test_a_key_signed_by_somebody_else_is_refused_at_renewal_and_nothing_changes(hub: Bench) -> None:
    agent = await joined(hub, await hub.tenant())
    request = RenewRequest(recipient=_text(SECOND), recipient_proof=AgentKey.new().recipient_proof(SECOND))
    refused = await agent.post(Operation.RENEW, request)
    assert (refused.status_code, problem(refused).code) == (401, Code.TOKEN_REFUSED)
    assert len(await book(agent)) == 1


async def test_telling_the_same_key_again_adds_nothing(hub: Bench) -> None:
    agent = await joined(hub, await hub.tenant())
    await agent.rekey(FIRST)
    await agent.rekey(FIRST, proof="")
    assert len(await book(agent)) == 1


async def test_an_agent_of_an_earlier_release_stands_there_without_proof_until_it_gives_one(hub: Bench) -> None:
    tenant = await hub.tenant()
    old = RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new(), name="old", recipient=FIRST)
    request = old.enrol_request(await hub.services.agents.make_token(tenant, CONSOLE))
    old.enrolled = await old.ask(Operation.ENROL, attrs.evolve(request, recipient_proof=""))
    await old.renew()
    assert [shown.entry.agent for shown in await hub.services.key_book.waiting(tenant, CONSOLE)] == [old.id]
    await old.rekey(FIRST)
    entries = await book(old)
    assert events(entries) == [("old", KeyEvent.JOINED), ("old", KeyEvent.PROVED)]
    assert [bool(entry.proof) for entry in entries] == [False, True]
    assert await hub.services.key_book.waiting(tenant, CONSOLE) == ()


async def test_a_first_key_that_is_proved_waits_for_nobody_and_one_that_is_not_does(hub: Bench) -> None:
    tenant = await hub.tenant()
    proved, unproved = [await joined(hub, tenant, name, b"") for name in ("proved", "unproved")]
    await proved.rekey(FIRST)
    await unproved.rekey(SECOND, proof="")
    assert events(await book(proved, 2)) == [("proved", KeyEvent.PROVED), ("unproved", KeyEvent.CHANGED)]


async def test_a_key_that_changed_is_no_reader_until_an_administrator_confirmed_it(
    hub: Bench, woken: list[str]
) -> None:
    office = await new_office(hub, attrs.evolve(FREE, mirror=Mirroring.HUB))
    fresh = await joined(hub, office.tenant)
    await office.sees(LOBBY, fresh)
    assert fresh.id in await readers(office)

    await fresh.rekey(SECOND)
    assert fresh.id not in await readers(office)
    assert woken == [office.tenant]
    [waiting] = await hub.services.key_book.waiting(office.tenant, office.admin.actor)
    assert (waiting.entry.agent, waiting.fingerprint) == (fresh.id, fingerprint(SECOND))

    await hub.services.key_book.confirm(office.tenant, office.admin.actor, AgentId(fresh.id), fingerprint(SECOND))
    assert (await readers(office))[fresh.id] == _text(SECOND)
    assert woken == [office.tenant] * 2
    [confirmed] = (await book(fresh))[-1:]
    assert (confirmed.event, confirmed.recipient, confirmed.by) == (
        KeyEvent.CONFIRMED,
        _text(SECOND),
        office.admin.actor.label,
    )
    with pytest.raises(SoAlready):
        await hub.services.key_book.confirm(office.tenant, office.admin.actor, AgentId(fresh.id), fingerprint(SECOND))


async def readers(office: Office) -> dict[str, str]:
    [queue] = [printer for printer in (await office.desk.desired()).printers if printer.id == QUEUE]
    assert queue.pull is not None
    return {reader.agent: reader.recipient for reader in queue.pull.readers}


async def test_a_changed_key_is_not_believed_for_the_proof_it_gets_later(hub: Bench) -> None:
    """Whoever stole the agent's own key can make both; an administrator still decides."""
    tenant = await hub.tenant()
    agent = await joined(hub, tenant)
    await agent.rekey(SECOND, proof="")
    await agent.rekey(SECOND)
    assert events(await book(agent, 1)) == [("desk", KeyEvent.CHANGED)] * 2
    assert len(await hub.services.key_book.waiting(tenant, CONSOLE)) == 1


async def test_a_confirmation_for_another_key_confirms_nothing(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await joined(hub, tenant)
    await agent.rekey(SECOND)
    for seen in (fingerprint(FIRST), "", "0" * 64):
        with pytest.raises(Changed):
            await hub.services.key_book.confirm(tenant, CONSOLE, AgentId(agent.id), seen)
    assert events(await book(agent, 2)) == []


async def test_nobody_confirms_the_key_of_who_is_revoked_or_not_there(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = await joined(hub, tenant)
    await agent.rekey(SECOND)
    await hub.services.agents.revoke(tenant, CONSOLE, AgentId(agent.id))
    for name in (AgentId(agent.id), AgentId("0" * 32)):
        with pytest.raises(NotFound):
            await hub.services.key_book.confirm(tenant, CONSOLE, name, fingerprint(SECOND))
    assert await hub.services.key_book.waiting(tenant, CONSOLE) == ()


@pytest.mark.parametrize("role", [Role.USER, Role.OPERATOR])
async def test_only_administrators_confirm(hub: Bench, role: Role) -> None:
    tenant = await hub.tenant()
    agent = await joined(hub, tenant)
    await agent.rekey(SECOND)
    with pytest.raises(NotAllowed):
        by = Actor(label="somebody", tenant=tenant, role=role)
        await hub.services.key_book.confirm(tenant, by, AgentId(agent.id), fingerprint(SECOND))


async def test_who_is_revoked_is_so_in_the_book_and_no_reader_at_once(hub: Bench, woken: list[str]) -> None:
    office = await new_office(hub, attrs.evolve(FREE, mirror=Mirroring.HUB))
    fresh = await joined(hub, office.tenant)
    await office.sees(LOBBY, fresh)
    assert fresh.id in await readers(office)
    await hub.services.agents.revoke(office.tenant, office.admin.actor, AgentId(fresh.id))
    assert fresh.id not in await readers(office)
    [entry] = (await book(office.desk))[-1:]
    assert (entry.agent, entry.event, bool(entry.proof)) == (fresh.id, KeyEvent.REVOKED, True)
    assert woken == [office.tenant]
    refused = await fresh.post(Operation.KEYS, KeysRequest())
    assert refused.status_code in {401, 403}


async def test_who_takes_a_place_is_written_down_with_who_had_it(hub: Bench, woken: list[str]) -> None:
    tenant = await hub.tenant()
    old = await joined(hub, tenant, "desk")
    new = RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new(), name="fresh", recipient=SECOND)
    await new.enrol(await hub.services.agents.make_token(tenant, CONSOLE, replaces=AgentId(old.id)))
    await new.renew()
    entries = await book(new)
    assert events(entries) == [("desk", KeyEvent.JOINED), ("desk", KeyEvent.JOINED), ("desk", KeyEvent.REVOKED)]
    assert [entry.agent for entry in entries] == [old.id, new.id, old.id]
    assert woken == [tenant]


async def test_a_long_book_comes_in_parts_without_a_gap(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_book, "ENTRIES_AT_ONCE", 2)
    tenant = await hub.tenant()
    agents = [await joined(hub, tenant, f"desk-{number}") for number in range(5)]
    seen: list[int] = []
    while True:
        keys: Keys = await agents[0].ask(Operation.KEYS, KeysRequest(after=seen[-1] if seen else 0))
        assert keys.newest == 5
        if not keys.entries:
            break
        assert len(keys.entries) <= 2
        seen += [entry.number for entry in keys.entries]
    assert seen == [1, 2, 3, 4, 5]


async def test_every_tenant_has_a_book_of_its_own(hub: Bench) -> None:
    first, second = [await joined(hub, await hub.tenant(name)) for name in ("One", "Two")]
    for agent in (first, second):
        [entry] = await book(agent)
        assert (entry.number, entry.agent) == (1, agent.id)


@pytest.mark.parametrize(("after", "told"), [(-1, 1), (-(2**70), 1), (2**70, 0)])
async def test_a_number_that_is_none_is_answered_all_the_same(hub: Bench, after: int, told: int) -> None:
    agent = await joined(hub, await hub.tenant())
    assert len(await book(agent, after)) == told


def _text(data: bytes) -> Any:
    return base64.b64encode(data).decode()


async def test_whoever_was_there_before_the_book_stands_in_it_unproved(hub: Bench) -> None:
    tenants = [await hub.tenant(name) for name in ("One", "Two")]
    agents = [await joined(hub, tenant, name) for tenant in tenants for name in ("kept", "gone")]
    for tenant, gone in zip(tenants, agents[1::2], strict=True):
        await hub.services.agents.revoke(tenant, CONSOLE, AgentId(gone.id))
    async with hub.database.writer.begin() as connection:
        await connection.run_sync(lambda inner: command.downgrade(config(inner), "0029-1"))
    await migrate(hub.database, upgrade=True)
    for kept, gone in zip(agents[::2], agents[1::2], strict=True):
        entries = await book(kept)
        assert sorted(events(entries)) == [
            ("gone", KeyEvent.JOINED),
            ("gone", KeyEvent.REVOKED),
            ("kept", KeyEvent.JOINED),
        ]
        assert {entry.agent for entry in entries} == {kept.id, gone.id}
        assert {(entry.recipient, entry.proof) for entry in entries} == {(_text(FIRST), "")}
        assert [entry.before for entry in entries] == [BEFORE_FIRST, *map(entry_digest, entries[:-1])]
        await kept.rekey(FIRST)
        assert events(await book(kept, 3)) == [("kept", KeyEvent.PROVED)]
