"""An agent that is updated while people print: how long nobody listens, and what becomes of their jobs.

- The versions are trees in an installation whose program is this checkout's; everything else is real: the updater with
  its self-check, the agent, CUPS with a queue to it, a device.
- The download is apart: the repository is a folder. The peer is the bare stop and start of the same agent.
- A job counts as refused when CUPS gives it up or stops the queue; what waits in the spooler is not refused.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import trio

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "print_path"))
sys.path.insert(0, str(Path(__file__).parents[2] / "plugins" / "updater" / "tests"))

from desk_rig import Workshop, machine
from rig import (
    Agent,
    ProgramFailed,
    add_queue,
    agent,
    answers_http,
    cups_jobs,
    free_port,
    ippeveprinter,
    private_cupsd,
    private_directory,
    run_lp,
    wait_until,
)

from figures import Row, record_row, value_row
from tympan_updater._applying import Applying
from tympan_updater._checking import ProgramCheck
from tympan_updater._installation import Installation, Running
from tympan_updater._keeping import AskedAgent, Standing
from tympan_updater._wishes import Wish
from tympan_wire.updates import Version

COMMAND: Final = Path(sys.executable).with_name("tympan")
DOCUMENT: Final = Path(__file__).parents[2] / "tests" / "documents" / "02-a4-100p-10color.pdf"
AWAY_S: Final = 5.0
PROBE_S: Final = 0.01
JOBS: Final = 12
BETWEEN_S: Final = 1.0
PRINTED_S: Final = 180.0
KEYS: Final = {"TYMPAN_KEYS": "file"}


class ProcessKeeper:
    """Runs the agent as a process of this one, and is asked from the updater's thread."""

    def __init__(self, process: Agent) -> None:
        self._process = process
        self._asked = AskedAgent(self._ask)

    def _ask(self, operation: str, arguments: Mapping[str, object]) -> Any:
        try:
            return trio.from_thread.run(self._process.ask, operation)
        except ProgramFailed:
            return None

    def standing(self) -> Standing | None:
        """How the agent is."""
        return self._asked.standing()

    def under_way(self) -> int:
        """Asks it to rest."""
        return self._asked.under_way()

    def restart(self) -> None:
        """Stops it and starts what ``current`` means."""
        trio.from_thread.run(self._again)

    async def _again(self) -> None:
        await self._process.stop()
        await self._process.start()


@attrs.define
class Watch:
    """When the agent's listener answered."""

    port: int
    longest_s: float = 0.0
    _last: float = 0.0

    async def run(self) -> None:
        """Asks again and again until cancelled."""
        self._last = trio.current_time()
        while True:
            if await answers_http(self.port):
                now = trio.current_time()
                self.longest_s = max(self.longest_s, now - self._last)
                self._last = now
            await trio.sleep(PROBE_S)


@asynccontextmanager
async def watched(port: int) -> AsyncIterator[Watch]:
    """A watch that runs while the block does."""
    watch = Watch(port)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch.run)
        yield watch
        nursery.cancel_scope.cancel()


def run() -> list[Row]:
    """The rows of this benchmark."""
    return trio.run(_measured)


async def _measured() -> list[Row]:
    with private_directory("update") as place:
        workshop = Workshop(place / "made")
        desk = machine(place / "desk", workshop.root)
        for version in ("1.0.0", "1.1.0"):
            workshop.add(version)
        workshop.name("1.1.0")
        env = {**KEYS, "TYMPAN_INSTALL": str(desk.place.root)}
        async with (
            ippeveprinter() as device,
            private_cupsd(error_policy="retry-job", log_level="none") as cups,
            agent(place / "home", port=free_port(), env=env, started=False) as process,
        ):
            _ours(desk.place, "1.0.0")
            process.program.argv = [str(desk.place.root / "current" / "tympan"), "run", "--port", str(process.port)]
            await process.start()
            added = await process.ask("printers.add", name="desk", uri=device.uri)
            endpoint = f"ipp://127.0.0.1:{process.port}/ipp/print/{added['id']}"
            await add_queue(cups.server, "desk", endpoint, model="raw")
            restart_s = await _restarted(process)
            away_s, whole_s, lost = await _updated(process, desk.place, workshop, cups.server)
    return [
        value_row("update: nobody listens", ours=away_s, peer=restart_s, unit="s", promise="<=", bound=AWAY_S,
                  beside="stop and start of the agent"),
        value_row("update: jobs refused while people print", ours=lost, peer=None, unit="jobs", promise="<=", bound=0),
        record_row("update: from the order to its proof, with self-check", ours=whole_s, peer=None, unit="s",
                   beside="no peer"),
    ]  # fmt: skip


def _ours(place: Installation, version: str) -> None:
    """Lets a version's program be this checkout's."""
    program = place.program(Version(version))
    program.write_text(f'#!/bin/sh\nexec {COMMAND} "$@"\n')
    program.chmod(0o755)


async def _restarted(process: Agent) -> float:
    async with watched(process.port) as watch:
        await process.stop()
        await process.start()
        await trio.sleep(5 * PROBE_S)
    return watch.longest_s


async def _updated(process: Agent, place: Installation, workshop: Workshop, server: str) -> tuple[float, float, float]:
    """How long nobody listened, how long it took, and how many jobs were refused."""

    def check(place: Installation, after: Running, expected: frozenset[str]) -> None:
        _ours(place, "1.1.0")  # the tree is unpacked by now
        ProgramCheck(state=process.home, lowered=False)(place, after, expected)

    updater = Applying(place, ProcessKeeper(process), check, lambda: dt.datetime.now(dt.UTC))
    began = trio.current_time()
    async with trio.open_nursery() as nursery, watched(process.port) as watch:
        nursery.start_soon(_print_on, server)
        await trio.to_thread.run_sync(updater.apply, Wish(channel="all"), workshop.source())
        whole_s = trio.current_time() - began
    await wait_until(lambda: _over(server), "every job to be over", timeout_s=PRINTED_S)
    lost = sum(job.state != "completed" for job in await cups_jobs(server))
    if str(place.running().agent) != "1.1.0":
        raise ProgramFailed("the update came back")
    return watch.longest_s, whole_s, float(lost)


async def _print_on(server: str) -> None:
    for number in range(JOBS):
        await run_lp(server, "desk", DOCUMENT, title=f"job {number}")
        await trio.sleep(BETWEEN_S)


async def _over(server: str) -> bool:
    jobs = await cups_jobs(server)
    return len(jobs) == JOBS and all(job.ended for job in jobs)


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
