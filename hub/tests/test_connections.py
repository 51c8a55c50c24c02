"""Who does not read holds no connection, nor who does not end what was refused; who is only slow is waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import uvicorn
from attrs import define, field
from uvicorn.server import ServerState

from tympan_hub.cli.connections import TimelyProtocol
from tympan_hub.domain.limits.requests import BODY_BYTES_PER_S
from tympan_wire.hub import MESSAGE_BYTES

HEAD_S, ANSWER_S = 30.0, 120.0
STEP = int(BODY_BYTES_PER_S * ANSWER_S)
"""Bytes that a reader must take at a time."""


@define
class Timer:
    """What is done when its time comes."""

    at_s: float
    do: Callable[[], Any]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@define
class Loop:
    """Time that goes on when it is told to."""

    now_s: float = 0.0
    timers: list[Timer] = field(factory=list)

    def time(self) -> float:
        return self.now_s

    def call_later(self, seconds: float, do: Callable[..., Any], *given: Any) -> Timer:
        self.timers.append(Timer(self.now_s + seconds, lambda: do(*given)))
        return self.timers[-1]

    def forward(self, seconds: float) -> None:
        """Does all that falls into so long, in order."""
        until = self.now_s + seconds
        while due := sorted((t for t in self.timers if not t.cancelled and t.at_s <= until), key=lambda t: t.at_s):
            self.timers.remove(due[0])
            self.now_s = due[0].at_s
            due[0].do()
        self.now_s = until


@define
class Line:
    """A transport whose other side takes nothing by itself."""

    waits: int = 0
    closing: bool = False
    aborted: bool = False

    def get_extra_info(self, _: str) -> None:
        return None

    def get_write_buffer_size(self) -> int:
        return self.waits

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.aborted = self.closing = True


async def _app(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("nothing is asked")


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def protocol(loop: Loop, line: Line) -> TimelyProtocol:
    options: dict[str, Any] = {"config": uvicorn.Config(_app), "server_state": ServerState(), "app_state": {}}
    made = TimelyProtocol(HEAD_S, ANSWER_S, **options, _loop=loop)
    made.connection_made(line)  # type: ignore[arg-type]
    made._rest()  # as after a whole head
    return made


@pytest.fixture
def started(protocol: TimelyProtocol, monkeypatch: pytest.MonkeyPatch) -> TimelyProtocol:
    """One whose requests nobody answers but the test."""
    monkeypatch.setattr(protocol, "_start_asgi_task", lambda *_: None)
    return protocol


def test_attack_an_answer_that_is_not_read_holds_no_connection(protocol: Any, loop: Loop, line: Line) -> None:
    line.waits = 2 * STEP
    protocol.pause_writing()
    loop.forward(ANSWER_S)
    assert line.aborted


def test_attack_an_answer_that_is_read_byte_by_byte_holds_no_connection(protocol: Any, loop: Loop, line: Line) -> None:
    line.waits = 2 * STEP
    protocol.pause_writing()
    for _ in range(int(ANSWER_S)):
        line.waits -= 1
        loop.forward(1)
    assert line.aborted


def test_a_large_answer_that_is_read_slowly_is_sent_to_its_end(protocol: Any, loop: Loop, line: Line) -> None:
    line.waits = 10 * STEP
    protocol.pause_writing()
    for _ in range(9):
        line.waits -= STEP
        loop.forward(ANSWER_S)
    protocol.resume_writing()
    loop.forward(10 * ANSWER_S)
    assert not line.aborted


def test_a_connection_that_is_closed_waits_no_longer_for_its_reader(protocol: Any, loop: Loop, line: Line) -> None:
    line.waits = 1
    protocol.timeout_keep_alive_handler()
    assert (line.closing, line.aborted) == (True, False)
    protocol.pause_writing()
    protocol.resume_writing()
    loop.forward(ANSWER_S)
    assert line.aborted


def test_a_connection_that_is_lost_is_not_looked_at_any_more(protocol: Any, loop: Loop, line: Line) -> None:
    line.waits = STEP
    protocol.pause_writing()
    protocol.connection_lost(OSError())
    loop.forward(2 * ANSWER_S)
    assert not line.aborted


def refused(protocol: Any, length: int) -> None:
    """A request whose head was answered before its body came."""
    protocol.data_received(f"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n".encode())
    protocol.cycle.response_complete = True
    protocol.on_response_complete()


def test_what_is_left_of_a_refused_body_may_come_slowly(started: Any, loop: Loop, line: Line) -> None:
    refused(started, MESSAGE_BYTES)
    for _ in range(MESSAGE_BYTES // BODY_BYTES_PER_S):
        started.data_received(bytes(BODY_BYTES_PER_S))
        loop.forward(1)
    assert not line.closing


def test_attack_what_is_left_of_a_refused_body_and_trickles_holds_no_connection(
    started: Any, loop: Loop, line: Line
) -> None:
    refused(started, MESSAGE_BYTES)
    for _ in range(2 * int(HEAD_S)):
        started.data_received(b"x")
        loop.forward(1)
    assert line.aborted


def test_attack_more_than_any_body_may_have_is_not_read_on(started: Any, loop: Loop, line: Line) -> None:
    refused(started, 1 << 40)
    for _ in range(int(HEAD_S)):
        started.data_received(bytes(MESSAGE_BYTES))
        loop.forward(1)
    assert line.aborted


def test_behind_a_refused_body_the_next_head_has_its_whole_time(started: Any, loop: Loop, line: Line) -> None:
    refused(started, 2)
    started.data_received(b"x")
    loop.forward(HEAD_S - 1)
    started.data_received(b"x")
    loop.forward(HEAD_S - 1)
    assert not line.closing
    started.data_received(b"GET / HT")
    loop.forward(1)
    assert line.aborted
