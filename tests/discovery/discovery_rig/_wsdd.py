"""Debian's ``wsdd``: a Windows-like computer that answers WS-Discovery, and a client that finds what answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rig import Program, private_directory
from rig._limits import START_S
from rig._programs import ending

from discovery_rig._world import Host


@asynccontextmanager
async def wsdd(host: Host, *options: str) -> AsyncIterator[Program]:
    """A ``wsdd`` on a host's only link; its output is in the program's log."""
    with private_directory("wsdd") as root:
        argv = host.argv("wsdd", "-i", "eth0", "-n", host.name, "-v", *options)
        program = Program(argv=argv, log=root / "wsdd.out")

        async def up() -> bool:
            return host.namespace.udp_ports() >= {3702}

        async with ending(program):
            await program.start(up, timeout_s=START_S)
            yield program
