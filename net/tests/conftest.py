"""Servers and printers for the tests of tympan_net, all on loopback."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
import trustme

from tympan_net.http_server import Bound, Handler, serve
from tympan_net.ipp_client import IppClient, NetError


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("localhost", "127.0.0.1")


@pytest.fixture
def server_tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@contextlib.asynccontextmanager
async def _running(handler: Handler, **options: Any) -> AsyncIterator[Bound]:
    """A server for as long as the context lasts; its end is part of the test, within 5 s."""
    async with trio.open_nursery() as nursery:

        async def task(task_status: trio.TaskStatus[Bound] = trio.TASK_STATUS_IGNORED) -> None:
            await serve(handler, task_status=task_status, **options)

        bound = await nursery.start(task)
        try:
            with trio.fail_after(60):
                yield bound
        finally:
            nursery.cancel_scope.cancel()


@pytest.fixture
def running() -> Any:
    return _running


@pytest.fixture
def raw_exchange() -> Any:
    return _raw_exchange


@pytest.fixture
def until_up() -> Any:
    return _until_up


async def _raw_exchange(port: int, data: bytes) -> bytes:
    """Sends bytes and reads until the server closes."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        await stream.send_all(data)
        received = b""
        with trio.fail_after(20), contextlib.suppress(trio.BrokenResourceError):
            while piece := await stream.receive_some():
                received += piece
        return received


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[str]:
    """A private D-Bus: ippeveprinter wants a system bus even when it registers nothing."""
    address = f"unix:path={tmp_path}/bus"
    command = ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address={address}"]
    daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert daemon.stdout is not None
        assert daemon.stdout.readline()
        yield address
    finally:
        daemon.terminate()
        daemon.wait(10)


StartPrinter = Callable[..., int]


@pytest.fixture
def ippeveprinter(bus: str, tmp_path: Path) -> Iterator[StartPrinter]:
    """Starts Debian's ippeveprinter, keeping its files in `tmp_path`/spool; gives the port."""
    started: list[subprocess.Popen[bytes]] = []
    (tmp_path / "spool").mkdir()

    def start(*options: str) -> int:
        port = _free_port()
        command = ["/usr/sbin/ippeveprinter", "-r", "off", "-n", "localhost", "-p", str(port)]
        command += ["-d", str(tmp_path / "spool"), "-k", *options, "Test"]
        env = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus, "HOME": str(tmp_path)}
        quiet = subprocess.DEVNULL
        started.append(subprocess.Popen(command, env=env, stdout=quiet, stderr=quiet, start_new_session=True))
        return port

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


async def _until_up(client: IppClient) -> None:
    """Polls a printer until it answers."""
    with trio.fail_after(20):
        while True:
            try:
                await client.get_printer_attributes("printer-state")
                return
            except NetError:
                await trio.sleep(0.02)
