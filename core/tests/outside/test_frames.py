"""What goes over the pipe: whole whatever way it is cut, and nothing but an error when it is hostile."""

from __future__ import annotations

import contextlib
import datetime as dt
import struct
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from conformance_rig import FRONT, JOB
from hypothesis import given
from hypothesis import strategies as st

from tympan._errors import DocumentDamaged, NotFound, PluginFault
from tympan._events import Event, JobChanged, PrintersChanged
from tympan._outside import _codec
from tympan._outside._codec import BadValue
from tympan._outside._frames import BadFrame, Frame, Frames, Kind, encode
from tympan._outside._raised import Elsewhere, Raised
from tympan._ports import Go, Hold, LocalCaller, Outcome, SendAgain, Sighting
from tympan._states import JobState
from tympan._values import Claim, Job, Statistics

LIMIT = 1 << 20
HEADS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(min_size=2), HEADS, max_size=5), st.data())
def test_a_frame_comes_whole_however_it_is_cut(head: dict[str, Any], data: st.DataObject) -> None:
    wire = encode(Frame(Kind.CALL, head), LIMIT)
    cut = data.draw(st.integers(0, len(wire)))
    frames = Frames(LIMIT)
    assert [*frames.feed(wire[:cut]), *frames.feed(wire[cut:] + wire)] == [Frame(Kind.CALL, head)] * 2


def test_a_frame_comes_whole_byte_by_byte() -> None:
    frame = Frame(Kind.ANSWER, {"call": 1, "answer": [b"", b"\0\1", "x", {"deep": b"y" * 300}]})
    frames = Frames(LIMIT)
    assert [got for byte in encode(frame, LIMIT) for got in frames.feed(bytes([byte]))] == [frame]


def raw(head: bytes, tail: bytes = b"", kind: int = 1, sizes: tuple[int, int] | None = None) -> bytes:
    lengths = sizes or (len(head), len(tail))
    return struct.pack("!BII", kind, *lengths) + head + tail


@pytest.mark.parametrize(
    "hostile",
    [
        raw(b"{}", kind=9),
        raw(b"[]"),
        raw(b"nonsense"),
        raw(b"\xff\xfe"),
        raw(b"[" * 100_000),
        raw(b"9" * 5000),
        raw(b'{"a":{"\\u0000":5}}', b"abcd"),
        raw(b'{"a":{"\\u0000":-1}}', b"abcd"),
        raw(b'{"a":{"\\u0000":true}}', b"a"),
        raw(b'{"a":1}', b"left over"),
        raw(b"", sizes=(2**32 - 1, 2**32 - 1)),
        raw(b"", sizes=(0, LIMIT + 1)),
    ],
)
def test_a_hostile_frame_is_refused(hostile: bytes) -> None:
    with pytest.raises(BadFrame):
        list(Frames(LIMIT).feed(hostile))


@given(st.binary(max_size=200))
def test_any_bytes_give_frames_or_a_refusal(data: bytes) -> None:
    with contextlib.suppress(BadFrame):
        list(Frames(LIMIT).feed(data))


def test_what_is_too_large_is_not_sent() -> None:
    with pytest.raises(BadFrame, match="too large"):
        encode(Frame(Kind.CALL, {"a": bytes(LIMIT)}), LIMIT)
    with pytest.raises(TypeError):
        encode(Frame(Kind.CALL, {"a": object()}), LIMIT)


NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
FULL = attrs.evolve(
    JOB,
    ticket=b"\1\2",
    statistics=Statistics(format="application/pdf", pages=2, color_pages=(1, 2), sizes=("iso_a4_210x297mm",)),
    claim=Claim(route="raw", attempt=1, fence=2),  # type: ignore[arg-type]
    retry_at=NOW,
)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (FULL, Job),
        (None, Job | None),
        (FULL, Job | None),
        (Go(), Go | Hold),
        (Hold(reason="a", detail="b", until=NOW), Go | Hold),
        (SendAgain(why="x"), Outcome | SendAgain),
        (JobChanged(job=uuid.UUID(int=1), printer=FRONT.id, state=JobState.HELD), Event),
        (PrintersChanged(), Event),
        ((FULL, JOB), tuple[Job, ...]),
        (frozenset({LocalCaller.TOKEN}), frozenset[LocalCaller]),
        (Sighting(method="a", key="b", seen_at=NOW), Sighting),
        (Path("/x/y"), Path),
        (b"\0\xff", bytes | None),
        (1.5, float | None),
        ({"a": [1, "x", None]}, object),
    ],
)
def test_values_come_as_they_went(value: object, kind: Any) -> None:
    frames = Frames(LIMIT)
    [frame] = frames.feed(encode(Frame(Kind.ANSWER, {"it": _codec.encode(value, kind)}), LIMIT))
    assert _codec.decode(frame.head["it"], kind) == value
    assert _codec.obstacle(kind) == ""


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("1", int),
        (True, int),
        (1, str),
        (1, bool),
        ("text", bytes),
        ({"$": "Job"}, Go | Hold),
        ({"$": "os.system"}, Go | Hold),
        ({}, Go | Hold),
        ({"$": "Hold", "reason": 5, "detail": "x"}, Go | Hold),
        ({"$": "Hold", "reason": "x", "detail": "x", "until": "2026-01-02T00:00:00"}, Go | Hold),
        ({"$": "Go", "extra": 1}, Go | Hold),
        ("yes", Go | Hold),
        ([{}], tuple[Job, ...]),
        (5, tuple[str, ...]),
        ("not a time", dt.datetime),
        (5, dt.datetime),
        ("x", uuid.UUID),
        ("nobody", LocalCaller),
    ],
)
def test_a_value_of_another_type_is_refused(told: object, kind: Any) -> None:
    with pytest.raises(BadValue):
        _codec.decode(told, kind)


@pytest.mark.parametrize("kind", [Callable[[str], None], dict[str, Callable[[], None]], object() and type(Path)])
def test_what_is_no_value_says_so(kind: Any) -> None:
    assert "does not go over a pipe" in _codec.obstacle(kind)


def test_an_error_of_the_kernel_is_the_same_over_there() -> None:
    here, there = Raised(), Raised()
    error = there.heard(here.tell(NotFound("no such job", next_step="Look again.")))
    assert isinstance(error, NotFound)
    assert (error.cause, error.next_step) == ("no such job", "Look again.")


def test_an_error_that_comes_back_is_the_very_one() -> None:
    here, there = Raised(), Raised()
    mine = DocumentDamaged("it does not verify")
    heard = there.heard(here.tell(mine))
    wrapped = ValueError("it could not be sent")
    wrapped.__cause__ = heard
    back = here.heard(there.tell(wrapped))
    assert back.__cause__ is mine


def test_a_foreign_error_keeps_its_name_and_words() -> None:
    here, there = Raised(), Raised()
    heard = there.heard(here.tell(ZeroDivisionError("division by zero")))
    assert isinstance(heard, Elsewhere)
    assert (type(heard).__name__, str(heard)) == ("ZeroDivisionError", "division by zero")
    assert isinstance(there.heard(here.tell(PluginFault("x"))), PluginFault)


@pytest.mark.parametrize("told", [None, [], [5], [["a"]], [["a b\nc", "x", "", 1, None]], [["X", 1, 2, 3, 4]], "x"])
def test_an_error_without_words_is_one_all_the_same(told: object) -> None:
    assert isinstance(Raised().heard(told), Elsewhere)
