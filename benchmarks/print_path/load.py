"""Load: IPP requests and uploads to one server, as fast as it takes them, over raw sockets.

Run as a process of its own, so that it shares no interpreter with what is measured; every answer is checked.
``python load.py requests|upload JSON`` prints one JSON object.
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from tympan_wire.ipp import Attribute, Group, GroupTag, Message, Operation, attr, decode, encode

PIECE_BYTES = 64 * 1024
"""One HTTP chunk of an upload."""
TIMEOUT_S = 300.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"


class LoadFailed(RuntimeError):
    """The server did not do what was asked, so that its speed says nothing."""


@attrs.frozen(kw_only=True)
class Server:
    """Where the load goes.

    Attributes:
        port: On 127.0.0.1.
        path: Of the printer's URI.
    """

    port: int
    path: str

    @property
    def uri(self) -> str:
        """The printer's URI."""
        return f"ipp://localhost:{self.port}{self.path}"

    def connect(self) -> socket.socket:
        """A new connection."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def head(self, framing: str) -> bytes:
        """The HTTP head of an IPP request."""
        lines = (
            f"POST {self.path} HTTP/1.1",
            f"Host: localhost:{self.port}",
            "Content-Type: application/ipp",
            "User-Agent: load",
            framing,
        )
        return "\r\n".join((*lines, "", "")).encode()

    def request(self, message: bytes, document: bytes = b"") -> bytes:
        """A whole HTTP request."""
        return self.head(f"Content-Length: {len(message) + len(document)}") + message + document


def print_job(server: Server, media_type: str) -> bytes:
    """Print-Job that is held, so that no delivery competes with what is measured."""
    held = Group(
        GroupTag.JOB, (attr.keyword("job-hold-until", "indefinite"), attr.keyword("sides", "two-sided-long-edge"))
    )
    opening = _opening(server, attr.name_("job-name", "Quarterly report.pdf"), attr.mime("document-format", media_type))
    return encode(Message.request(Operation.PRINT_JOB, 1, opening, held))


def get_printer_attributes(server: Server) -> bytes:
    """Get-Printer-Attributes as CUPS and its ipp backend ask it: all, without the database of media."""
    opening = _opening(server, attr.keyword("requested-attributes", "all"))
    return encode(Message.request(Operation.GET_PRINTER_ATTRIBUTES, 1, opening))


def cancel_job(server: Server, number: int) -> bytes:
    """Cancel-Job; CUPS is told to remove the files as well."""
    opening = _opening(server, attr.integer("job-id", number), attr.boolean("purge-job", True))
    return encode(Message.request(Operation.CANCEL_JOB, 1, opening))


def _opening(server: Server, *more: Attribute) -> Group:
    usual = (attr.uri("printer-uri", server.uri), attr.name_("requesting-user-name", "somebody"))
    return Group(GroupTag.OPERATION, (*usual, *more))


# ---------------------------------------------------------------------------------------------- requests per second


def answers_per_second(server: Server, request: bytes, *, connections: int, seconds: float, most: int) -> float:
    """Sends ``request`` again and again on every connection; the next one when its answer is whole.

    Args:
        server: Whom to ask.
        request: A whole HTTP request.
        connections: Kept open, each with one request under way.
        seconds: How long.
        most: Requests at most.
    """
    lines = {line.fileno(): line for line in (server.connect() for _ in range(connections))}
    buffers = {number: bytearray() for number in lines}
    poll = select.epoll()
    for number in lines:
        poll.register(number, select.EPOLLIN)
    start = time.perf_counter()
    answers, asked, end = 0, len(lines), start + seconds
    for line in lines.values():
        line.sendall(request)
    while answers < asked:
        for number, _ in poll.poll(TIMEOUT_S):
            if not _heard(lines[number], buffers[number]):
                continue
            answers += 1
            if asked < most and time.perf_counter() < end:
                asked += 1
                lines[number].sendall(request)
    return answers / (time.perf_counter() - start)


def _heard(line: socket.socket, buffer: bytearray) -> bool:
    """Receives; whether an answer is whole, and then leaves the buffer empty."""
    data = line.recv(1 << 20)
    if not data:
        raise LoadFailed("the server closed a connection that was to be kept")
    buffer += data
    body = _body(buffer)
    if body is None:
        return False
    _check(buffer, body)
    buffer.clear()
    return True


def _body(buffer: bytearray) -> bytes | None:
    """The body of the answer in the buffer, None while it is not whole."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    if buffer.startswith(b"HTTP/1.1 100"):
        del buffer[: end + 4]
        return _body(buffer)
    length = _LENGTH.search(buffer, 0, end)
    if length is not None:
        whole = end + 4 + int(length[1])
        return bytes(buffer[end + 4 : whole]) if len(buffer) >= whole else None
    if _CHUNKED.search(buffer, 0, end) is None:
        raise LoadFailed(f"an answer without a length: {bytes(buffer[:200])!r}")
    return b"".join(_chunks(bytes(buffer[end + 4 :]))) if buffer.endswith(_LAST_CHUNK) else None


def _chunks(body: bytes) -> Iterator[bytes]:
    at = 0
    while size := int(body[at : (line := body.index(b"\r\n", at))], 16):
        yield body[line + 2 : line + 2 + size]
        at = line + 4 + size


def _check(buffer: bytearray, body: bytes) -> None:
    if buffer[9:12] != b"200" or body[2] != 0:
        raise LoadFailed(f"refused: {bytes(buffer[:60])!r} {body[:300]!r}")


# ---------------------------------------------------------------------------------------------- one big document


def upload(server: Server, *, size_bytes: int, media_type: str, piece: bytes) -> tuple[float, int]:
    """Sends one held job of ``size_bytes``, chunked; seconds until it was accepted, and its number."""
    chunk = b"%x\r\n%b\r\n" % (len(piece), piece)
    message = print_job(server, media_type)
    with server.connect() as line:
        start = time.perf_counter()
        line.sendall(server.head("Transfer-Encoding: chunked") + b"%x\r\n%b\r\n" % (len(message), message))
        for _ in range(size_bytes // len(piece)):
            line.sendall(chunk)
        line.sendall(b"0\r\n\r\n")
        answer = _answer(line)
        took_s = time.perf_counter() - start
    job, _ = decode(answer)
    number = job.first(GroupTag.JOB).integer("job-id")
    if number is None:
        raise LoadFailed("the answer names no job")
    return took_s, number


def _answer(line: socket.socket) -> bytes:
    buffer = bytearray()
    while (body := _body(buffer)) is None:
        data = line.recv(1 << 20)
        if not data:
            raise LoadFailed("no answer came")
        buffer += data
    _check(buffer, body)
    return body


def _cancel(server: Server, number: int) -> None:
    with server.connect() as line:
        line.sendall(server.request(cancel_job(server, number)))
        _answer(line)


# ---------------------------------------------------------------------------------------------- as a process


def _requests(server: Server, task: dict[str, Any]) -> dict[str, object]:
    if task["operation"] == "print":
        request = server.request(print_job(server, task["media_type"]), Path(task["document"]).read_bytes())
    else:
        request = server.request(get_printer_attributes(server))
    rate = answers_per_second(
        server, request, connections=task["connections"], seconds=task["seconds"], most=task["most"]
    )
    return {"rate": rate}


def _upload(server: Server, task: dict[str, Any]) -> dict[str, object]:
    piece = Path(task["document"]).read_bytes()[:PIECE_BYTES]
    seconds, number = upload(server, size_bytes=task["bytes"], media_type=task["media_type"], piece=piece)
    return {"seconds": seconds, "job": number}


def main() -> None:
    """Does what the command line says."""
    task = json.loads(sys.argv[2])
    server = Server(port=task["port"], path=task["path"])
    if sys.argv[1] == "cancel":
        _cancel(server, task["job"])
        print("{}")
        return
    done = _requests(server, task) if sys.argv[1] == "requests" else _upload(server, task)
    print(json.dumps(done))


if __name__ == "__main__":
    main()
