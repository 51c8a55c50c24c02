"""The agent at rest: memory and processor time of all its processes; and from its start to its first answer.

One printer is defined, its device is there, and the spooler is a real CUPS. cupsd's own figures are for the record.
"""

from __future__ import annotations

import statistics
import time

import trio
from load import LoadFailed, answers_per_second, get_printer_attributes
from stage import Agent, Cupsd, Server, device, our_agent, peer_cups

from figures import Row, record_row, value_row
from processes import cpu_s, proportional_mib, resident_mib

SETTLE_S = 15.0
WATCH_S = 60.0
STARTS = 7
START_S = 30.0
POLL_S = 0.002
MEMORY_MIB = 70.0
CPU_PERCENT = 0.2
FIRST_ANSWER_S = 1.0


def run() -> list[Row]:
    """The rows of this benchmark."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    async with device() as eve, peer_cups() as cups:
        async with our_agent(eve, cups.process.server) as agent:
            rows = await _at_rest(agent.process, cups.process)
            starts = [
                (await _first_answer_s(agent.process, agent.server), await _first_answer_s(cups.process, cups.server))
                for _ in range(STARTS)
            ]
        ours, peer = (statistics.median(column) for column in zip(*starts, strict=True))
        figure = "agent: start to first answered request"
        bound = FIRST_ANSWER_S
        return [*rows, value_row(figure, ours=ours, peer=peer, unit="s", promise="<=", bound=bound, beside="cupsd")]


async def _at_rest(agent: Agent, cups: Cupsd) -> list[Row]:
    await trio.sleep(SETTLE_S)
    pids = (agent.pid, cups.program.pid)
    before, start = [cpu_s(pid) for pid in pids], time.monotonic()
    await trio.sleep(WATCH_S)
    spent_s = time.monotonic() - start
    busy, peer_busy = (100 * (cpu_s(pid) - used) / spent_s for pid, used in zip(pids, before, strict=True))
    resident, peer_resident = (resident_mib(pid) for pid in pids)
    shared, peer_shared = (proportional_mib(pid) for pid in pids)
    return [
        value_row("agent idle: RSS of all its processes", ours=resident, peer=peer_resident, unit="MiB", promise="<=",
                  bound=MEMORY_MIB, beside="cupsd"),
        record_row("agent idle: PSS of all its processes", ours=shared, peer=peer_shared, unit="MiB", beside="cupsd"),
        value_row("agent idle: processor time, of one core", ours=busy, peer=peer_busy, unit="%", promise="<=",
                  bound=CPU_PERCENT, beside="cupsd"),
    ]  # fmt: skip


async def _first_answer_s(program: Agent | Cupsd, server: Server) -> float:
    """Starts a stopped program and asks until it answers Get-Printer-Attributes."""
    await program.stop()
    start = time.perf_counter()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(program.start)
        await trio.to_thread.run_sync(_until_answered, server)
        answered = time.perf_counter()
    return answered - start


def _until_answered(server: Server) -> None:
    request, deadline = server.request(get_printer_attributes(server)), time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            answers_per_second(server, request, connections=1, seconds=0, most=1)
        except (OSError, LoadFailed):
            time.sleep(POLL_S)
        else:
            return
    raise LoadFailed("no answer came")


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
