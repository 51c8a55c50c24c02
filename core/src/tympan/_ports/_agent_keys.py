"""Keys of other agents: which of them may be given a document's key, as this agent checked it for itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs
from attrs.validators import deep_iterable, instance_of


@attrs.frozen(kw_only=True)
class AgentKey:
    """A key for envelopes that somebody says is an agent's.

    Attributes:
        agent: Whose, its name at the hub.
        recipient: The key (`tympan_wire.sealed.Recipient.public`), base64.
    """

    agent: str = attrs.field(validator=instance_of(str))
    recipient: str = attrs.field(validator=instance_of(str))


@attrs.frozen(kw_only=True)
class Trusted:
    """Which of them are believed.

    Attributes:
        readers: Those to whom a document's key may be given, in the order asked.
        changed: Agents whose key is not believed: it changed, it is unknown, or a person has to decide.
        reason: Why not, a sentence on the first of those; "" when all are believed.
    """

    readers: tuple[AgentKey, ...] = attrs.field(default=(), validator=deep_iterable(instance_of(AgentKey)))
    changed: tuple[str, ...] = attrs.field(default=(), validator=deep_iterable(instance_of(str)))
    reason: str = attrs.field(default="", validator=instance_of(str))


class KeyState(StrEnum):
    """What this agent makes of another one's keys."""

    TRUSTED = "trusted"
    """It gives it the keys of documents."""
    NEW = "new"
    """Never seen before: it waits for somebody to accept it on this machine."""
    CHANGED = "changed"
    """Another key than the one believed: it waits for somebody to confirm it."""
    UNPROVED = "unproved"
    """The agent did not sign its key: it waits for an administrator to confirm it."""
    NONE = "none"
    """It has no key for envelopes."""
    REVOKED = "revoked"
    """It is shut out."""


@attrs.frozen(kw_only=True)
class KnownAgent:
    """An agent of the key book.

    Attributes:
        agent: Its name at the hub.
        name: For people.
        fingerprint: SHA-256 of its newest key for envelopes, hex; "" while it has none.
        state: What this agent makes of it.
        since: When the hub wrote that key down, UTC.
        this: Whether it is this very agent.
    """

    agent: str = attrs.field(validator=instance_of(str))
    name: str = attrs.field(default="", validator=instance_of(str))
    fingerprint: str = attrs.field(default="", validator=instance_of(str))
    state: KeyState = attrs.field(validator=instance_of(KeyState))
    since: dt.datetime = attrs.field(validator=instance_of(dt.datetime))
    this: bool = attrs.field(default=False, validator=instance_of(bool))


@attrs.frozen(kw_only=True)
class KeyBookView:
    """How far the key book was followed.

    Attributes:
        number: Of the newest entry that was checked; 0 for none.
        digest: Its SHA-256, hex. Two machines that followed equally far show the same one, or were shown two books.
        agents: Everybody in it.
        trouble: Why the book is not followed further, or what it says wrongly of this agent; a sentence, "" when all is
            well.
    """

    number: int = attrs.field(default=0, validator=instance_of(int))
    digest: str = attrs.field(default="", validator=instance_of(str))
    agents: tuple[KnownAgent, ...] = attrs.field(default=(), validator=deep_iterable(instance_of(KnownAgent)))
    trouble: str = attrs.field(default="", validator=instance_of(str))


@runtime_checkable
class AgentKeys(Protocol):
    """Knows the keys of the other agents of this tenant."""

    @property
    def trouble(self) -> str:
        """Why the key book is not followed further, or says wrongly of this agent; a sentence, "" when all is well."""

    async def trusted(self, keys: Iterable[AgentKey]) -> Trusted:
        """Which of these keys are those the agents are known by; looks into the hub's key book for those that are not.

        It never says yes because the hub cannot be asked.
        """

    async def book(self) -> KeyBookView:
        """What is known now, of this machine's own memory."""

    async def accept(self, agent: str, fingerprint: str) -> KnownAgent:
        """A person at this machine says that this key of an agent is its own; durable when it returns.

        Args:
            agent: Whose.
            fingerprint: Of the key that was compared: the hub may write a newer one at any moment.

        Raises:
            TympanError: There is no such agent, its newest key has another fingerprint, or is none to be believed.
        """

    async def reread(self) -> KeyBookView:
        """Forgets how far the book was followed, and follows it from its first entry; whoever has another key than the
        one that was believed waits to be accepted. Raises ``TympanError`` when the hub cannot be asked.
        """
