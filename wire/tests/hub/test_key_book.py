"""The digest of an entry is for ever: somebody pinned it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest

from tympan_wire.hub import BEFORE_FIRST, KeyEntry, KeyEvent, decode, encode, entry_digest, key_statement

ENTRY = KeyEntry(
    number=7,
    at=dt.datetime(2026, 3, 1, 9, 0, 0, 250_000, tzinfo=dt.UTC),
    event=KeyEvent.JOINED,
    agent="0f3c2a81" * 4,
    name="B\u00fcro S\u00fcd \U0001f5a8",
    identity="aWQ=",
    recipient="a2V5",
    proof="c2ln",
    by="ada@acme.example",
    before=BEFORE_FIRST,
)


def test_the_digest_of_an_entry_is_what_it_was_in_the_release_that_began_the_book() -> None:
    assert entry_digest(ENTRY) == "83f93c8396e62e2f98ee53bc8dc4183dea51a2ddbea66bbb358f720e0092d0f6"


def test_an_entry_has_the_same_digest_after_it_travelled_and_in_every_zone() -> None:
    assert entry_digest(decode(KeyEntry, encode(ENTRY))) == entry_digest(ENTRY)
    tokyo = ENTRY.at.astimezone(dt.timezone(dt.timedelta(hours=9)))
    assert entry_digest(attrs.evolve(ENTRY, at=tokyo)) == entry_digest(ENTRY)


@pytest.mark.parametrize(
    "other",
    [
        {"number": 8},
        {"at": dt.datetime(2026, 3, 1, 9, 0, 0, 250_001, tzinfo=dt.UTC)},
        {"event": KeyEvent.CHANGED},
        {"agent": "0"},
        {"name": ""},
        {"identity": "aWU="},
        {"recipient": "a2V6"},
        {"proof": ""},
        {"by": ""},
        {"before": "1" * 64},
        {"name": "B", "by": "\u00fcro"},
    ],
    ids=str,
)
def test_whatever_is_changed_in_an_entry_changes_its_digest(other: dict[str, Any]) -> None:
    assert entry_digest(attrs.evolve(ENTRY, **other)) != entry_digest(ENTRY)


def test_the_statement_names_what_it_is_for() -> None:
    assert key_statement(b"key") == b"tympan key for envelopes\x00key"
