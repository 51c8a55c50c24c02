"""Who begins a request and does not end it holds no connection of the hub; whoever is only slow is waited for."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from portal_rig import ServedHub, served

from tympan_wire.hub import HEADER, PREFIX, Operation

pytestmark = pytest.mark.system

REQUEST_S = 3.0
GONE_S = 60.0
FORM = b"POST /sign-in HTTP/1.1\r\nhost: h\r\ncontent-type: application/x-www-form-urlencoded"
MESSAGE = (
    f"POST {PREFIX}{Operation.TOKEN} HTTP/1.1\r\nhost: h\r\n{HEADER}: 1\r\ncontent-type: application/json".encode()
)
CALL = b"POST /api/v1/printers HTTP/1.1\r\nhost: h\r\ncontent-type: application/json"
PAGE = b"GET /sign-in HTTP/1.1\r\nhost: h\r\n\r\n"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHub]:
    home: Path = tmp_path_factory.mktemp("half") / "home"
    with served(home, "--request-seconds", str(REQUEST_S)) as answering:
        yield answering


def connected(hub: ServedHub) -> socket.socket:
    address = urlsplit(hub.url)
    return socket.create_connection((address.hostname, address.port), GONE_S)


def until_hung_up(line: socket.socket) -> bytes:
    """All that comes until the hub hangs up."""
    said = b""
    try:
        while piece := line.recv(65_536):
            said += piece
    except ConnectionResetError:
        pass
    return said


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nx-slow: ", b"\r\n"], ids=range(4))
def test_attack_heads_that_are_never_whole_hold_no_connection(hub: ServedHub, said: bytes) -> None:
    lines = [connected(hub) for _ in range(20)]
    for line in lines:
        line.sendall(said)
    assert [until_hung_up(line) for line in lines] == [b""] * len(lines)
    for line in lines:
        line.close()


@pytest.mark.parametrize("said", [FORM, MESSAGE, CALL], ids=["form", "message", "call"])
def test_attack_bodies_that_never_come_are_refused(hub: ServedHub, said: bytes) -> None:
    with closing(connected(hub)) as line:
        line.sendall(with_length(said, 60_000) + b"{")
        answer = until_hung_up(line)
    assert answer.startswith(b"HTTP/1.1 408"), answer
    assert b"connection: close" in answer.lower()


def test_attack_a_head_that_comes_byte_by_byte_is_not_waited_for(hub: ServedHub) -> None:
    with closing(connected(hub)) as line:
        line.sendall(PAGE[:-2])
        assert trickles(line, b"x-slow: 1\r\n" * 50)


def test_attack_a_second_head_is_waited_for_no_longer_than_the_first(hub: ServedHub) -> None:
    with closing(connected(hub)) as line:
        line.sendall(PAGE + b"GET / HT")
        assert until_hung_up(line).startswith(b"HTTP/1.1 200")


def test_a_body_that_is_slow_and_goes_on_is_taken(hub: ServedHub) -> None:
    body = b"x" * 20_000
    with closing(connected(hub)) as line:
        line.sendall(with_length(FORM, len(body)))
        for start in range(0, len(body), 4_000):
            line.sendall(body[start : start + 4_000])
            time.sleep(0.3 * REQUEST_S)  # in all longer than a request that stands still may take
        answer = line.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 "), answer
    assert not answer.startswith(b"HTTP/1.1 408"), answer


def with_length(head: bytes, length: int) -> bytes:
    return head + f"\r\ncontent-length: {length}\r\n\r\n".encode()


def trickles(line: socket.socket, rest: bytes) -> bool:
    """Sends byte by byte; tells whether the hub hung up before the end."""
    try:
        for byte in rest:
            line.sendall(bytes([byte]))
            time.sleep(0.01)
    except (BrokenPipeError, ConnectionResetError):
        return True
    return False
