"""``tympan-hub serve --processes N``: several processes behind one address, watched by one that serves nobody.

- The listening socket is made once and shared: what waits in its queue outlives any process, also one that is killed.
- A process that ends is started again, after a wait that grows while it keeps ending before it answers. One that gives
  up by itself ends the hub only at its start: at once before any process has answered, after some tries where none ever
  answered in its own place. That is a mistake in how the hub was started, such as a port of its own that is taken.
- A process whose watcher is gone ends in order by itself: its standard input ends.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

from tympan_hub.cli.addresses import listener
from tympan_hub.domain.errors import BadInput, Unavailable
from tympan_hub.domain.limits.processes import PROCESS_AGAIN_MOST_S, PROCESS_AGAIN_S, PROCESS_END_S, PROCESS_VAIN_STARTS

_NUMBER = "TYMPAN_HUB_PROCESS"


class Processes:
    """The processes of one hub.

    Args:
        count: How many.
        arguments: Of ``tympan-hub``, for each; the number of the socket follows them.
        environment: For each.
        ready: Told the address once all answered.
        also: More sockets that all of them share; their numbers stand among the arguments.
    """

    def __init__(
        self,
        count: int,
        arguments: list[str],
        environment: Mapping[str, str],
        ready: Callable[[str], None],
        *,
        also: Collection[socket.socket] = (),
    ) -> None:
        self._count = count
        self._arguments = arguments
        self._environment = dict(environment)
        self._ready = ready
        self._also = tuple(also)
        self._stopping = asyncio.Event()
        self._running: set[asyncio.subprocess.Process] = set()
        self.answers = False
        """Whether any process ever answered: then what keeps another from it passes."""

    async def run(self, host: str, port: int) -> None:
        """Serves until a signal comes.

        Raises:
            BadInput: Nobody can listen there.
            Unavailable: A process ended by itself before any had answered, or again and again; it has said why.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        with listener(host, port) as listening:
            slots = [_Slot(self, listening.fileno(), number) for number in range(self._count)]
            keeping = [asyncio.create_task(slot.keep()) for slot in slots]
            try:
                await self._first_answers(slots, keeping)
                if not self._stopping.is_set():
                    address, bound = listening.getsockname()[:2]
                    self._ready(f"http://{f'[{address}]' if ':' in address else address}:{bound}")
                await self._stopping.wait()
            finally:
                self._stopping.set()
                await self._end()
                await asyncio.gather(*keeping, return_exceptions=True)

    async def _first_answers(self, slots: "list[_Slot]", keeping: list[asyncio.Task[None]]) -> None:
        """Until all answered or a signal comes; raises what one of them failed with."""
        answering = asyncio.create_task(_all_answered(slots))
        stopping = asyncio.create_task(self._stopping.wait())
        waiting: list[asyncio.Task[Any]] = [answering, stopping, *keeping]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        answering.cancel()
        stopping.cancel()
        for task in done.intersection(keeping):
            task.result()

    async def started(self, descriptor: int, number: int) -> asyncio.subprocess.Process:
        """One more process."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tympan_hub.cli",
            *self._arguments,
            str(descriptor),
            env={**self._environment, _NUMBER: str(number)},
            pass_fds=[descriptor, *(one.fileno() for one in self._also)],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches the watcher alone, which ends them in order
        )
        self._running.add(process)
        return process

    def ended(self, process: asyncio.subprocess.Process) -> None:
        """It is gone."""
        self._running.discard(process)

    async def rest(self, seconds: float) -> bool:
        """Waits; tells whether to go on."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        return not self._stopping.is_set()

    def stopping(self) -> bool:
        """Whether the end has come."""
        return self._stopping.is_set()

    async def _end(self) -> None:
        for number, seconds in ((signal.SIGTERM, PROCESS_END_S), (signal.SIGKILL, PROCESS_END_S)):
            for process in tuple(self._running):
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await asyncio.gather(*(process.wait() for process in tuple(self._running)))
                    return


class _Slot:
    """The place of one process."""

    def __init__(self, processes: Processes, descriptor: int, number: int) -> None:
        self._processes = processes
        self._descriptor = descriptor
        self._number = number
        self._vain = 0
        self.answered = asyncio.Event()

    async def keep(self) -> None:
        """Lets there always be a process in this place; raises ``Unavailable`` where that is in vain."""
        wait_s = PROCESS_AGAIN_S
        while not self._processes.stopping():
            process = await self._processes.started(self._descriptor, self._number)
            if self._processes.stopping():  # too young to be among those that were told to end
                _kill(process)
            try:
                answered = await self._one(process)
            finally:
                self._processes.ended(process)
            if self._processes.stopping():
                return
            if self._gives_up(process.returncode or 0):
                raise Unavailable("a process of the hub ended before it answered", next_step="What it said is above.")
            print(f"tympan-hub: a process ended ({process.returncode}); starting another", file=sys.stderr, flush=True)  # noqa: T201
            wait_s = PROCESS_AGAIN_S if answered else min(2 * wait_s, PROCESS_AGAIN_MOST_S)
            await self._processes.rest(wait_s)

    def _gives_up(self, code: int) -> bool:
        """Whether one that ended by itself, and was not killed, leaves no hope that this place is ever filled."""
        if code < 0 or self.answered.is_set():
            return False
        self._vain += 1
        return self._vain >= PROCESS_VAIN_STARTS or not self._processes.answers

    async def _one(self, process: asyncio.subprocess.Process) -> bool:
        """Until it ends; tells whether it had answered."""
        if process.stdout is None:
            raise RuntimeError("a process without standard output")
        answered = False
        while await process.stdout.readline():
            answered = True
            self.answered.set()
            self._processes.answers = True
        await process.wait()
        return answered


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


async def _all_answered(slots: "list[_Slot]") -> None:
    for slot in slots:
        await slot.answered.wait()


def own_port(first: int | None) -> int | None:
    """The port of this process, when each of several has its own from ``first`` on; 0 is a free one for each."""
    return first and first + int(os.environ.get(_NUMBER, "0"))


def check_count(count: int, *, shared: bool) -> None:
    """Raises ``BadInput`` for processes that could not serve together."""
    if count == 1:
        return
    if not shared:
        cause = "several processes cannot share one SQLite file: they would not hear of each other's changes"
        raise BadInput(cause, next_step="Give a PostgreSQL with --database, or take one process.")
    if os.name != "posix":
        raise BadInput("several processes need a POSIX system", next_step="Run one for each port behind a proxy.")
