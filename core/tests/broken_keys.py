"""Keepers of keys that break their contracts, each in one way: of agents, of this agent, of the machine."""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Iterable

import trio
from conformance_rig import CHANGED, KNOWN, REVOKED, Cases, made_authority, made_keys

from tympan._ports import AgentKey, KnownAgent, Trusted
from tympan.testing import (
    AgentKeysSuite,
    FakeAgentKeys,
    FakeHubIdentity,
    FakeKeyProvider,
    HubIdentitySuite,
    KeyProviderSuite,
)


class Trusting(FakeHubIdentity):
    async def client_context(self, authority: bytes) -> ssl.SSLContext:
        await trio.lowlevel.checkpoint()
        return ssl.create_default_context(cadata=authority.decode() + made_authority().decode())


class Unbound(FakeHubIdentity):
    async def open_envelope(self, envelope: bytes, *, document: uuid.UUID, context: bytes) -> bytes:
        await trio.lowlevel.checkpoint()
        return bytes(32)


class Believing(FakeAgentKeys):
    async def trusted(self, keys: Iterable[AgentKey]) -> Trusted:
        await trio.lowlevel.checkpoint()
        return Trusted(readers=tuple(keys))


class Pardoning(FakeAgentKeys):
    async def accept(self, agent: str, fingerprint: str) -> KnownAgent:
        self.revoked.discard(agent)
        return await super().accept(agent, fingerprint)


class Unlooking(FakeAgentKeys):
    async def accept(self, agent: str, fingerprint: str) -> KnownAgent:
        newest = next(one.fingerprint for one in (await self.book()).agents if one.agent == agent)
        return await super().accept(agent, newest)


class Shared(FakeKeyProvider):
    async def save(self, name: str, key: bytes) -> None:
        self.keys = dict.fromkeys(("suite-one", "suite-two", "suite-long", name), key.strip())


KEYS: Cases = {
    "identity that trusts another authority": (
        HubIdentitySuite, "test_its_context_trusts_one_authority_alone",
        lambda: {"identity": Trusting(), "authority": made_authority()}),
    "identity that opens anything": (
        HubIdentitySuite, "test_it_opens_nothing_else", lambda: {"identity": Unbound()}),
    "keeper that believes a stranger": (
        AgentKeysSuite, "test_a_stranger_is_not_believed",
        lambda: {"keys": made_keys(Believing), "known": KNOWN}),
    "keeper that believes another key": (
        AgentKeysSuite, "test_a_known_key_is_believed_and_no_other_for_that_agent",
        lambda: {"keys": made_keys(Believing), "known": KNOWN}),
    "keeper that believes a changed key": (
        AgentKeysSuite, "test_a_changed_key_waits_for_a_person",
        lambda: {"keys": made_keys(Believing), "changed": CHANGED}),
    "keeper that accepts a key nobody compared": (
        AgentKeysSuite, "test_a_changed_key_waits_for_a_person",
        lambda: {"keys": made_keys(Unlooking), "changed": CHANGED}),
    "keeper that lets who is shut out in again": (
        AgentKeysSuite, "test_who_is_shut_out_gets_nothing_and_cannot_be_accepted",
        lambda: {"keys": made_keys(Pardoning), "revoked": REVOKED}),
    "provider with one key for all": (
        KeyProviderSuite, "test_each_name_has_its_own_key_and_the_last_one_counts", lambda: {"provider": Shared()}),
    "provider that strips keys": (
        KeyProviderSuite, "test_a_key_that_is_too_long_is_refused", lambda: {"provider": Shared()}),
}  # fmt: skip
