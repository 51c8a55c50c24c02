"""Stage: the agent, CUPS and a device on loopback, set up alike for every figure, and the load that is put on them.

The rig of the whole-system tests starts them; ``make setup`` installs what it needs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import trio

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "print_path"))

from load import Server
from rig import (
    Agent,
    Cupsd,
    EvePrinter,
    add_queue,
    agent,
    answers_http,
    cups_jobs,
    free_port,
    ippeveprinter,
    private_cupsd,
    private_directory,
    run,
    run_lp,
    wait_until,
)

__all__ = [
    "Agent",
    "Cupsd",
    "EvePrinter",
    "OurAgent",
    "PeerCups",
    "Server",
    "add_queue",
    "agent",
    "answers_http",
    "cups_jobs",
    "device",
    "free_port",
    "our_agent",
    "peer_cups",
    "private_cupsd",
    "private_directory",
    "put_load",
    "run_lp",
    "server_of",
    "wait_until",
]

LOAD = Path(__file__).with_name("load.py")
KEYS = {"TYMPAN_KEYS": "file"}
"""A key file in place of the desktop's keyring, which a machine that only measures need not have."""
START_S = 30.0
LOAD_S = 900.0
RAW_FORMAT = "application/vnd.cups-raw"
"""What CUPS takes and hands on without looking at it."""


@attrs.frozen(kw_only=True)
class OurAgent:
    """The agent with one printer defined, its device met.

    Attributes:
        process: The agent's process.
        server: The printer's endpoint.
    """

    process: Agent
    server: Server


@attrs.frozen(kw_only=True)
class PeerCups:
    """CUPS with one raw queue.

    Attributes:
        process: Its daemon.
        server: The queue.
    """

    process: Cupsd
    server: Server


@asynccontextmanager
async def our_agent(device: EvePrinter, cups: str = "127.0.0.1:1") -> AsyncIterator[OurAgent]:
    """A new agent that knows ``device``; ``cups`` is the spooler it sees, none when left out."""
    with private_directory("bench") as place:
        async with agent(place / "home", env={**KEYS, "CUPS_SERVER": cups}) as process:
            added = json.loads(await process.tympan("printers", "add", "Bench", "--uri", device.uri, "--json"))
            await wait_until(lambda: _met(process), "the agent to meet its device", timeout_s=START_S)
            yield OurAgent(process=process, server=server_of(added["endpoint"]))


async def _met(process: Agent) -> bool:
    printers = json.loads(await process.tympan("printers", "list", "--json"))
    return any((printer["device"] or {}).get("reachable") for printer in printers)


def server_of(uri: str) -> Server:
    """The server that a printer's URI leads to."""
    parts = urlsplit(uri)
    return Server(port=parts.port or 631, path=parts.path)


@asynccontextmanager
async def peer_cups() -> AsyncIterator[PeerCups]:
    """A private CUPS that logs nothing and refuses no job for their number, with a raw queue called ``raw``."""
    async with private_cupsd(log_level="none") as cups:
        with (cups.root / "etc" / "cupsd.conf").open("a") as settings:
            settings.write("MaxJobs 0\n")
        await cups.stop()
        await cups.start()
        await run(["lpadmin", "-h", cups.server, "-p", "raw", "-E", "-v", "file:///dev/null", "-m", "raw"])
        yield PeerCups(process=cups, server=Server(port=cups.port, path="/printers/raw"))


@asynccontextmanager
async def device() -> AsyncIterator[EvePrinter]:
    """A running ``ippeveprinter``."""
    async with ippeveprinter() as printer:
        yield printer


async def put_load(what: str, server: Server, **task: object) -> dict[str, Any]:
    """Runs the load as a process of its own and returns what it measured."""
    argument = json.dumps({"port": server.port, "path": server.path, **task})
    with trio.fail_after(LOAD_S):
        done = await trio.run_process(
            [sys.executable, str(LOAD), what, argument], capture_stdout=True, capture_stderr=True
        )
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured
