"""``AgentKeys``: the key book of the hub, followed and checked by this agent, and who is believed for it.

- The hub is asked when a key is offered that is not known, at a notice, and from time to time. What it says is believed
  as far as it follows from what was checked before (`_key_book`).
- Where the book does not fit, nobody new is believed before a person says so; who was believed still is.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from contextlib import suppress

import attrs
import trio

from tympan.plugin import AgentKey, Host, KeyBookView, KeyState, KnownAgent, Trusted, TympanError
from tympan_transport_https._errors import BookBroken, HubError, HubGarbled, NoSuchKey, NotEnrolled, OwnKeyForged
from tympan_transport_https._key_book import KeyBook
from tympan_transport_https._key_entries import KnownKeys, identity_of
from tympan_transport_https._key_memory import KeyMemory
from tympan_transport_https._limits import BOOK_AGAIN_S, BOOK_LOGGED, BOOK_PAGE_ENTRIES, BOOK_PAGES
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership, Standing
from tympan_transport_https._rules import understood
from tympan_wire.hub import Keys, KeysRequest, Operation, encode
from tympan_wire.key_proofs import fingerprint

_WHY = {
    KeyState.NEW: "is new and was not accepted on this machine",
    KeyState.CHANGED: "changed and was not confirmed",
    KeyState.UNPROVED: "is not signed with its own, and was not confirmed",
    KeyState.NONE: "is none",
    KeyState.REVOKED: "is good for nothing: it was revoked",
    KeyState.TRUSTED: "is another one in the key book",
}


class FollowedKeys:
    """The port, and following the book."""

    def __init__(self, membership: HubMembership, link: HttpsLink) -> None:
        self._membership = membership
        self._link = link
        self._book = KeyBook()
        self._memory: KeyMemory | None = None
        self._host: Host | None = None
        self._here = False
        self._looked_at = -BOOK_AGAIN_S
        self._one_at_a_time = trio.Lock()

    def open(self, host: Host, *, here: bool) -> None:
        """Takes up what an earlier run kept, at the first look."""
        self._memory, self._book, self._looked_at = KeyMemory(host.state), KeyBook(), -BOOK_AGAIN_S
        self._here, self._host = here, host

    @property
    def trouble(self) -> str:
        """As the port says."""
        return self._trouble() if self._membership.member is not None else ""

    async def trusted(self, keys: Iterable[AgentKey]) -> Trusted:
        """As the port says."""
        offered = [(key, _fingerprint(key.recipient)) for key in keys]
        try:
            await self._looked_for(offered)
        except TympanError as error:
            return Trusted(changed=tuple(key.agent for key, _ in offered), reason=error.sentence if offered else "")
        book = self._book
        good = tuple(key for key, print_ in offered if book.believes(key.agent, print_))
        changed = tuple(key.agent for key, print_ in offered if not book.believes(key.agent, print_))
        return Trusted(readers=good, changed=changed, reason=_reason(book, changed[0]) if changed else "")

    async def book(self) -> KeyBookView:
        """As the port says."""
        await self._current()
        return self._view()

    async def accept(self, agent: str, fingerprint: str) -> KnownAgent:
        """As the port says."""
        async with self._one_at_a_time:
            memory = await self._taken_up()
            known = self._book.agents.get(agent)
            if known is None or not known.key or known.state is KeyState.REVOKED:
                raise NoSuchKey(agent)
            if known.key != fingerprint:  # a hub may write another between the looks of whoever compares and accepts
                raise NoSuchKey(agent, f"its newest one has the fingerprint {known.key}")
            if known.proves and not known.proved:
                raise NoSuchKey(agent, "its newest one is not signed with its own, as those before were")
            self._book.believe(agent)
            await memory.save(self._book)
        return self._shown(self._book.agents[agent])

    async def reread(self) -> KeyBookView:
        """As the port says."""
        async with self._one_at_a_time:
            memory = await self._taken_up()
            again = self._book.again()
            try:
                await self._followed(again)
            except BookBroken as error:
                again.head = attrs.evolve(again.head, trouble=error.sentence)
            again.forget_absent()
            self._book = again
            await memory.save(again)
            self._tell()
        return self._view()

    async def look(self) -> None:
        """Follows the book as far as it goes; raises ``HubError`` when the hub cannot be asked."""
        async with self._one_at_a_time:
            await self._taken_up()
            await self._look()

    async def _taken_up(self) -> KeyMemory:
        """The memory, and the book of the membership there is now."""
        member, memory = self._membership.member, self._memory
        if member is None or memory is None:
            raise NotEnrolled
        if self._book.head.owner != member.agent:
            try:
                self._book = await memory.load(member.agent)
            except TympanError as error:
                self._membership.keys_trouble(error.sentence)
                raise
            self._tell()
        return memory

    async def _current(self) -> None:
        """Has the book of this membership, without waiting for a look under way."""
        member = self._membership.member
        if member is None or self._memory is None or self._book.head.owner != member.agent:
            async with self._one_at_a_time:
                await self._taken_up()
        else:
            await trio.lowlevel.checkpoint()

    async def _looked_for(self, offered: list[tuple[AgentKey, str]]) -> None:
        """Looks into the hub's book once more, where a key is offered that is not known."""
        await self._current()
        if self._believes_all(offered):
            return
        async with self._one_at_a_time:
            if self._believes_all(offered) or trio.current_time() - self._looked_at < BOOK_AGAIN_S:
                return
            with suppress(HubError):  # who is not known already is not believed
                await self._look()

    def _believes_all(self, offered: list[tuple[AgentKey, str]]) -> bool:
        return all(self._book.believes(key.agent, print_) for key, print_ in offered)

    async def _look(self) -> None:
        memory = await self._taken_up()
        if self._book.head.trouble:
            return
        try:
            await self._followed(self._book)
        except BookBroken as error:
            self._book.head = attrs.evolve(self._book.head, trouble=error.sentence)
            self._book.changed.add(self._book.head.owner)
        finally:
            with trio.CancelScope(shield=True):
                if self._book.changed:
                    self._log(sorted(self._book.changed))
                    await memory.save(self._book)
                self._tell()
        self._looked_at = trio.current_time()

    async def _followed(self, book: KeyBook) -> None:
        standing = self._membership.standing
        own = identity_of(base64.b64decode(standing.key.public()))
        for _ in range(BOOK_PAGES):
            keys = await self._asked(standing, book.head.after)
            if not book.follow(keys, own_identity=own, here=self._here):
                return

    async def _asked(self, standing: Standing, after: int) -> Keys:
        answer = await self._link.request(Operation.KEYS, encode(KeysRequest(after=after)))
        if not self._membership.holds(standing):
            raise NotEnrolled  # it is the book of another hub by now
        keys = understood(Keys, answer)
        if len(keys.entries) > BOOK_PAGE_ENTRIES:
            raise HubGarbled(f"{len(keys.entries)} entries of the key book at once")
        return keys

    def _log(self, agents: list[str]) -> None:
        """Nobody comes into the book silently; of a whole book that is new, as many are named as somebody reads."""
        for known in filter(None, map(self._book.agents.get, agents[:BOOK_LOGGED])):
            if self._host is not None:
                told = {"agent": known.agent, "name": known.name, "state": known.state.value, "key": known.key}
                self._host.log("the key book has news of an agent", **told)
        if self._host is not None and len(agents) > BOOK_LOGGED:
            self._host.log("the key book has news of more agents", agents=len(agents) - BOOK_LOGGED)

    def _tell(self) -> None:
        self._membership.keys_trouble(self._trouble())

    def _trouble(self) -> str:
        """Why the book is not followed, or what nobody but this agent can see of it."""
        own = self._book.agents.get(self._book.head.owner)
        forged = own is not None and own.key and not own.proved and own.key != self._own_key()
        return self._book.head.trouble or (OwnKeyForged().sentence if forged else "")

    def _own_key(self) -> str:
        return fingerprint(self._membership.recipient.public)

    def _view(self) -> KeyBookView:
        head = self._book.head
        agents = sorted(map(self._shown, self._book.agents.values()), key=lambda one: (one.name.casefold(), one.agent))
        digest = head.digest if head.number else ""
        return KeyBookView(number=head.number, digest=digest, agents=tuple(agents), trouble=self._trouble())

    def _shown(self, known: KnownKeys) -> KnownAgent:
        this = known.agent == self._book.head.owner
        own = this and known.state is not KeyState.REVOKED and known.key == self._own_key()
        return KnownAgent(
            agent=known.agent,
            name=known.name,
            fingerprint=known.key,
            state=KeyState.TRUSTED if own else known.state,
            since=known.since,
            this=this,
        )


def _fingerprint(recipient: str) -> str:
    """Of a key as somebody offers it; "" for what is none, which nobody has."""
    try:
        key = base64.b64decode(recipient, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return fingerprint(key) if base64.b64encode(key).decode() == recipient else ""


def _reason(book: KeyBook, agent: str) -> str:
    known = book.agents.get(agent)
    if known is None:
        why = book.head.trouble or "it stands in no key book"
        return f"the key of agent {agent!r:.80} is not believed: {why}"
    return f"the key of agent {known.name or known.agent!r:.80} {_WHY[known.state]}"
