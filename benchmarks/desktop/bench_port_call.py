"""A port called across the pipe, beside the same port in the agent's own process, turn by turn.

- A gate is asked about a job: a question with two values and an answer with one.
- An inspector reads a document to its end: how fast documents go over in pieces.
- How long such a process takes until it can be called, and what memory it has then.
"""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.metadata
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import trio

from figures import record_row
from tympan._limits import DEFAULTS
from tympan._manifest import Bounds
from tympan._outside._process import open_outside
from tympan._registry import GROUP
from tympan.plugin import Job, JobState, PluginId, Printer, PrinterId
from tympan.testing import FakeDocument

CALLS: Final = 2000
WARM: Final = 200
ROUNDS: Final = 5
DOCUMENT: Final = bytes(64 << 20)
NEAR: Final = "the same port in the agent's process"
NAME: Final = "tympan_bench_ports"
PLUGIN: Final = '''
"""A gate and an inspector that do nothing but what they must."""
import trio
from tympan.plugin import Contribution, Go, Statistics, hookimpl

class Gate:
    async def check(self, job, printer):
        await trio.lowlevel.checkpoint()
        return Go()

class Inspector:
    media_types = frozenset({"text/plain"})

    async def inspect(self, document, ticket):
        read = 0
        async for piece in document.stream():
            read += len(piece)
        return Statistics(format="text/plain", pages=read)

@hookimpl
def register_gates():
    return [Contribution(port=Gate())]

@hookimpl
def register_inspectors():
    return [Contribution(port=Inspector())]
'''
PRINTER: Final = Printer(id=PrinterId("front"), name="Front", uri="ipp://device.example/ipp/print")
JOB: Final = Job(
    uuid=uuid.UUID(int=7), number=1, printer=PRINTER.id, name="Quarterly report", user="ada", ticket=bytes(400),
    media_type="application/pdf", state=JobState.RECEIVED, created_at=dt.datetime.now(dt.UTC), size_bytes=100_000,
)  # fmt: skip


async def each_us(act: Callable[[], Awaitable[object]]) -> list[float]:
    """Microseconds of each call."""
    found = []
    for _ in range(CALLS):
        begin = time.perf_counter()
        await act()
        found.append((time.perf_counter() - begin) * 1e6)
    return found


async def rate_mb(inspector: Any) -> float:
    """Megabytes a second of one document."""
    document = FakeDocument(content=DOCUMENT, media_type="text/plain")
    begin = time.perf_counter()
    counted = await inspector.inspect(document, b"")
    seconds = time.perf_counter() - begin
    if counted.pages != len(DOCUMENT):
        raise RuntimeError(f"{counted.pages} bytes came")
    return len(DOCUMENT) / 1e6 / seconds


def memory_mib(pid: int) -> float:
    """What is the process's own (Linux)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.split()[0]: int(line.split()[1]) for line in lines[1:]}
    return (sizes["Private_Clean:"] + sizes["Private_Dirty:"]) / 1024


async def measure() -> list[dict[str, Any]]:
    """All figures."""
    point = importlib.metadata.EntryPoint(NAME, NAME, GROUP)
    near = importlib.import_module(NAME)
    gate, inspector = near.Gate(), near.Inspector()
    calls: dict[str, list[float]] = {"near": [], "far": []}
    rates: dict[str, list[float]] = {"near": [], "far": []}
    begin = time.perf_counter()
    async with open_outside(PluginId("bench"), point, Bounds(cpu_percent=400), DEFAULTS, lambda *_, **__: None) as far:
        started_s = time.perf_counter() - begin
        ports: list[Any] = [offer.contribution.port for offer in far.offers]
        far_gate, far_inspector = ports
        for _ in range(WARM):
            await far_gate.check(JOB, PRINTER)
        size = memory_mib(far.pid)
        for _ in range(ROUNDS):
            calls["near"] += await each_us(lambda: gate.check(JOB, PRINTER))
            calls["far"] += await each_us(lambda: far_gate.check(JOB, PRINTER))
            rates["near"].append(await rate_mb(inspector))
            rates["far"].append(await rate_mb(far_inspector))
    middle = {name: statistics.median(found) for name, found in calls.items()}
    late = {name: statistics.quantiles(found, n=100)[98] for name, found in calls.items()}
    speed = {name: statistics.median(found) for name, found in rates.items()}
    return [
        record_row(
            "a gate asked across the pipe, median", ours=middle["far"], peer=middle["near"], unit="us", beside=NEAR
        ),
        record_row("a gate asked across the pipe, p99", ours=late["far"], peer=late["near"], unit="us", beside=NEAR),
        record_row("a document read across the pipe", ours=speed["far"], peer=speed["near"], unit="MB/s", beside=NEAR),
        record_row(
            "a plugin's process, until it is called", ours=started_s, peer=None, unit="s", beside="once at its start"
        ),
        record_row(
            "a plugin's process, memory of its own",
            ours=size,
            peer=None,
            unit="MiB",
            beside="Python, trio and the ports",
        ),
    ]


def run() -> list[dict[str, Any]]:
    """The rows."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, f"{NAME}.py").write_text(PLUGIN)
        sys.path.insert(0, folder)
        return trio.run(measure)
