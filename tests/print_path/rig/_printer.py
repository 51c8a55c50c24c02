"""Debian's ``ippeveprinter`` as the device: keeps what it prints, with the ticket it came with.

- It registers itself over the D-Bus system bus even when told not to, so it gets a bus of its own.
- Without a command it plays a job by sleeping 5 to 15 s; the rig's command notes the ticket and ends at once.
"""

from __future__ import annotations

import mimetypes
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import attrs

from rig._ipp import attributes_of, order
from rig._limits import START_S, STARTS
from rig._places import private_directory
from rig._ports import answers_http, free_port
from rig._programs import Program, ProgramFailed, ending

_FORMATS = "application/pdf,image/jpeg,image/pwg-raster,image/urf"

_COMMAND = """\
#!/bin/sh
# Notes the ticket, whole or not at all; then does what the rig ordered.
env | grep '^IPP_' | sort > "{tickets}/$IPP_JOB_ID.new"
mv "{tickets}/$IPP_JOB_ID.new" "{tickets}/$IPP_JOB_ID"
. "{play}"
"""

mimetypes.add_type("image/pwg-raster", ".pwg")
mimetypes.add_type("image/urf", ".urf")


@attrs.frozen(kw_only=True)
class PrintedFile:
    """A document that came out: the file, its media type, and the ticket as ``ippeveprinter`` took it.

    ``ticket`` goes from attribute name (``print-color-mode``) to the value as text; empty until the job is processed.
    """

    path: Path
    job: int
    media_type: str
    ticket: Mapping[str, str]


@attrs.define(kw_only=True)
class EvePrinter:
    """A running ``ippeveprinter``.

    Attributes:
        root: Its directory.
        port: Its TCP port on localhost.
        program: For signals; ``stop`` and ``start`` are the switch.
    """

    root: Path
    port: int
    program: Program

    @property
    def uri(self) -> str:
        """The device's URI."""
        return f"ipp://localhost:{self.port}/ipp/print"

    @property
    def spool(self) -> Path:
        """Where it keeps what it printed."""
        return self.root / "spool"

    def files(self) -> list[PrintedFile]:
        """What came out, in the order of its job numbers. A file may still be growing until its job is over."""
        kept = [path for path in self.spool.iterdir() if _is_document(path.name)]
        return sorted((self._printed(path) for path in kept), key=lambda each: each.job)

    def _printed(self, path: Path) -> PrintedFile:
        job = int(path.name.split("-")[0])
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return PrintedFile(path=path, job=job, media_type=media_type, ticket=self.ticket(job))

    def ticket(self, job: int) -> Mapping[str, str]:
        """The attributes of a job as the device took them; empty until it is processed."""
        path = self.root / "tickets" / str(job)
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        pairs = (line.removeprefix("IPP_").partition("=") for line in lines if "=" in line)
        return {name.lower().replace("_", "-"): value for name, _, value in pairs}

    async def jobs(self) -> list[Mapping[str, str]]:
        """Its own list of jobs: ``job-id``, ``job-name``, ``job-state``."""
        wanted = ("job-id", "job-name", "job-state")
        return await attributes_of(self.uri, "Get-Jobs", wanted, more=["keyword which-jobs all"])

    def take_seconds(self, seconds: float) -> None:
        """From now on every job takes this long to print."""
        self._play(f"exec sleep {seconds:g}")

    def take_until(self, go: Path) -> None:
        """From now on every job takes until that file is there."""
        self._play(f"until [ -e '{go}' ]; do sleep 0.05; done")

    def fail_jobs(self) -> None:
        """From now on the device gives every job up."""
        self._play("exit 1")

    def _play(self, line: str) -> None:
        new = self.root / "play.new"
        new.write_text(f"{line}\n")
        new.replace(self.root / "play")

    async def cancel(self, job: int) -> None:
        """Cancels a job at the device itself, as with its panel."""
        await order(self.uri, "Cancel-Job", more=[f"integer job-id {job}"])

    async def start(self) -> None:
        """Plugs it in, again on the same port; returns when it answers.

        It ends at once where the bus it announces itself on is slow to answer, and is plugged in again then.
        """
        for tries_left in reversed(range(STARTS)):
            try:
                await self.program.start(self._ready, timeout_s=START_S)
            except ProgramFailed as error:
                if not tries_left or "DNS-SD" not in str(error):
                    raise
            else:
                break

    async def stop(self) -> None:
        """Pulls the plug: no farewell to anybody. What was kept stays."""
        await self.program.kill9()

    async def _ready(self) -> bool:
        return await answers_http(self.port)


@asynccontextmanager
async def ippeveprinter(
    *options: str, formats: str = _FORMATS, speed: str = "20,10", name: str = "Eve"
) -> AsyncIterator[EvePrinter]:
    """A running ``ippeveprinter`` with duplex and colour (pages per minute in ``speed``; "20" alone has no colour)."""
    with private_directory("eve") as root:
        for part in ("spool", "tickets"):
            (root / part).mkdir()
        command = _command(root)
        port = free_port()
        argv = ["ippeveprinter", "-p", str(port), "-n", "localhost", "-d", str(root / "spool"), "-k", "-f", formats]
        argv += ["-2", "-s", speed, "-r", "off", "-c", str(command), *options, name]
        env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={root}/bus"}
        printer = EvePrinter(root=root, port=port, program=Program(argv=argv, log=root / "eve.out", env=env))
        printer.take_seconds(0)
        async with _bus(root), ending(printer.program):
            await printer.start()
            yield printer


def _is_document(name: str) -> bool:
    """A kept document starts with its job's number; ``.prn`` is what the rig's command wrote, which is nothing."""
    return name.split("-")[0].isdigit() and not name.endswith(".prn")


def _command(root: Path) -> Path:
    path = root / "print.sh"
    path.write_text(_COMMAND.format(tickets=root / "tickets", play=root / "play"))
    os.chmod(path, 0o755)
    return path


@asynccontextmanager
async def _bus(root: Path) -> AsyncIterator[None]:
    argv = ["dbus-daemon", "--session", f"--address=unix:path={root}/bus", "--nofork"]
    bus = Program(argv=argv, log=root / "bus.out")

    async def listening() -> bool:
        return (root / "bus").exists()

    async with ending(bus):
        await bus.start(listening, timeout_s=START_S)
        yield
