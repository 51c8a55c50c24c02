"""The key book of the tenant as this agent followed it: how far, and what it knows of each agent. Pure.

- Each entry names the one before by its digest. The newest one that was checked is pinned: a book that was rewritten,
  cut, forked or has a gap does not fit to it, and is not followed any more before a person decides.
- It is told again with every look that the pinned entry still stands there.
"""

from __future__ import annotations

import zlib
from collections import Counter

import attrs

from tympan.plugin import KeyState
from tympan_transport_https._errors import BookBroken
from tympan_transport_https._key_entries import KnownKeys, applied
from tympan_transport_https._limits import AGENTS, BOOK_BUCKETS, BUCKET_AGENTS
from tympan_wire.hub import BEFORE_FIRST, KeyEntry, Keys, entry_digest


@attrs.frozen(kw_only=True)
class Head:
    """How far the book was followed.

    Attributes:
        owner: The name of this agent at the hub whose book it is; "" for none.
        number: Of the newest entry that was checked.
        digest: Its digest.
        trouble: Why it is not followed further; "" when all is well.
    """

    owner: str = ""
    number: int = 0
    digest: str = BEFORE_FIRST
    trouble: str = ""

    @property
    def after(self) -> int:
        """Behind which number the hub is asked: the pinned entry comes again."""
        return max(self.number - 1, 0)


@attrs.define(eq=False)
class KeyBook:
    """The book, and which agents changed since it was kept."""

    head: Head = attrs.field(factory=Head)
    agents: dict[str, KnownKeys] = attrs.field(factory=dict)
    changed: set[str] = attrs.field(factory=set)
    _crowds: Counter[int] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._crowds = Counter(map(bucket_of, self.agents))

    def follow(self, keys: Keys, *, own_identity: str, here: bool) -> bool:
        """Follows what the hub tells behind ``head.after``; whether there is more to ask for.

        Args:
            keys: What it tells.
            own_identity: SHA-256 of this agent's own identity, hex: nobody but this agent has another one.
            here: Whether this machine decides for itself which keys are believed.

        Raises:
            BookBroken: It does not fit to what was checked before; up to there it was followed.
        """
        entries = keys.entries
        if self.head.number:
            if not entries or keys.newest < self.head.number:
                raise BookBroken(self.head.number, "it is not there any more")
            self._check_pinned(entries[0])
            entries = entries[1:]
        for entry in entries:
            self._check_next(entry)
            self._apply(entry, own_identity, here)
        return bool(entries) and keys.newest > self.head.number

    def _check_pinned(self, entry: KeyEntry) -> None:
        if entry.number != self.head.number or entry_digest(entry) != self.head.digest:
            raise BookBroken(self.head.number, "it is another one than this agent saw")

    def _check_next(self, entry: KeyEntry) -> None:
        if entry.number != self.head.number + 1:
            raise BookBroken(self.head.number + 1, "it is left out")
        if entry.before != self.head.digest:
            raise BookBroken(entry.number, "it does not follow from the one before")

    def _apply(self, entry: KeyEntry, own_identity: str, here: bool) -> None:
        known = self.agents.get(entry.agent)
        if known is not None or self._has_room(entry.agent):
            after = applied(entry, known, here=here)
            if entry.agent == self.head.owner and after.identity != own_identity:
                raise BookBroken(entry.number, "it names another identity for this very agent")
            self._crowds[bucket_of(entry.agent)] += known is None
            self.agents[entry.agent] = after
            self.changed.add(entry.agent)
        self.head = attrs.evolve(self.head, number=entry.number, digest=entry_digest(entry))

    def _has_room(self, agent: str) -> bool:
        """A hub chooses names of agents as it likes, also so that all of them would go into one value."""
        return len(self.agents) < AGENTS and self._crowds[bucket_of(agent)] < BUCKET_AGENTS

    def believes(self, agent: str, key: str) -> bool:
        """Whether this is the key of that agent that is believed, and its newest one."""
        known = self.agents.get(agent)
        return known is not None and known.state is KeyState.TRUSTED and known.key == key

    def believe(self, agent: str) -> None:
        """A person at this machine says that an agent's newest key is its own."""
        known = self.agents[agent]
        self.agents[agent] = attrs.evolve(known, believed=known.key, here_only=False)
        self.changed.add(agent)

    def again(self) -> KeyBook:
        """A book of which nothing was followed yet, with what is believed and who was shut out."""
        kept = {
            name: attrs.evolve(known, number=0, revoked=False, shut=known.state is KeyState.REVOKED)
            for name, known in self.agents.items()
            if known.believed or known.state is KeyState.REVOKED
        }
        return KeyBook(head=Head(owner=self.head.owner), agents=kept, changed=set(self.agents))

    def forget_absent(self) -> None:
        """Of a book that was read again: whoever stands there no more is known no more, but for who was shut out."""
        for name in [name for name, known in self.agents.items() if not (known.number or known.shut)]:
            del self.agents[name]
            self._crowds[bucket_of(name)] -= 1
            self.changed.add(name)


def bucket_of(agent: str) -> int:
    """In which of the values an agent is kept."""
    return zlib.crc32(agent.encode("utf-8", "surrogatepass")) % BOOK_BUCKETS
