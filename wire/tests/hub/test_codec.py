"""The codec of agent–hub messages: what goes out comes back, and nothing is bent into shape."""

import datetime as dt
import json
from typing import Any, get_args, get_origin
from uuid import UUID

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tympan_wire.hub import (
    LIST_ITEMS,
    MESSAGE_BYTES,
    SHAPES,
    TEXT_CHARS,
    AgentReport,
    Command,
    Delivery,
    Desired,
    Finding,
    HubMessageError,
    JobReport,
    News,
    Order,
    PrinterWanted,
    Problem,
    ReportBatch,
    UnknownFinding,
    UnknownNews,
    UnknownOrder,
    decode,
    encode,
)

UNKNOWN = {UnknownOrder, UnknownFinding, UnknownNews}
UNIONS = (Order, Finding, News)
MESSAGES = sorted({kind for shape in SHAPES.values() for kind in (shape.request, shape.answer)} | {Problem}, key=str)
MOMENT = "2026-01-01T00:00:00+00:00"
COMMAND = {
    "id": str(UUID(int=1)),
    "fence": 1,
    "expires_at": MOMENT,
    "order": {"kind": "install-queue", "printer": "lobby"},
}
PRINTER = {"id": "lobby", "name": "Lobby", "uri": "ipp://printer.example/ipp/print"}


PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    int: st.integers(),
    bool: st.booleans(),
    type(None): st.none(),
    UUID: st.uuids(),
    dt.datetime: st.datetimes(timezones=st.just(dt.UTC)),
}


def values(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Values of a class, every field drawn from its type."""
    known = {field.name: drawn(field.type) for field in attrs.fields(attrs.resolve_types(kind)) if field.type}
    return st.builds(kind, **known)


def drawn(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type."""
    plain = {
        str: st.text(max_size=20),
        int: st.integers(),
        bool: st.booleans(),
        type(None): st.none(),
        UUID: st.uuids(),
    }
    if kind in plain:
        return plain[kind]
    if kind is dt.datetime:
        return st.datetimes(timezones=st.just(dt.UTC))
    if attrs.has(kind):
        return values(kind)
    if get_origin(kind) is tuple:
        return st.lists(drawn(get_args(kind)[0]), max_size=3).map(tuple)
    if get_args(kind):
        return st.one_of(*(drawn(part) for part in get_args(kind) if part not in UNKNOWN))
    return st.sampled_from(kind)


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
@settings(max_examples=40)  # of each: together they are thousands, and most fields are the same kinds
@given(data=st.data())
def test_every_message_comes_back_as_it_went(kind: type[Any], data: st.DataObject) -> None:
    message = data.draw(values(kind))
    assert decode(kind, encode(message)) == message


@pytest.mark.parametrize("news", get_args(News), ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_line_of_the_stream_comes_back_as_it_went(news: type[Any], data: st.DataObject) -> None:
    line = data.draw(values(news)) if news is not UnknownNews else UnknownNews(name="weather")
    assert decode(News, encode(line, News)) == line  # type: ignore[arg-type]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_fault_with_a_name(data: bytes) -> None:
    for kind in MESSAGES:
        try:
            decode(kind, data)
        except HubMessageError as error:
            assert error.faults and all(error.faults)


FIELDS = st.sampled_from(["reports", "id", "at", "finding", "kind", "job", "edition", "printers", "commands"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(FIELDS, below),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_a_message_or_a_fault_with_a_name(table: Any) -> None:
    for kind in (ReportBatch, Desired):
        try:
            decode(kind, json.dumps(table).encode())
        except HubMessageError as error:
            assert error.faults and all(error.faults)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("edition", 5, "not a text @ .*edition"),
        ("edition", "x" * (TEXT_CHARS + 1), "longer than"),
        ("unchanged", 1, "not true or false @ .*unchanged"),
        ("printers", [PRINTER | {"name": None}], r"not a text @ .*printers\[0\].name"),
        ("printers", [{"id": "lobby"}], r"required field missing @ .*printers\[0\].name"),
        ("printers", [PRINTER | {"delivery": "catapult"}], "catapult' is none of push, pull"),
        ("printers", ["lobby"], "not an object"),
        ("printers", [PRINTER] * (LIST_ITEMS + 1), "longer than"),
        ("commands", [COMMAND | {"id": "1"}], r"commands\[0\].id"),
        ("commands", [{"fence": 1.5}], "whole number|required"),
        ("policies", "abc", "not a list @ .*policies"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: Any, fault: str) -> None:
    with pytest.raises(HubMessageError, match=fault):
        decode(Desired, json.dumps({"edition": "1", field: value}).encode())


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "not JSON"),
        (b"\xff{}", "not JSON"),
        (b"[]", "not an object"),
        (b'{"edition": NaN}', "not JSON"),
        (b"[" * 100_000, "not JSON|nested"),
        (b'{"a":' * 20 + b"1" + b"}" * 20, "nested deeper"),
        (b" " * (MESSAGE_BYTES + 1), "more than"),
    ],
    ids=["empty", "no text", "list", "nan", "abyss", "deep", "long"],
)
def test_bytes_that_are_no_message(data: bytes, fault: str) -> None:
    with pytest.raises(HubMessageError, match=fault):
        decode(Desired, data)


def test_a_time_has_a_zone_and_is_told_in_utc() -> None:
    with pytest.raises(HubMessageError, match="without a zone"):
        decode(Command, json.dumps(COMMAND | {"expires_at": "2026-01-01T00:00:00"}).encode())
    read = decode(Command, json.dumps(COMMAND | {"expires_at": "2026-01-01T02:00:00+02:00"}).encode())
    assert read.expires_at == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_words_become_members_and_not_mere_texts() -> None:
    read = decode(PrinterWanted, json.dumps(PRINTER | {"delivery": "pull"}).encode())
    assert read.delivery is Delivery.PULL


def test_what_holds_its_default_is_left_out() -> None:
    assert json.loads(encode(decode(PrinterWanted, json.dumps(PRINTER).encode()))) == PRINTER
    assert json.loads(encode(AgentReport(release="1"))) == {"release": "1"}


def test_a_kind_not_known_keeps_its_name_and_the_rest_is_read() -> None:
    strange = COMMAND | {"order": {"kind": "polish", "with": "wax"}}
    assert decode(Command, json.dumps(strange).encode()).order == UnknownOrder(name="polish")


def test_a_documents_name_may_have_any_character() -> None:
    job = {"job": str(UUID(int=1)), "revision": 1, "printer": "lobby", "standing": "held", "created_at": MOMENT}
    name = "Größe \u202e\x00 📄 </script>"
    read = decode(JobReport, json.dumps(job | {"name": name}).encode())
    assert read.name == name
    assert decode(JobReport, encode(read)) == read
