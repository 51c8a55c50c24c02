"""Debian's ippeveprinter on loopback, with the D-Bus socket it insists on."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio


@attrs.frozen(kw_only=True)
class EverPrinter:
    """A running ippeveprinter.

    Attributes:
        uri: Its address.
        spool: Where it keeps what it received.
    """

    uri: str
    spool: Path

    def received(self) -> list[Path]:
        return sorted(path for path in self.spool.iterdir() if path.suffix in (".pdf", ".jpg", ".pwg", ".prn"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def ever_printer(
    folder: Path, *, formats: str = "application/pdf,image/pwg-raster"
) -> AsyncIterator[EverPrinter]:
    spool, bus = folder / "spool", folder / "bus"
    spool.mkdir()
    port = _free_port()
    program = shutil.which("ippeveprinter", path=f"{os.environ['PATH']}:/usr/sbin")
    daemon = shutil.which("dbus-daemon")
    assert program and daemon, "the packages cups-ipp-utils and dbus-daemon are missing"
    started: list[trio.Process] = []
    try:
        command = [daemon, "--session", f"--address=unix:path={bus}", "--nofork"]
        started.append(await _quiet(command, os.environ))
        await _until(bus.exists)
        command = [
            program,
            "-r",
            "off",
            "-n",
            "localhost",
            "-p",
            str(port),
            "-d",
            str(spool),
            "-k",
            "-2",
            "-f",
            formats,
        ]
        env = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}
        started.append(await _quiet([*command, "Ever"], env))
        await _until(lambda: _answers(port))
        yield EverPrinter(uri=f"ipp://localhost:{port}/ipp/print", spool=spool)
    finally:
        with trio.CancelScope(shield=True):
            for process in reversed(started):
                process.kill()
                await process.wait()


async def _quiet(command: list[str], env: Mapping[str, str]) -> trio.Process:
    nowhere = subprocess.DEVNULL
    return await trio.lowlevel.open_process(command, env=env, stdin=nowhere, stdout=nowhere, stderr=nowhere)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("localhost", port), timeout=1):
            return True
    except OSError:
        return False


async def _until(holds: Callable[[], bool]) -> None:
    with trio.fail_after(10):
        while not holds():
            await trio.sleep(0.02)
