"""The kernel's own answer to who holds one TCP socket."""

import ipaddress
import os
import socket
import sys
from typing import Any

import pytest

from tympan_net import _peer
from tympan_net._peer import Peer
from tympan_net._sock_diag import owner_of

V4, V6 = ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")
OURS = os.getuid() if sys.platform == "linux" else None


@pytest.mark.parametrize("host", [V4, V6])
def test_names_the_owner_of_exactly_that_connection(host: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    family = socket.AF_INET if host.version == 4 else socket.AF_INET6
    with socket.create_server((str(host), 0), family=family) as server:
        port = server.getsockname()[1]
        with socket.create_connection((str(host), port)) as client:
            own = client.getsockname()[1]
            assert owner_of((host, own), (host, port)) == OURS
            assert owner_of((host, own), (host, own)) is None


def test_a_listener_on_the_port_is_nobodys_connection() -> None:
    """The kernel offers it in place of a connection that is not there; its owner may well be root."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert owner_of((V4, server.getsockname()[1]), (V4, 9)) is None


def test_a_socket_that_was_closed_has_no_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        own = client.getsockname()[1]
        accepted, _ = server.accept()
        with accepted:
            client.close()
            assert owner_of((V4, own), (V4, server.getsockname()[1])) is None


@pytest.mark.anyio
async def test_the_tables_serve_where_the_kernel_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*ends: Any) -> None:
        return None

    monkeypatch.setattr(_peer, "owner_of", refused)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            own = client.getsockname()[1]
            peer = Peer(address="127.0.0.1", port=own, local_address="127.0.0.1", local_port=port)
            assert await peer.uid() == OURS
