"""One entry of the key book, applied to what is known of its agent. Pure.

- An agent keeps its identity for ever; a key for envelopes is believed only with a signature of that identity, or where
  none was ever given and an administrator confirmed it.
- The first key is believed at first sight. One that changed is believed when the book confirms that very key; where
  this machine decides for itself, it is believed when somebody here accepted it.
- Behind a revocation nothing follows. Who was seen revoked is given nothing, also by a book that is read again.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib

import attrs

from tympan.plugin import KeyState
from tympan_transport_https._errors import BookBroken
from tympan_transport_https._limits import AGENT_CHARS, AGENT_NAME_CHARS, KEY_BYTES
from tympan_wire.hub import KeyEntry, KeyEvent
from tympan_wire.key_proofs import fingerprint, is_identity, proves


@attrs.frozen(kw_only=True)
class KnownKeys:
    """What is known of an agent.

    Attributes:
        agent: Its name at the hub.
        name: For people.
        number: Of its newest entry.
        since: When its newest key was written down.
        identity: SHA-256 of its P-256 key, hex.
        key: Fingerprint of its newest key for envelopes; "" for none.
        proved: Whether it signed that one.
        proves: Whether it ever signed one: a key without a signature is not its own any more.
        believed: Fingerprint of the key that is believed; "" for none.
        confirmed: Whether the book confirms the newest one.
        revoked: Whether it is shut out.
        shut: Whether a book that was followed before had it shut out.
        here_only: Whether nobody but a person at this machine may have another key believed.
    """

    agent: str
    name: str = ""
    number: int
    since: dt.datetime
    identity: str
    key: str = ""
    proved: bool = False
    proves: bool = False
    believed: str = ""
    confirmed: bool = False
    revoked: bool = False
    shut: bool = False
    here_only: bool = False

    @property
    def state(self) -> KeyState:
        """What this agent makes of it."""
        if self.revoked or self.shut:
            return KeyState.REVOKED
        if not self.key:
            return KeyState.NONE
        if self.key == self.believed:
            return KeyState.TRUSTED
        if self.believed:
            return KeyState.CHANGED
        return KeyState.NEW if self.proved or self.confirmed else KeyState.UNPROVED


@attrs.frozen(kw_only=True)
class _Keys:
    """The keys in an entry, as bytes."""

    identity: bytes
    recipient: bytes
    proof: bytes

    @property
    def key(self) -> str:
        return fingerprint(self.recipient) if self.recipient else ""


def applied(entry: KeyEntry, known: KnownKeys | None, *, here: bool) -> KnownKeys:
    """What is known of an agent after an entry about it.

    Args:
        entry: The next one of the book.
        known: What was known; None for an agent that was in no entry.
        here: Whether this machine decides for itself which keys are believed.

    Raises:
        BookBroken: No hub that is honest writes such an entry.
    """
    keys = _keys(entry)
    if keys.proof and not proves(keys.identity, keys.recipient, keys.proof):
        raise BookBroken(entry.number, f"the key of {_who(entry)} is not signed with its own")
    if entry.event is KeyEvent.JOINED:
        return _joined(entry, keys, known, here)
    if known is None or not known.number:
        raise BookBroken(entry.number, f"{_who(entry)} never joined")
    if known.revoked:
        raise BookBroken(entry.number, f"{_who(entry)} was revoked before")
    if known.identity != identity_of(keys.identity):
        raise BookBroken(entry.number, f"{_who(entry)} has another identity than before")
    return _followed(attrs.evolve(known, name=entry.name[:AGENT_NAME_CHARS], number=entry.number), entry, keys, here)


def identity_of(identity: bytes) -> str:
    """How an identity is remembered."""
    return hashlib.sha256(identity).hexdigest()


def _joined(entry: KeyEntry, keys: _Keys, known: KnownKeys | None, here: bool) -> KnownKeys:
    """One that joined; of a book that is read again, what was believed is kept."""
    if known is not None and known.number:
        raise BookBroken(entry.number, f"{_who(entry)} joined before")
    fresh = KnownKeys(
        agent=entry.agent,
        name=entry.name[:AGENT_NAME_CHARS],
        number=entry.number,
        since=entry.at,
        identity=identity_of(keys.identity),
        key=keys.key,
        proved=bool(keys.proof),
        proves=bool(keys.proof),
        shut=known is not None and known.shut,
    )
    if known is not None and known.believed:
        proves_too = fresh.proves or known.proves
        kept = attrs.evolve(fresh, believed=known.believed, proves=proves_too, here_only=True)
        return _settled(kept) if known.identity == fresh.identity else kept
    return _believed(fresh, here) if fresh.proved else fresh


def _followed(known: KnownKeys, entry: KeyEntry, keys: _Keys, here: bool) -> KnownKeys:
    if entry.event is KeyEvent.REVOKED:
        return attrs.evolve(known, revoked=True)
    if not keys.key:
        raise BookBroken(entry.number, f"there is no key of {_who(entry)} in it")
    if entry.event is KeyEvent.CONFIRMED:
        return _confirmed(known, entry, keys, here)
    changed = attrs.evolve(
        known, key=keys.key, since=entry.at, proved=bool(keys.proof), proves=known.proves or bool(keys.proof)
    )
    if entry.event is KeyEvent.CHANGED:
        return _settled(attrs.evolve(changed, confirmed=False))
    if not keys.proof or known.key not in {"", keys.key}:
        raise BookBroken(entry.number, f"it proves another key of {_who(entry)} than the one before")
    return _settled(changed if changed.believed else _believed(changed, here))


def _confirmed(known: KnownKeys, entry: KeyEntry, keys: _Keys, here: bool) -> KnownKeys:
    if keys.key != known.key:
        raise BookBroken(entry.number, f"it confirms another key of {_who(entry)} than the newest")
    confirmed = attrs.evolve(known, confirmed=True)
    signed = known.proved or not known.proves
    return _believed(confirmed, here) if signed else confirmed


def _believed(known: KnownKeys, here: bool) -> KnownKeys:
    return known if here or known.here_only else attrs.evolve(known, believed=known.key)


def _settled(known: KnownKeys) -> KnownKeys:
    """A book that was read again came to the key that was believed before: from now on it is followed as ever."""
    return attrs.evolve(known, here_only=known.here_only and known.key != known.believed)


def _keys(entry: KeyEntry) -> _Keys:
    if not 0 < len(entry.agent) <= AGENT_CHARS or not (entry.agent.isascii() and entry.agent.isprintable()):
        raise BookBroken(entry.number, "it names no agent")
    try:
        texts = (entry.identity, entry.recipient, entry.proof)
        identity, recipient, proof = (base64.b64decode(text, validate=True) for text in texts)
    except (binascii.Error, ValueError) as error:
        raise BookBroken(entry.number, f"the keys of {_who(entry)} cannot be read") from error
    if not is_identity(identity) or max(len(recipient), len(proof)) > KEY_BYTES:
        raise BookBroken(entry.number, f"the keys of {_who(entry)} are none")
    return _Keys(identity=identity, recipient=recipient, proof=proof)


def _who(entry: KeyEntry) -> str:
    return f"agent {entry.name or entry.agent!r:.80}" if entry.name.isprintable() else f"agent {entry.agent!r:.80}"
