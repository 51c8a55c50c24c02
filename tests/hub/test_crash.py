"""``kill -9`` of hub and agent amid enrolling, installing, printing and reporting: nothing is lost, nothing doubled."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import psutil
import pytest
import trio
import trio.testing
from crash_rig import TOGETHER, Books, Stage, Step, Victim, stage
from hub_rig import PostgreSQL, postgresql
from rig import Agent, agent, cups_queues, wait_until

from tympan_hub.domain.commands import CommandState
from tympan_hub.domain.jobs import Standing

pytestmark = [pytest.mark.anyio, pytest.mark.system]

DOCUMENT = Path(__file__).parents[1] / "documents" / "01-a4-1p-gray.pdf"
PLAN = {Step.ENROL: 2, Step.INSTALL: 2, Step.REPORT: 3, Step.REMOVE: 1}
SHORT = dict.fromkeys(Step, 1)
LIVES = 7
SWITCH = "acme.ledger"
FINAL = ("completed", "unknown", "canceled", "aborted")
WAIT_S = 120.0
SETTINGS = """
[transport_https]
echo_interval_s = 0.3
retry_first_s = 0.05
retry_last_s = 0.3
[hub_sync]
settle_s = 0.02
[spool_cups]
server = "{server}"
watch_interval_s = 0.5
"""


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    with postgresql(durable=True) as running:
        yield running


@attrs.define(kw_only=True)
class Life:
    """An agent from its first start on."""

    stage: Stage
    ours: Agent
    token: str
    number: int
    name: str = ""

    async def live(self, plan: dict[Step, int]) -> None:
        """Enrols, installs, prints, removes; with power cuts amid each."""
        acts = {
            Step.ENROL: (self._enrol, self._enrolled),
            Step.INSTALL: (self._install, self._installed),
            Step.REPORT: (self._print, self._told),
            Step.REMOVE: (self._remove, self._removed),
        }
        for step, count in plan.items():
            act, until = acts[step]
            for cut in self.stage.cuts(step, count):
                print(f"{self.number}: {cut}")
                await self.stage.cut(self.ours, cut, act)
            await act()
            await wait_until(until, f"{step} to be over", timeout_s=WAIT_S, every_s=0.3)
            if step is Step.REPORT:
                await self._print_alone()

    async def _print_alone(self) -> None:
        """The hub is away: printing goes on; it is back: it hears all."""
        await self.stage.hub.program.kill9()
        await self._send()
        await self._send()
        await wait_until(self._over, "printing to go on without the hub", timeout_s=WAIT_S, every_s=0.3)
        await self.stage.hub.start()
        await wait_until(self._told, "the hub to hear all", timeout_s=WAIT_S, every_s=0.3)

    async def _enrol(self) -> None:
        address = f"http://127.0.0.1:{self.stage.line.port}"
        await self.ours.tympan("hub", "enrol", address, "--token", self.token, check=False)

    async def _enrolled(self) -> bool:
        said = await self.ours.tympan("hub", "status", "--json", check=False)
        status: dict[str, Any] = json.loads(said or "{}")
        if not status.get("enrolled"):
            await self._enrol()
            return False
        self.name = status["agent"]
        return not status["trouble"]

    async def _books(self) -> Books:
        return (await self.stage.desk.books()).of(self.name)

    async def _install(self) -> None:
        await self.stage.desk.want(self.name, "install")

    async def _installed(self) -> bool:
        books = await self._books()
        return not books.open() and books.installed() == set(await cups_queues(self.stage.cups.server)) != set()

    async def _remove(self) -> None:
        await self.stage.desk.want(self.name, "uninstall")

    async def _removed(self) -> bool:
        books = await self._books()
        return not books.open() and books.installed() == set(await cups_queues(self.stage.cups.server)) == set()

    async def _print(self) -> None:
        """Prints twice and moves a switch in between."""
        await self._send()
        await self.stage.desk.switch(SWITCH, next(self.stage.switches))
        await self._send()

    async def _send(self) -> None:
        ledger = self.stage.ledger
        title = f"{self.number}-{len(ledger.tried)}"
        ledger.tried.append(title)
        told = ("--printer", self.stage.desk.printer, "--title", title, "--json")
        if await self.ours.tympan("print", str(DOCUMENT), *told, check=False):
            ledger.accepted.append(title)

    async def _told(self) -> bool:
        """Whether hub and agent say the same of every job, and of policy."""
        here = await self._states()
        books = await self.stage.desk.books()
        there = {str(job.id): job.standing.value for job in books.of(self.name).jobs}
        over = all(state in FINAL for state in here.values())
        return over and here == there and books.obeyed(self.name) == [books.edition]

    async def _over(self) -> bool:
        """Whether every job has ended."""
        return all(state in FINAL for state in (await self._states()).values())

    async def _states(self) -> dict[str, str]:
        """Where jobs stand as the agent tells, by uuid; a client that was cut off before the last byte has none."""
        rows: list[dict[str, Any]] = await self.ours.ask("jobs.list")
        return {row["uuid"]: row["state"] for row in rows if row["size_bytes"]}


async def storm(
    folder: Path, plan: dict[Step, int], *, seed: int, lives: int, server: PostgreSQL | None = None
) -> Stage:
    """The test: each life with its power cuts, then the reckoning."""
    async with stage(folder, seed=seed, lives=lives, server=server) as found:
        for number, token in enumerate(found.desk.invitations):
            settings = SETTINGS.format(server=found.cups.server)
            home = folder / f"agent-{number}"
            async with agent(home, env={"TYMPAN_KEYS": "file"}, settings=settings) as ours:
                life = Life(stage=found, ours=ours, token=token, number=number)
                await life.live(plan)
                await ours.stop()
            reckon(found, await found.desk.books(), number + 1)
        return found


def reckon(found: Stage, books: Books, lives: int) -> None:
    """One agent a machine, each job printed and counted once, each command ended once and well."""
    assert len(books.agents) == lives
    paper = Counter(record.name for record in found.site["eve"].journal if record.ended == "completed")
    assert set(paper.values()) <= {1}, "printed twice"
    told = Counter(job.title for job in books.jobs)
    assert set(told.values()) == {1}, "reported twice"
    standing = {job.title: job.standing for job in books.jobs}
    done = {title for title, one in standing.items() if one is Standing.COMPLETED}
    unknown = {title for title, one in standing.items() if one is Standing.UNKNOWN}
    assert set(found.ledger.accepted) <= done | unknown, "lost"
    assert done <= set(paper) <= done | unknown
    assert {job.pages.pages if job.pages else None for job in books.jobs if job.title in done} == {1}
    assert (books.used.jobs, books.used.pages, books.used.impressions) == (len(done),) * 3
    assert books.used.uncounted == 0
    assert Counter(one.order for one in books.commands) == {"install-queue": lives, "remove-queue": lives}
    assert {one.state for one in books.commands} == {CommandState.DONE}
    print(f"{lives} lives: {sum(found.struck.values())} power cuts ({found.missed} of them late)")
    print(f"  {len(found.ledger.tried)} jobs tried, {len(done)} printed, {len(unknown)} unknown; {dict(found.struck)}")


BEGETTER = """
import subprocess, sys
for _ in sys.stdin:
    subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
"""
"""Begets a process for each line; they end with it."""


async def ended(processes: list[psutil.Process]) -> bool:
    """Whether one of two has ended; nobody has waited for it."""
    return [process.status() for process in processes].count(psutil.STATUS_ZOMBIE) == 1 < len(processes)


async def test_a_cut_of_one_process_waits_for_all_of_them_and_leaves_the_draws_of_its_seed_alone() -> None:
    watcher = await trio.lowlevel.open_process([sys.executable, "-c", BEGETTER], stdin=subprocess.PIPE)
    nobody: Any = None
    hub: Any = SimpleNamespace(program=SimpleNamespace(pid=watcher.pid))
    rest = dict.fromkeys(("server", "line", "cups", "site", "desk", "victims"), nobody)
    found = Stage(hub=hub, dice=random.Random(1), workers_dice=random.Random(1), **rest)
    try:
        assert watcher.stdin is not None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(found.kill, nobody, Victim.WORKER)
            await trio.testing.wait_all_tasks_blocked()
            await watcher.stdin.send_all(b"\n\n")
        children = psutil.Process(watcher.pid).children()
        await wait_until(lambda: ended(children), "one of the two to end", timeout_s=WAIT_S)
    finally:
        watcher.kill()
        await watcher.wait()
    assert found.dice.random() == random.Random(1).random()


@pytest.mark.soak  # the hub alone is cut in test_hub_process, its processes and the agent together below
async def test_power_cuts_of_hub_and_agent_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    found = await storm(tmp_path, SHORT, seed=1414, lives=1)
    assert sum(found.struck.values()) == sum(SHORT.values())


async def test_power_cuts_of_postgresql_processes_and_agent_lose_nothing_and_double_nothing(
    tmp_path: Path, server: PostgreSQL
) -> None:
    found = await storm(tmp_path, SHORT, seed=1414, lives=1, server=server)
    assert struck(found) == dict.fromkeys(TOGETHER, 1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_hundred_power_cuts_of_hub_and_agent_lose_nothing_and_double_nothing(tmp_path: Path, seed: int) -> None:
    found = await storm(tmp_path, PLAN, seed=seed, lives=LIVES)
    assert sum(found.struck.values()) == LIVES * sum(PLAN.values()) > 50


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_hundred_power_cuts_of_postgresql_processes_and_agent_lose_nothing_and_double_nothing(
    tmp_path: Path, server: PostgreSQL, seed: int
) -> None:
    found = await storm(tmp_path, PLAN, seed=seed, lives=LIVES, server=server)
    assert struck(found) == dict.fromkeys(TOGETHER, LIVES * sum(PLAN.values()) // len(TOGETHER))


def struck(found: Stage) -> dict[Victim, int]:
    """How often each was killed."""
    counted: Counter[Victim] = Counter()
    for kind, times in found.struck.items():
        counted[Victim(kind.split()[1])] += times
    return dict(counted)
