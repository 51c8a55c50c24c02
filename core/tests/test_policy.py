"""Policy: merge by scope, strictness, expiry, failing closed, rollback, and signatures."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan._errors import BadPolicy
from tympan._home import Home
from tympan._ids import capability_key
from tympan._policy import WIDE_TO_NARROW, PolicyDocument, PolicyProblem, PolicySnapshot, Scope, Verdict
from tympan._policy_book import PolicyBook, PolicyFolder
from tympan._signing import open_policy, public_key_of, sign_policy
from tympan_wire.dsse import key_id

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
KEY = capability_key("discovery.bonjour")
SECRET = bytes(range(32))
TRUSTED = {key_id(public_key_of(SECRET)): public_key_of(SECRET)}


def document(
    scope: Scope, verdict: Verdict | None, *, name: str = "", number: int = 1, days: int | None = None
) -> PolicyDocument:
    rules: dict[str, Verdict] = {} if verdict is None else {KEY: verdict}
    ends = None if days is None else NOW + dt.timedelta(days=days)
    return PolicyDocument(
        scope=scope, name=name or scope.value, number=number, issued_at=NOW, expires_at=ends, rules=rules
    )


def decide(*documents: PolicyDocument, default: Verdict = Verdict.ON, essential: bool = False) -> tuple[bool, str]:
    decision = PolicySnapshot(documents=documents, now=NOW).decide(KEY, default=default, essential=essential)
    return decision.on, decision.document


def test_the_wider_scope_wins() -> None:
    assert decide(document(Scope.OWNER, Verdict.OFF), document(Scope.MACHINE, Verdict.ON)) == (False, "service-owner")
    assert decide(document(Scope.TENANT, Verdict.ON), document(Scope.USER, Verdict.OFF)) == (True, "tenant")


def test_user_leaves_the_choice_to_narrower_scopes() -> None:
    assert decide(document(Scope.OWNER, Verdict.USER), document(Scope.USER, Verdict.OFF)) == (False, "user")


def test_the_stricter_value_wins_within_a_scope() -> None:
    groups = [document(Scope.GROUP, verdict, name=verdict.value) for verdict in (Verdict.USER, Verdict.ON, Verdict.OFF)]
    assert decide(*groups) == (False, "off")
    assert decide(*groups[:2], default=Verdict.OFF) == (True, "on")


def test_the_default_holds_when_nobody_decides() -> None:
    assert decide(default=Verdict.OFF) == (False, "")
    assert decide(document(Scope.OWNER, Verdict.USER), default=Verdict.USER) == (True, "")


def test_an_expired_document_keeps_what_is_needed_to_print_and_turns_the_rest_off() -> None:
    expired = document(Scope.TENANT, Verdict.ON, days=-1)
    assert decide(expired) == (False, "tenant")
    assert decide(expired, essential=True) == (True, "tenant")
    assert decide(document(Scope.TENANT, None, days=-1)) == (False, "tenant")
    assert decide(document(Scope.TENANT, Verdict.OFF, days=-1), essential=True) == (False, "tenant")


def test_a_scope_that_cannot_be_read_is_off_with_the_reason() -> None:
    problem = PolicyProblem(scope=Scope.TENANT, name="tenant", reason="no trusted key has signed it")
    snapshot = PolicySnapshot(documents=(document(Scope.MACHINE, Verdict.ON),), problems=(problem,), now=NOW)
    decision = snapshot.decide(KEY, default=Verdict.ON)
    assert not decision.on
    assert "no trusted key has signed it" in decision.reason


@given(st.lists(st.tuples(st.sampled_from(list(Scope)), st.sampled_from(list(Verdict))), max_size=8))
def test_an_off_of_the_widest_scope_that_decides_is_never_overruled(said: list[tuple[Scope, Verdict]]) -> None:
    documents = [document(scope, verdict, name=f"{scope.value}{n}") for n, (scope, verdict) in enumerate(said)]
    on, _ = decide(*documents)
    for scope in WIDE_TO_NARROW:
        verdicts = {verdict for where, verdict in said if where is scope} - {Verdict.USER}
        if verdicts:
            assert on == (Verdict.OFF not in verdicts)
            return
    assert on


def test_a_signed_document_opens_as_it_was() -> None:
    made = document(Scope.MACHINE, Verdict.OFF, number=7, days=3)
    assert open_policy(sign_policy(made, SECRET), TRUSTED) == made


def test_a_document_put_together_from_several_names_who_decides_each_rule() -> None:
    made = attrs.evolve(document(Scope.GROUP, Verdict.OFF, name="agent-1"), origins={KEY: "Sales"})
    opened = open_policy(sign_policy(made, SECRET), TRUSTED)
    assert opened == made
    decision = PolicySnapshot(documents=(opened,), now=NOW).decide(KEY, default=Verdict.ON)
    assert (decision.document, decision.reason) == ("Sales", "the group policy 'Sales' number 1 says off")


@given(st.integers(0, 2000), st.integers(1, 255))
def test_a_flipped_bit_never_opens_as_something_else(place: int, mask: int) -> None:
    made = document(Scope.MACHINE, Verdict.OFF)
    envelope = bytearray(sign_policy(made, SECRET))
    envelope[place % len(envelope)] ^= mask
    try:
        assert open_policy(bytes(envelope), TRUSTED) == made
    except BadPolicy as error:
        assert error.cause


def test_a_signature_over_the_bare_payload_is_refused() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    envelope = json.loads(sign_policy(document(Scope.MACHINE, Verdict.ON), SECRET))
    import base64

    bare = Ed25519PrivateKey.from_private_bytes(SECRET).sign(base64.b64decode(envelope["payload"]))
    envelope["signatures"][0]["sig"] = base64.b64encode(bare).decode()
    with pytest.raises(BadPolicy, match="no trusted key"):
        open_policy(json.dumps(envelope).encode(), TRUSTED)


def test_another_key_is_refused() -> None:
    with pytest.raises(BadPolicy, match="no trusted key"):
        open_policy(sign_policy(document(Scope.MACHINE, Verdict.ON), os.urandom(32)), TRUSTED)


@pytest.mark.parametrize(
    "junk", [b"", b"{}", b"[1]", b"null", b'{"payloadType":1,"payload":"","signatures":[]}', b"[" * 100_000]
)
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(BadPolicy):
        open_policy(junk, TRUSTED)


def book_of(tmp_path: Path, **files: bytes) -> tuple[PolicyBook, PolicyFolder]:
    home = Home(tmp_path)
    home.policy.mkdir()
    for name, envelope in files.items():
        (home.policy / f"{name}.json").write_bytes(envelope)
    book = PolicyBook(TRUSTED, lambda: NOW)
    book.take(PolicyFolder(home).read())
    return book, PolicyFolder(home)


def test_an_older_number_is_refused_and_the_newer_document_stays(tmp_path: Path) -> None:
    newer, older = document(Scope.MACHINE, Verdict.OFF, number=5), document(Scope.MACHINE, Verdict.ON, number=4)
    book, folder = book_of(tmp_path, machine=sign_policy(newer, SECRET))
    (tmp_path / "policy" / "machine.json").write_bytes(sign_policy(older, SECRET))
    assert not book.take(folder.read()) or book.snapshot.problems
    assert not book.decide(KEY, default=Verdict.ON).on
    assert "not newer" in book.snapshot.problems[0].reason


def test_the_same_number_with_other_content_is_refused(tmp_path: Path) -> None:
    first, second = document(Scope.MACHINE, Verdict.OFF, number=5), document(Scope.MACHINE, Verdict.ON, number=5)
    book, folder = book_of(tmp_path, machine=sign_policy(first, SECRET))
    (tmp_path / "policy" / "machine.json").write_bytes(sign_policy(second, SECRET))
    book.take(folder.read())
    assert not book.decide(KEY, default=Verdict.ON).on


def test_a_restart_does_not_forget_the_number(tmp_path: Path) -> None:
    book, folder = book_of(tmp_path, machine=sign_policy(document(Scope.MACHINE, Verdict.OFF, number=5), SECRET))
    later = PolicyBook(TRUSTED, lambda: NOW)
    later.remember(book.accepted())
    (tmp_path / "policy" / "machine.json").write_bytes(
        sign_policy(document(Scope.MACHINE, Verdict.ON, number=4), SECRET)
    )
    later.take(folder.read())
    assert not later.decide(KEY, default=Verdict.ON).on


def test_a_document_under_another_scope_s_name_is_refused(tmp_path: Path) -> None:
    envelope = sign_policy(document(Scope.MACHINE, Verdict.ON), SECRET)
    book, _ = book_of(tmp_path, **{"service-owner": envelope})
    decision = book.decide(KEY, default=Verdict.ON)
    assert (decision.on, decision.scope) == (False, Scope.OWNER)


def test_a_document_named_after_no_scope_closes_the_machine(tmp_path: Path) -> None:
    book, _ = book_of(tmp_path, everybody=b"{}")
    assert not book.decide(KEY, default=Verdict.ON).on


def test_time_passing_ends_a_document() -> None:
    snapshot = PolicySnapshot(documents=(document(Scope.TENANT, Verdict.ON, days=1),), now=NOW)
    assert snapshot.next_change() == NOW + dt.timedelta(days=1)
    assert snapshot.decide(KEY, default=Verdict.OFF).on
    later = attrs.evolve(snapshot, now=NOW + dt.timedelta(days=1))
    assert not later.decide(KEY, default=Verdict.OFF).on


def test_removing_a_document_s_file_does_not_undo_it_and_is_shown(tmp_path: Path) -> None:
    book, folder = book_of(tmp_path, machine=sign_policy(document(Scope.MACHINE, Verdict.OFF, number=5), SECRET))
    (tmp_path / "policy" / "machine.json").unlink()
    book.take(folder.read())
    assert not book.decide(KEY, default=Verdict.ON).on
    assert "its file is gone" in book.snapshot.problems[0].reason
    (tmp_path / "policy" / "machine.json").write_bytes(
        sign_policy(document(Scope.MACHINE, Verdict.ON, number=6), SECRET)
    )
    book.take(folder.read())
    assert book.decide(KEY, default=Verdict.OFF).on
    assert book.snapshot.problems == ()


def test_a_look_that_finds_nothing_new_says_so_whatever_the_time(tmp_path: Path) -> None:
    ticks = itertools.count()
    book = PolicyBook({}, lambda: NOW + dt.timedelta(seconds=next(ticks)))
    folder = PolicyFolder(Home(tmp_path))
    assert not book.take(folder.read())
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "machine.json").write_bytes(b"junk")
    assert book.take(folder.read())
    assert not book.take(folder.read())
