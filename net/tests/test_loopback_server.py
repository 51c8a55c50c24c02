"""Whose server answers on loopback: asked of the real kernel."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tympan_net import _peer, loopback_server
from tympan_net.loopback_server import is_server_of, server_uid

STRANGER = 65534
SERVER = """
import os, socket, sys
host, accepts = sys.argv[1], sys.argv[2] == "accepts"
os.setuid(int(sys.argv[3]))
family = socket.AF_INET6 if ":" in host else socket.AF_INET
server = socket.create_server((host, 0), family=family, dualstack_ipv6=host == "::")
print(server.getsockname()[1], flush=True)
if accepts:
    kept = server.accept()
    print("accepted", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def strangers(host: str, what: str) -> Iterator[socket.socket]:
    """A connection to a server of another account; of our own where we may not be another."""
    account = STRANGER if os.getuid() == 0 else os.getuid()
    argv = [sys.executable, "-I", "-c", SERVER, host, what, str(account)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)) as link:
            if what == "accepts":
                assert server.stdout.readline() == "accepted\n"
            yield link
        assert server.stdin is not None
        server.stdin.close()


@pytest.mark.parametrize("tables", [False, True], ids=["asked", "read"])
@pytest.mark.parametrize("what", ["accepts", "waits"])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::"])
def test_attack_another_users_server_at_the_port_is_known_before_and_after_it_accepts(
    host: str, what: str, tables: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if tables:
        monkeypatch.setattr(loopback_server, "owner_of", lambda near, far: None)
    with strangers(host, what) as link:
        told = server_uid(link)
        if tables and what == "waits" and host != "127.0.0.1":
            assert told is None  # the tables name it by another address; the kernel itself is asked first
            return
        assert told not in (None, 0) or os.getuid() != 0
        assert told is not None
        assert not is_server_of(link, {told + 1})
        assert is_server_of(link, {told})


def test_where_nobody_tells_a_server_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loopback_server, "owner_of", lambda near, far: None)
    monkeypatch.setattr(_peer, "_read", lambda path: b"")
    with strangers("127.0.0.1", "accepts") as link:
        assert server_uid(link) is None
        assert is_server_of(link, ())
