"""Debian's avahi on a host, with a system bus of its own, and what asks or is announced through it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio
from rig import Program, private_directory, run, wait_until
from rig._limits import START_S
from rig._programs import ending

from discovery_rig._world import Host

_BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={root}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/><allow receive_type="signal"/>
    <allow receive_type="method_return"/><allow receive_type="error"/>
  </policy>
</busconfig>
"""
_CONFIG = """\
[server]
host-name={name}
use-ipv4=yes
use-ipv6=yes
allow-interfaces=eth0
enable-dbus=yes
[publish]
publish-workstation=no
publish-hinfo=no
[wide-area]
enable-wide-area=no
"""
_OWN_RUN = 'mount -t tmpfs tmpfs /run/avahi-daemon && exec avahi-daemon -f "$0" --no-drop-root --no-chroot --no-rlimits'
"""avahi knows one place for its socket and its pid; each gets a place there that it alone sees."""


@attrs.define(kw_only=True)
class Avahi:
    """A running avahi.

    Attributes:
        host: Where it runs.
        root: Its folder.
        program: Its process.
    """

    host: Host
    root: Path
    program: Program

    @property
    def env(self) -> dict[str, str]:
        """What its clients need."""
        return {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.root}/bus"}

    async def ask(self, *command: str, check: bool = True) -> str:
        """What a client such as ``avahi-browse`` or ``ippfind`` printed on this host."""
        return await run(self.host.argv(*command), env=self.env, check=check)


@asynccontextmanager
async def avahi(host: Host) -> AsyncIterator[Avahi]:
    """Avahi on a host, ready to be asked."""
    Path("/run/avahi-daemon").mkdir(exist_ok=True)  # where nothing is mounted for anybody else
    with private_directory("avahi") as root:
        (root / "bus.conf").write_text(_BUS.format(root=root))
        (root / "avahi.conf").write_text(_CONFIG.format(name=host.name))
        bus = Program(argv=["dbus-daemon", f"--config-file={root}/bus.conf", "--nofork", "--nopidfile"], log=root / "b")
        argv = ["unshare", "--mount", "sh", "-c", _OWN_RUN, str(root / "avahi.conf")]
        env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={root}/bus"}
        program = Program(argv=host.argv(*argv), log=root / "avahi.out", env=env)
        running = Avahi(host=host, root=root, program=program)
        async with ending(bus), ending(program):
            await bus.start(lambda: _exists(root / "bus"), timeout_s=START_S)
            await program.start(lambda: _up(program), timeout_s=START_S)
            yield running


async def _exists(path: Path) -> bool:
    return path.exists()


async def _up(program: Program) -> bool:
    return "Server startup complete" in program.tail()


@attrs.define(kw_only=True)
class Eve:
    """``ippeveprinter`` on a host.

    Attributes:
        host: Where it runs.
        port: Of it.
        name: As it announces itself.
        program: Its process.
    """

    host: Host
    port: int
    name: str
    program: Program

    @property
    def uri(self) -> str:
        """Where it prints."""
        return f"ipp://{self.host.address}:{self.port}/ipp/print"

    async def start(self) -> None:
        """Plugs it in."""

        async def ready() -> bool:
            return await listens(self.host, self.port)

        await self.program.start(ready, timeout_s=START_S)


@asynccontextmanager
async def eve(at: Avahi, *options: str, name: str, port: int = 631, announced: bool = True) -> AsyncIterator[Eve]:
    """Debian's ``ippeveprinter`` on a host with avahi, found there by others."""
    with private_directory("eve") as root:
        sub = ["-r", "_print,_universal"] if announced else ["-r", "off"]
        argv = ["ippeveprinter", "-p", str(port), "-d", str(root), *sub, *options, name]
        program = Program(argv=at.host.argv(*argv), log=root / "eve.out", env=at.env)
        running = Eve(host=at.host, port=port, name=name, program=program)
        async with ending(program):
            await running.start()
            yield running


async def listens(host: Host, port: int) -> bool:
    """Whether somebody takes a connection on a host's loopback."""
    dial = trio.socket.from_stdlib_socket(host.namespace.socket(socket.AF_INET, socket.SOCK_STREAM))
    with dial:
        try:
            await dial.connect(("127.0.0.1", port))
        except OSError:
            return False
    return True


async def seen(at: Avahi, kind: str = "_ipp._tcp") -> set[str]:
    """The instance names that ``avahi-browse`` lists, once it has all it is going to have."""
    lines = (await at.ask("avahi-browse", "-rptk", kind)).splitlines()
    return {line.split(";")[3].replace("\\032", " ") for line in lines if line.startswith("=")}


async def until_seen(at: Avahi, *names: str) -> None:
    """Waits until ``avahi-browse`` lists these."""

    async def all_there() -> bool:
        return set(names) <= await seen(at)

    await wait_until(all_there, f"{', '.join(names)} to be announced", timeout_s=START_S)
