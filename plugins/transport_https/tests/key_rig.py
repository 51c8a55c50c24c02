"""Agents that sign their keys, and key books as an honest hub writes them; a test forges what it likes in them."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import attrs

from tympan.plugin import AgentKey
from tympan_transport_https._agent_key import AgentKey as OwnKey
from tympan_wire.hub import BEFORE_FIRST, KeyEntry, KeyEvent, Keys, entry_digest
from tympan_wire.key_proofs import fingerprint
from tympan_wire.sealed import Recipient

NOW = dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.UTC)


@attrs.define(eq=False)
class Signer:
    """Another agent."""

    agent: str
    identity: OwnKey
    recipient: bytes

    @classmethod
    def new(cls, name: str) -> Signer:
        return cls(f"agent-{name}", OwnKey.make(), Recipient.generate().public)

    @property
    def offered(self) -> AgentKey:
        """Its key, as somebody offers it."""
        return AgentKey(agent=self.agent, recipient=base64.b64encode(self.recipient).decode())

    @property
    def print(self) -> str:
        """Of its key."""
        return fingerprint(self.recipient)

    def rekey(self) -> None:
        """Has another key."""
        self.recipient = Recipient.generate().public

    def says(self, **other: Any) -> dict[str, Any]:
        """What an entry says of its keys."""
        said = {
            "agent": self.agent,
            "name": self.agent.removeprefix("agent-"),
            "identity": self.identity.public(),
            "recipient": self.offered.recipient,
            "proof": self.identity.recipient_proof(self.recipient),
        }
        return said | other


@attrs.define(eq=False)
class BookWriter:
    """Writes a book."""

    entries: list[KeyEntry] = attrs.field(factory=list)

    def add(self, event: KeyEvent, who: Signer, **other: Any) -> BookWriter:
        """One more entry."""
        last = self.entries[-1] if self.entries else None
        place = {
            "number": last.number + 1 if last else 1,
            "before": entry_digest(last) if last else BEFORE_FIRST,
            "at": NOW + dt.timedelta(minutes=len(self.entries)),
        }
        self.entries.append(KeyEntry(event=event, **(who.says(**place) | other)))
        return self

    def joined(self, *who: Signer, **other: Any) -> BookWriter:
        for one in who:
            self.add(KeyEvent.JOINED, one, **other)
        return self

    def changed(self, who: Signer, **other: Any) -> BookWriter:
        """It has another key, and says so."""
        who.rekey()
        return self.add(KeyEvent.CHANGED, who, **other)

    def confirmed(self, who: Signer, **other: Any) -> BookWriter:
        return self.add(KeyEvent.CONFIRMED, who, **other)

    def revoked(self, who: Signer, **other: Any) -> BookWriter:
        return self.add(KeyEvent.REVOKED, who, **other)

    def bound(self) -> BookWriter:
        """Binds the entries anew, as a hub does that changed one and wants nobody to see it."""
        before, entries = BEFORE_FIRST, []
        for number, entry in enumerate(self.entries, 1):
            entries.append(attrs.evolve(entry, number=number, before=before))
            before = entry_digest(entries[-1])
        return BookWriter(entries)

    def told(self, after: int = 0) -> Keys:
        """As the hub tells it."""
        return Keys(entries=tuple(self.entries[after:]), newest=len(self.entries))
