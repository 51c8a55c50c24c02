"""The key book is followed as far as it fits, and no further: each attack of a hub on it is refused by name."""

from __future__ import annotations

import base64
import itertools
from typing import Any

import attrs
import pytest
from key_rig import BookWriter, Signer

from tympan.plugin import KeyState
from tympan_transport_https import _key_book
from tympan_transport_https._agent_key import AgentKey
from tympan_transport_https._errors import BookBroken
from tympan_transport_https._key_book import Head, KeyBook
from tympan_transport_https._key_entries import identity_of
from tympan_wire.hub import KeyEvent, Keys
from tympan_wire.key_proofs import fingerprint

OWN = identity_of(b"this agent's own")


@pytest.fixture
def ada() -> Signer:
    return Signer.new("ada")


@pytest.fixture
def ben() -> Signer:
    return Signer.new("ben")


def followed(writer: BookWriter, book: KeyBook | None = None, *, here: bool = False, own: str = OWN) -> KeyBook:
    book = book or KeyBook(head=Head(owner="agent-own"))
    assert not book.follow(writer.told(book.head.after), own_identity=own, here=here)
    return book


def refused(writer: BookWriter, book: KeyBook | None = None) -> str:
    book = book or KeyBook(head=Head(owner="agent-own"))
    with pytest.raises(BookBroken) as error:
        book.follow(writer.told(book.head.after), own_identity=OWN, here=False)
    assert "tympan keys reread" in error.value.next_step
    return error.value.sentence


def names_of_one_value(count: int) -> list[str]:
    """Names of agents that are kept together."""
    named = (f"agent-{number}" for number in itertools.count())
    return list(itertools.islice((name for name in named if _key_book.bucket_of(name) == 0), count))


def state(book: KeyBook, who: Signer) -> KeyState:
    return book.agents[who.agent].state


# ---------------------------------------------------------------------- what an honest hub writes


def test_the_first_key_seen_is_believed_when_its_proof_holds(ada: Signer) -> None:
    book = followed(BookWriter().joined(ada))
    assert book.believes(ada.agent, ada.print)
    assert not book.believes(ada.agent, fingerprint(b"another"))


def test_a_book_is_followed_in_parts_and_from_where_it_was_left(ada: Signer, ben: Signer) -> None:
    writer = BookWriter().joined(ada)
    book = followed(writer)
    followed(writer, book)
    followed(writer.joined(ben), book)
    assert (book.head.number, book.believes(ben.agent, ben.print)) == (2, True)
    part = Keys(entries=tuple(writer.entries[:1]), newest=2)
    assert KeyBook().follow(part, own_identity=OWN, here=False), "there is more to ask for"


def test_a_changed_key_is_not_believed_without_confirmation_and_neither_is_the_old_one(ada: Signer) -> None:
    writer, old = BookWriter().joined(ada), ada.print
    book = followed(writer.changed(ada))
    assert state(book, ada) is KeyState.CHANGED
    assert not book.believes(ada.agent, ada.print)
    assert not book.believes(ada.agent, old)
    followed(writer.confirmed(ada), book)
    assert book.believes(ada.agent, ada.print)


def test_a_revoked_agent_as_reader_gets_nothing(ada: Signer) -> None:
    book = followed(BookWriter().joined(ada).revoked(ada))
    assert state(book, ada) is KeyState.REVOKED
    assert not book.believes(ada.agent, ada.print)


def test_an_agent_of_an_earlier_release_is_believed_once_it_proved_its_key_or_somebody_confirmed_it(
    ada: Signer, ben: Signer
) -> None:
    writer = BookWriter().joined(ada, ben, proof="")
    book = followed(writer)
    assert {state(book, ada), state(book, ben)} == {KeyState.UNPROVED}
    followed(writer.add(KeyEvent.PROVED, ada).confirmed(ben, proof=""), book)
    assert {state(book, ada), state(book, ben)} == {KeyState.TRUSTED}


def test_an_agent_without_a_key_is_believed_with_the_first_one_it_proves(ada: Signer) -> None:
    writer = BookWriter().joined(ada, recipient="", proof="")
    book = followed(writer)
    assert state(book, ada) is KeyState.NONE
    followed(writer.add(KeyEvent.PROVED, ada), book)
    assert state(book, ada) is KeyState.TRUSTED


def test_where_this_machine_decides_new_and_changed_keys_wait_for_it(ada: Signer) -> None:
    writer = BookWriter().joined(ada)
    book = followed(writer, here=True)
    assert state(book, ada) is KeyState.NEW
    book.believe(ada.agent)
    followed(writer.changed(ada).confirmed(ada), book, here=True)
    assert state(book, ada) is KeyState.CHANGED, "what the hub confirms counts for nothing here"
    book.believe(ada.agent)
    assert book.believes(ada.agent, ada.print)


# ---------------------------------------------------------------------- attacks on the chain


def test_a_rewritten_entry_is_refused(ada: Signer, ben: Signer) -> None:
    writer = BookWriter().joined(ada, ben)
    book = followed(writer)
    writer.entries[1] = attrs.evolve(writer.entries[1], name="somebody else")
    assert "another one than this agent saw" in refused(writer, book)


def test_an_entry_rewritten_long_ago_is_refused_however_well_the_rest_is_bound_anew(ada: Signer, ben: Signer) -> None:
    writer = BookWriter().joined(ada, ben)
    book = followed(writer)
    swapped = Signer(ada.agent, AgentKey.make(), ada.recipient)
    writer.entries[0] = attrs.evolve(writer.entries[0], **swapped.says())
    assert "another one than this agent saw" in refused(writer.bound(), book)


def test_an_entry_rewritten_without_binding_the_rest_anew_is_refused_by_who_comes_later(
    ada: Signer, ben: Signer
) -> None:
    writer = BookWriter().joined(ada, ben)
    writer.entries[0] = attrs.evolve(writer.entries[0], by="somebody else")
    assert "entry 2" in refused(writer)


def test_a_removed_entry_is_refused(ada: Signer, ben: Signer) -> None:
    writer = BookWriter().joined(ada, ben).changed(ada)
    del writer.entries[1]
    assert "entry 2: it is left out" in refused(writer)


def test_a_removed_entry_is_refused_when_the_rest_is_bound_anew_too(ada: Signer, ben: Signer) -> None:
    writer = BookWriter().joined(ada, ben).revoked(ada)
    book = followed(writer)
    del writer.entries[2]
    assert "another one than this agent saw" in refused(writer.joined(Signer.new("eve")).bound(), book)


def test_a_forked_book_is_refused(ada: Signer, ben: Signer) -> None:
    common = BookWriter().joined(ada)
    one, other = BookWriter([*common.entries]).joined(ben), BookWriter([*common.entries]).joined(Signer.new("eve"))
    book = followed(one)
    assert "another one than this agent saw" in refused(other, book)
    assert "another one than this agent saw" in refused(other.joined(Signer.new("mallory")), book)


def test_a_replayed_old_book_is_refused(ada: Signer, ben: Signer) -> None:
    writer = BookWriter().joined(ada)
    old = BookWriter([*writer.entries])
    book = followed(writer.joined(ben).revoked(ada))
    assert "not there any more" in refused(old, book)
    assert "not there any more" in refused(BookWriter(), book)


def test_entries_out_of_their_order_are_refused(ada: Signer, ben: Signer) -> None:
    writer = BookWriter().joined(ada, ben)
    assert "left out" in refused(BookWriter(writer.entries[::-1]))


def test_a_hub_that_says_there_is_less_than_it_said_is_refused(ada: Signer, ben: Signer) -> None:
    writer = BookWriter().joined(ada, ben)
    book = followed(writer)
    with pytest.raises(BookBroken):
        book.follow(attrs.evolve(writer.told(1), newest=1), own_identity=OWN, here=False)


# ---------------------------------------------------------------------- attacks on keys


@pytest.mark.parametrize("event", [KeyEvent.CHANGED, KeyEvent.PROVED, KeyEvent.CONFIRMED])
def test_a_swapped_recipient_key_with_a_wrong_proof_is_refused(event: KeyEvent, ada: Signer) -> None:
    """The entry looks well: the right agent, the right identity, a signature; it is the hub's."""
    writer, eve = BookWriter().joined(ada), Signer.new("eve")
    forged = {"recipient": eve.offered.recipient, "proof": eve.identity.recipient_proof(eve.recipient)}
    book = followed(writer)
    assert "not signed with its own" in refused(writer.add(event, ada, **forged), book)
    assert book.believes(ada.agent, ada.print), "who was believed still is"


def test_a_first_key_with_a_wrong_proof_is_refused(ada: Signer, ben: Signer) -> None:
    assert "not signed with its own" in refused(BookWriter().joined(ada, proof=ben.says()["proof"]))


def test_a_swapped_key_without_proof_is_never_believed_of_who_proved_one_before(ada: Signer) -> None:
    """Not even when the hub says that an administrator confirmed it."""
    writer, eve = BookWriter().joined(ada), Signer.new("eve")
    forged = {"recipient": eve.offered.recipient, "proof": ""}
    book = followed(writer.add(KeyEvent.CHANGED, ada, **forged).confirmed(ada, **forged))
    assert state(book, ada) is KeyState.CHANGED
    assert not book.believes(ada.agent, eve.print)


def test_a_confirmation_for_another_key_is_refused(ada: Signer) -> None:
    writer, other = BookWriter().joined(ada).changed(ada), Signer(ada.agent, ada.identity, ada.recipient)
    other.rekey()
    book = followed(writer)
    assert "confirms another key" in refused(writer.confirmed(other), book)
    assert state(book, ada) is KeyState.CHANGED


def test_another_identity_under_a_known_name_is_refused(ada: Signer) -> None:
    impostor = Signer.new("ada")
    for event in (KeyEvent.CHANGED, KeyEvent.CONFIRMED, KeyEvent.REVOKED, KeyEvent.PROVED):
        assert "another identity" in refused(BookWriter().joined(ada).add(event, impostor))
    assert "joined before" in refused(BookWriter().joined(ada, impostor))


def test_who_was_revoked_does_not_come_back(ada: Signer) -> None:
    for event in (KeyEvent.CONFIRMED, KeyEvent.PROVED, KeyEvent.CHANGED):
        assert "revoked before" in refused(BookWriter().joined(ada).revoked(ada).add(event, ada))
    assert "joined before" in refused(BookWriter().joined(ada).revoked(ada).joined(ada))


def test_who_never_joined_has_no_entry(ada: Signer) -> None:
    assert "never joined" in refused(BookWriter().confirmed(ada))


def test_a_proof_of_another_key_than_the_one_there_was_is_refused(ada: Signer) -> None:
    writer = BookWriter().joined(ada)
    ada.rekey()
    assert "proves another key" in refused(writer.add(KeyEvent.PROVED, ada))
    assert "proves another key" in refused(BookWriter().joined(ada).add(KeyEvent.PROVED, ada, proof=""))


def test_another_identity_for_this_very_agent_is_refused() -> None:
    own = Signer.new("own")
    assert "this very agent" in refused(BookWriter().joined(own))
    followed(BookWriter().joined(own), own=identity_of(base64.b64decode(own.identity.public())))


@pytest.mark.parametrize(
    "wrong",
    [
        {"identity": "!"},
        {"identity": ""},
        {"identity": "aWQ="},
        {"recipient": "\u00e9"},
        {"recipient": "A" * 8000, "proof": ""},
        {"proof": "A" * 8000},
        {"agent": ""},
        {"agent": "a" * 65},
        {"agent": "agent-\u202eada"},
        {"agent": "agent-\x1b[2K"},
    ],
    ids=str,
)
def test_keys_that_are_none_are_refused(wrong: dict[str, Any], ada: Signer) -> None:
    refused(BookWriter().joined(ada, **wrong))


@pytest.mark.parametrize("event", [KeyEvent.CHANGED, KeyEvent.CONFIRMED, KeyEvent.PROVED])
def test_an_entry_about_a_key_has_one(event: KeyEvent, ada: Signer) -> None:
    assert "no key" in refused(BookWriter().joined(ada).add(event, ada, recipient="", proof=""))


def test_agents_beyond_the_limit_are_not_believed_and_the_book_is_followed_on(
    ada: Signer, ben: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_key_book, "AGENTS", 1)
    book = followed(BookWriter().joined(ada, ben).changed(ben).revoked(ada))
    assert (book.head.number, set(book.agents)) == (4, {ada.agent})


def test_a_hub_that_crowds_agents_into_one_value_is_followed_and_those_beyond_it_are_not_believed(
    ada: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_key_book, "BUCKET_AGENTS", 2)
    crowd = [Signer(name, ada.identity, ada.recipient) for name in names_of_one_value(4)]
    book = followed(BookWriter().joined(*crowd, ada))
    assert (book.head.number, set(book.agents)) == (5, {crowd[0].agent, crowd[1].agent, ada.agent})


# ---------------------------------------------------------------------- reading it again


def test_a_book_that_is_read_again_gives_nobody_another_key_than_was_believed(ada: Signer, ben: Signer) -> None:
    """A hub that forges all of it, confirmations too, gains nothing: a person here decides."""
    book = followed(BookWriter().joined(ada, ben)).again()
    impostor = Signer.new("ada")
    forged = BookWriter().joined(impostor).changed(impostor).confirmed(impostor).joined(ben)
    followed(forged, book)
    assert state(book, ada) is KeyState.CHANGED
    assert book.believes(ben.agent, ben.print)
    book.believe(ada.agent)
    assert book.believes(ada.agent, impostor.print)


def test_a_book_that_is_read_again_and_is_the_same_is_followed_as_ever(ada: Signer) -> None:
    writer = BookWriter().joined(ada).changed(ada).confirmed(ada)
    book = followed(writer).again()
    followed(writer, book)
    assert book.believes(ada.agent, ada.print)
    followed(writer.changed(ada).confirmed(ada), book)
    assert book.believes(ada.agent, ada.print), "and later confirmations count again"


def test_whoever_stands_no_more_in_a_book_that_is_read_again_is_forgotten(ada: Signer, ben: Signer) -> None:
    book = followed(BookWriter().joined(ada, ben)).again()
    followed(BookWriter().joined(ada), book)
    book.forget_absent()
    assert set(book.agents) == {ada.agent}


def test_who_was_seen_revoked_stays_so_in_a_book_that_is_read_again(ada: Signer, ben: Signer) -> None:
    """The hub was restored from a backup that is older than the revocation, or says so."""
    whole = BookWriter().joined(ada, ben)
    older = BookWriter([*whole.entries])
    book = followed(whole.revoked(ada)).again()
    followed(older, book)
    book.forget_absent()
    assert (state(book, ada), state(book, ben)) == (KeyState.REVOKED, KeyState.TRUSTED)
    book = book.again()
    followed(older.changed(ada).confirmed(ada), book)
    assert state(book, ada) is KeyState.REVOKED
    followed(older.revoked(ada), book)
    assert state(book, ada) is KeyState.REVOKED, "and an honest hub may revoke it once more"


def test_who_was_seen_revoked_and_is_left_out_of_a_book_that_is_read_again_does_not_come_back(
    ada: Signer, ben: Signer
) -> None:
    book = followed(BookWriter().joined(ada).revoked(ada)).again()
    without = BookWriter().joined(ben)
    followed(without, book)
    book.forget_absent()
    followed(without.joined(ada), book)
    assert state(book, ada) is KeyState.REVOKED


def test_an_entry_of_a_book_that_is_read_again_needs_one_that_joined(ada: Signer) -> None:
    book = followed(BookWriter().joined(ada)).again()
    assert "never joined" in refused(BookWriter().confirmed(ada), book)
