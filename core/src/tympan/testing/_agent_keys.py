"""The port for keys of other agents in memory."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping

import attrs
import trio

from tympan._errors import NotFound
from tympan._ports import AgentKey, KeyBookView, KeyState, KnownAgent, Trusted

_SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class FakeAgentKeys:
    """``AgentKeys`` of a book the test writes.

    Attributes:
        known: The newest key of each agent, base64.
        accepted: Those that are believed; a test that changes ``known`` alone has changed a key.
        revoked: Who is shut out.
        open: Whether whoever is not in the book is believed at first sight, as a test without a book wants it.
        trouble: Why the book is not followed further.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self.open = known is None
        self.known = dict(known or {})
        self.accepted = dict(self.known)
        self.revoked: set[str] = set()
        self.trouble = ""

    async def trusted(self, keys: Iterable[AgentKey]) -> Trusted:
        """Those whose key is the accepted one."""
        await trio.lowlevel.checkpoint()
        good: list[AgentKey] = []
        changed: list[str] = []
        for key in keys:
            if self.open:
                self.accepted.setdefault(key.agent, self.known.setdefault(key.agent, key.recipient))
            believed = key.agent not in self.revoked and self.accepted.get(key.agent) == key.recipient
            if believed and self.known[key.agent] == key.recipient:
                good.append(key)
            else:
                changed.append(key.agent)
        reason = f"the key of agent {changed[0]} is not believed" if changed else ""
        return Trusted(readers=tuple(good), changed=tuple(changed), reason=reason)

    async def book(self) -> KeyBookView:
        """Every agent there is."""
        await trio.lowlevel.checkpoint()
        agents = tuple(self._seen(agent) for agent in sorted(self.known))
        digest = hashlib.sha256(repr(sorted(self.known.items())).encode()).hexdigest()
        return KeyBookView(number=len(agents), digest=digest if agents else "", agents=agents, trouble=self.trouble)

    async def accept(self, agent: str, fingerprint: str) -> KnownAgent:
        """Believes an agent's newest key, where it is the one that was compared."""
        await trio.lowlevel.checkpoint()
        if agent not in self.known or agent in self.revoked:
            raise NotFound(f"there is no agent {agent!r:.100} with a key", next_step="Look at 'tympan keys'.")
        if self._seen(agent).fingerprint != fingerprint:
            raise NotFound(f"agent {agent!r:.100} has another key by now", next_step="Compare it in 'tympan keys'.")
        self.accepted[agent] = self.known[agent]
        return self._seen(agent)

    async def reread(self) -> KeyBookView:
        """The book without its trouble."""
        self.trouble = ""
        return await self.book()

    def _seen(self, agent: str) -> KnownAgent:
        key = self.known[agent]
        fingerprint = hashlib.sha256(key.encode()).hexdigest()
        seen = KnownAgent(agent=agent, fingerprint=fingerprint, state=KeyState.TRUSTED, since=_SINCE)
        if agent in self.revoked:
            return attrs.evolve(seen, state=KeyState.REVOKED)
        if self.accepted.get(agent) != key:
            return attrs.evolve(seen, state=KeyState.CHANGED if agent in self.accepted else KeyState.NEW)
        return seen
