"""What a plugin's process may try on the kernel, and what it gets."""

# mypy: disable-error-code=type-abstract

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio
import trio.testing
from conformance_rig import FRONT, JOB
from outside_rig import Pair

from tympan._errors import NotFound, Overloaded, PluginFault
from tympan._outside._away import Away
from tympan._outside._contracts import Contract, Manner, Member, Value, contract_of
from tympan._outside._ends import HostEnd
from tympan._outside._frames import BadFrame, Frame, Kind
from tympan._outside._limits import CALLS, OBJECTS, PIECE_BYTES, SUBSCRIPTIONS
from tympan._ports import Document, Gate, Go, Host, Inspector, KeyValue
from tympan._values import Job, Printer, Statistics
from tympan.testing import FakeHost

pytestmark = pytest.mark.anyio


def reaching(name: str, manner: Manner = Manner.FACT) -> Member:
    signature = contract_of(KeyValue).members["get"].signature
    return Member(name=name, manner=manner, takes={}, gives=Value(object), signature=signature.replace(parameters=[]))


@pytest.mark.parametrize("name", ["_kernel", "_host", "__class__", "__dict__", "_permissions", "nothing", ""])
async def test_what_a_protocol_does_not_name_cannot_be_reached(pair: Pair, name: str) -> None:
    host: Any = pair.thing(FakeHost(), Host)
    with pytest.raises(NotFound, match="not there"):
        pair.guest.ask(host._away, reaching(name), {})


@pytest.mark.parametrize("ref", [0, 1, 5000, -1])
async def test_what_was_not_lent_cannot_be_called(pair: Pair, ref: int) -> None:
    pair.thing(FakeHost(), Host)
    nobody = Away(pair.guest, ref + 10_000, Contract(name="Nobody", members={}), {})
    with pytest.raises(NotFound, match="not there"):
        pair.guest.ask(nobody, contract_of(HostEnd).members["jobs"], {})


async def test_a_document_cannot_be_read_when_the_call_is_over(pair: Pair) -> None:
    kept: list[Document] = []

    class Keeps:
        media_types = frozenset({"text/plain"})

        async def inspect(self, document: Document, ticket: bytes) -> Statistics:
            kept.append(document)
            assert await document.read(0, 4) == b"page"
            return Statistics(format="text/plain")

    from tympan.testing import FakeDocument

    inspector: Inspector = pair.port(Keeps(), Inspector)
    await inspector.inspect(FakeDocument(content=b"page"), b"")
    with pytest.raises(NotFound, match="not there"):
        await kept[0].read(0, 4)


@pytest.mark.parametrize(
    "head",
    [{}, {"call": "x"}, {"call": None}, {"call": 1.5}, {"call": True}],
    ids=["none", "a text", "nothing", "a part", "a flag"],
)
@pytest.mark.parametrize("kind", [Kind.CALL, Kind.ANSWER, Kind.FAULT, Kind.CANCEL])
async def test_a_frame_that_names_no_call_ends_the_pipe(pair: Pair, kind: Kind, head: dict[str, Any]) -> None:
    with pytest.raises(BadFrame):
        pair.kernel.take(Frame(kind, head))


@pytest.mark.parametrize(
    "head",
    [
        {"of": "x"}, {"of": []}, {"of": {}}, {"of": 1, "do": 5}, {"of": 1, "do": []}, {"of": 1, "do": "get"},
        {"of": 1, "do": "get", "with": []}, {"of": 1, "do": "get", "with": {"other": 1}},
        {"of": 1, "do": "get", "with": {"key": 5}},
        {"of": 1, "do": "get", "with": {}},
    ],
)  # fmt: skip
async def test_a_call_of_nonsense_is_a_fault_and_nothing_more(pair: Pair, head: dict[str, Any]) -> None:
    pair.thing(FakeHost().state, KeyValue)
    pair.kernel.take(Frame(Kind.CALL, {"call": 99, **head}))
    await trio.testing.wait_all_tasks_blocked()
    assert pair.sent[-1].kind is Kind.FAULT


async def test_answers_nobody_waits_for_change_nothing(pair: Pair) -> None:
    for kind in (Kind.ANSWER, Kind.FAULT, Kind.CANCEL):
        pair.kernel.take(Frame(kind, {"call": 12345}))
    pair.kernel.take(Frame(Kind.FORGET, {"refs": [1, "x", None, [], 5]}))


class Answers:
    def __init__(self, answer: Any) -> None:
        self.answer = answer

    async def check(self, job: Job, printer: Printer) -> Any:
        return self.answer


@pytest.mark.parametrize("answer", [None, "go", 5, [], {}, Go, JOB, b"", object()])
async def test_an_answer_that_the_port_does_not_allow_is_a_fault_of_the_plugin(pair: Pair, answer: object) -> None:
    gate: Gate = pair.port(Answers(answer), Gate)
    with pytest.raises(PluginFault):
        await gate.check(JOB, FRONT)


async def test_calls_without_end_are_answered_busy(pair: Pair) -> None:
    class Slow:
        async def get(self, key: str) -> bytes | None:
            await trio.sleep_forever()

        async def put(self, key: str, value: bytes) -> None: ...
        async def delete(self, key: str) -> None: ...

    values = pair.thing(Slow(), KeyValue)
    async with trio.open_nursery() as nursery:
        for _ in range(CALLS):
            nursery.start_soon(values.get, "key")
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(Overloaded):
            await values.get("key")
        nursery.cancel_scope.cancel()


async def test_calls_under_one_number_are_no_way_around_their_count(pair: Pair) -> None:
    class Slow:
        async def get(self, key: str) -> bytes | None:
            await trio.sleep_forever()

        async def put(self, key: str, value: bytes) -> None: ...
        async def delete(self, key: str) -> None: ...

    ref = pair.kernel.lend(Slow(), contract_of(KeyValue))
    again = Frame(Kind.CALL, {"call": 7, "of": ref, "do": "get", "with": {"key": "k"}})
    pair.kernel.take(again)
    await trio.testing.wait_all_tasks_blocked()
    with pytest.raises(BadFrame, match="second time"):
        pair.kernel.take(again)


async def test_subscriptions_and_objects_have_an_end(pair: Pair) -> None:
    host: Host = pair.thing(FakeHost(), Host)
    kept: list[object] = []
    with pytest.raises(Overloaded, match="subscriptions"):
        kept.extend(host.bus.subscribe() for _ in range(SUBSCRIPTIONS + 1))
    contract = contract_of(KeyValue)
    with pytest.raises(Overloaded, match="objects"):
        for _ in range(OBJECTS + 1):
            pair.kernel.lend(object(), contract)


async def test_a_stream_is_not_read_ahead_of_who_wants_it(pair: Pair) -> None:
    read: list[int] = []

    class Endless:
        size_bytes, media_type = 1 << 40, "text/plain"

        async def stream(self) -> AsyncIterator[bytes]:
            while True:
                read.append(PIECE_BYTES)
                yield bytes(PIECE_BYTES)

    document = pair.thing(Endless(), Document)
    pieces = document.stream()
    for _ in range(3):
        await pieces.__anext__()
    await trio.testing.wait_all_tasks_blocked()
    assert len(read) <= 5
    await pieces.aclose()  # type: ignore[attr-defined]
    with pytest.raises(StopAsyncIteration):
        await pieces.__anext__()


async def test_a_cancelled_call_is_cancelled_over_there_and_its_end_awaited(pair: Pair) -> None:
    ended: list[str] = []

    class Tidy:
        async def check(self, job: Job, printer: Printer) -> Go:
            try:
                await trio.Event().wait()
                return Go()
            finally:
                with trio.CancelScope(shield=True):
                    await trio.sleep(0.05)
                ended.append("tidy")

    gate: Gate = pair.port(Tidy(), Gate)
    with trio.move_on_after(0.1):
        await gate.check(JOB, FRONT)
    assert ended == ["tidy"]


async def test_one_that_ignores_its_cancellation_keeps_nobody_waiting_for_ever(pair: Pair) -> None:
    enough = trio.Event()

    class Stubborn:
        async def check(self, job: Job, printer: Printer) -> Go:
            with trio.CancelScope(shield=True):
                await enough.wait()
            return Go()

    pair.kernel._end_s = 0.1
    gate: Gate = pair.port(Stubborn(), Gate)
    with trio.move_on_after(0.1):
        await gate.check(JOB, FRONT)
    assert pair.guest._running, "it was waited for to its end"
    enough.set()
