"""Who owns the other end of a loopback connection."""

import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from tympan_net._peer import Peer, owner_in
from tympan_net.http_server import Request, Response

pytestmark = [pytest.mark.anyio]

LOOPBACK = ipaddress.ip_address("127.0.0.1")
LINE = (
    b"   3: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000  %d        0 %d 1 0 20 4 30 10 -1\n"
)


def test_reads_the_owner_of_exactly_that_connection() -> None:
    table = b"  sl  local_address rem_address\n" + LINE % (1234, 5678)
    assert owner_in(table, (LOOPBACK, 0x1F90), (LOOPBACK, 0xC001)) == 1234
    assert owner_in(table, (LOOPBACK, 0xC001), (LOOPBACK, 0x1F90)) is None


def test_a_socket_that_no_process_holds_has_no_owner() -> None:
    """The kernel shows orphans with uid 0 and inode 0: taking that for root would let anybody in."""
    assert owner_in(LINE % (0, 0), (LOOPBACK, 0x1F90), (LOOPBACK, 0xC001)) is None


async def uid_handler(request: Request) -> Response:
    await request.body(100)
    return Response.json(await request.peer.uid())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_tells_our_own_uid_on_a_real_socket(running: Any, host: str) -> None:
    async with running(uid_handler, host=host) as bound:
        stream = await trio.open_tcp_stream(host, bound.port)
        async with stream:
            await stream.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            data = await stream.receive_some()
    expected = os.getuid() if sys.platform == "linux" else "null"
    assert data.endswith(f"\r\n\r\n{expected}".encode())


async def test_tells_the_uid_of_an_ipv6_socket_holding_an_ipv4_connection(running: Any) -> None:
    async with running(uid_handler) as bound:
        with socket.socket(socket.AF_INET6) as client:
            await trio.to_thread.run_sync(client.connect, ("::ffff:127.0.0.1", bound.port))
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            data = await trio.to_thread.run_sync(client.recv, 4096)
    assert data.endswith(f"\r\n\r\n{os.getuid() if sys.platform == 'linux' else 'null'}".encode())


async def test_a_client_that_sent_and_closed_at_once_is_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
        with accepted:
            client.sendall(b"x")
            peer = Peer(
                address="127.0.0.1",
                port=client.getsockname()[1],
                local_address="127.0.0.1",
                local_port=server.getsockname()[1],
            )
            client.close()
            assert await peer.uid() is None


async def test_a_peer_elsewhere_is_not_looked_up() -> None:
    peer = Peer(address="192.0.2.7", port=5, local_address="192.0.2.1", local_port=80)
    assert await peer.uid() is None


async def test_knows_the_peer_of_a_unix_socket(running: Any, tmp_path: Path) -> None:
    sock = trio.socket.socket(socket.AF_UNIX)
    await sock.bind(str(tmp_path / "s"))
    sock.listen()
    async with running(uid_handler, listeners=[trio.SocketListener(sock)]):
        stream = await trio.open_unix_socket(tmp_path / "s")
        async with stream:
            await stream.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await stream.receive_some()).endswith(f"\r\n\r\n{os.getuid()}".encode())
