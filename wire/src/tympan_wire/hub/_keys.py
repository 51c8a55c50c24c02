"""The key book of a tenant: which agents there are, with which keys; each entry names the one before it by its digest.

- Entries are only ever added. Who kept the digest of the newest one it saw finds out when an older one was changed.
- An agent's key for envelopes is signed with the agent's own key, so a hub cannot give an agent another one silently.
- What a hub can do is add an agent of its own: that is an entry everybody sees.
- An agent has one identity for ever; one that is enrolled anew is another agent. Behind `REVOKED` nothing follows.
"""

import datetime as dt
import hashlib
import json
from enum import StrEnum
from typing import Final

from attrs import frozen

BEFORE_FIRST: Final = "0" * 64
"""What the first entry names."""


class KeyEvent(StrEnum):
    """What happened to an agent's keys."""

    JOINED = "joined"
    """The agent was enrolled with them."""
    PROVED = "proved"
    """It signed the key it had, or its first one: an agent of an earlier release that was updated."""
    CHANGED = "changed"
    """It has others; nobody believes them yet."""
    CONFIRMED = "confirmed"
    """An administrator confirmed the change."""
    REVOKED = "revoked"
    """The agent is shut out; its keys are good for nothing."""


@frozen(kw_only=True)
class KeyEntry:
    """One entry.

    Attributes:
        number: 1 for the first one, then one more each.
        at: When.
        event: What happened.
        agent: To which agent.
        name: Of the agent, for people.
        identity: Its P-256 key, SubjectPublicKeyInfo in DER, base64.
        recipient: Its key for envelopes (`tympan_wire.sealed.Recipient.public`), base64; "" while it has none.
        proof: Signature with `identity` of `key_statement` (ECDSA with SHA-256, DER), base64; "" from an agent of an
            earlier release, which is given no envelopes before an administrator confirmed it.
        by: Who did it, for people.
        before: SHA-256 of the entry before it (`entry_digest`), hex; 64 zeros for the first one.
    """

    number: int
    at: dt.datetime
    event: KeyEvent
    agent: str
    name: str = ""
    identity: str
    recipient: str = ""
    proof: str = ""
    by: str = ""
    before: str


@frozen(kw_only=True)
class KeysRequest:
    """Asks for the entries behind this number."""

    after: int = 0


@frozen(kw_only=True)
class Keys:
    """Entries, oldest first.

    Attributes:
        entries: Some of those that were asked for, in order without a gap.
        newest: The number of the newest one there is.
    """

    entries: tuple[KeyEntry, ...] = ()
    newest: int = 0


def key_statement(recipient: bytes) -> bytes:
    """What an agent signs with its own key, so that its key for envelopes can be told from one a hub made up.

    Args:
        recipient: Its key for envelopes, as it is (`tympan_wire.sealed.Recipient.public`).
    """
    return b"tympan key for envelopes\0" + recipient


def entry_digest(entry: KeyEntry) -> str:
    """SHA-256 of an entry, hex: what the next one names it by.

    Its fields stand as texts in a JSON array, in the order of the class, ASCII and without spaces; the moment in UTC
    with microseconds. What a later release adds to entries changes no digest of those there are.
    """
    at = entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    keys = (entry.identity, entry.recipient, entry.proof)
    said = (str(entry.number), at, entry.event.value, entry.agent, entry.name, *keys, entry.by, entry.before)
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()
