"""Composition root: environment, logging, signals, and the agent in the foreground."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping

import trio

from tympan._agent import Agent, Log, open_agent
from tympan._errors import TympanError
from tympan._home import find_home
from tympan._last_words import LastWords
from tympan._limits import DEFAULTS
from tympan._log import Log as LineLog
from tympan._memory import share_heaps
from tympan._service_manager import ServiceManager
from tympan._stalls import StallWatch
from tympan._starts import starting
from tympan._states import PluginState


async def serve(
    env: Mapping[str, str],
    overrides: Mapping[str, Mapping[str, object]],
    *,
    log: Log,
    started: trio.Event | None = None,
) -> None:
    """Runs the agent until SIGTERM, SIGINT or cancellation.

    Raises:
        TympanError: It could not start; the sentence says why and what to do.
    """
    share_heaps()
    os.umask(0o077)  # whatever the agent and its workers write is for its own user
    with starting():
        agent = await open_agent(find_home(env), env, overrides=overrides, log=log)
    last_resort, manager = LastResort(log, DEFAULTS.stop_s), ServiceManager(env)
    stalls = StallWatch(agent.stalls, agent.inside, log, watched=sys.stderr.isatty())
    agent.beat = stalls.beat
    words = LastWords(agent.home.last_words)
    agent.crashed(words.culprit(agent.inside()))
    with last_resort, words, stalls:
        async with trio.open_nursery() as nursery:
            await nursery.start(_stop_on_signal, nursery.cancel_scope, last_resort, manager)
            with starting():
                await nursery.start(agent.run)
            log("the agent runs", home=agent.home.root, keys=agent.vault.origin.value, plugins=_running(agent))
            manager.tell("READY=1", f"STATUS={_standing(agent)}")
            nursery.start_soon(manager.feed, agent.alive)
            if started is not None:
                started.set()


class LastResort:
    """Ends the process when a plugin that shields itself keeps a stopped agent from ending. Owns: a timer once armed.

    What was accepted is on disk and every file is written whole, so nothing is lost by it.
    """

    def __init__(self, log: Log, wait_s: float) -> None:
        self._log = log
        self._wait_s = wait_s
        self._timer: threading.Timer | None = None

    def arm(self) -> None:
        """The agent was told to stop: from now on it has ``wait_s`` seconds."""
        self._timer = threading.Timer(self._wait_s, self._leave)
        self._timer.daemon = True
        self._timer.start()

    def _leave(self) -> None:
        self._log("a plugin does not end; the process ends without it", waited_s=self._wait_s)
        os._exit(0)

    def __enter__(self) -> LastResort:
        return self

    def __exit__(self, *details: object) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _standing(agent: Agent) -> str:
    """In a line, as the service manager shows it."""
    records = agent.lifecycle.records.values()
    running = sum(record.state is PluginState.RUNNING for record in records)
    return f"{running} of {len(records)} plugins run, {len(agent.printers.all())} printers"


def _running(agent: Agent) -> str:
    rows = (f"{record.id}={record.state.value}" for record in agent.lifecycle.records.values())
    return ", ".join(rows)


async def _stop_on_signal(
    scope: trio.CancelScope,
    last_resort: LastResort,
    manager: ServiceManager,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            last_resort.arm()
            manager.tell("STOPPING=1")
            scope.cancel()
            return


def main() -> int:
    """``python -m tympan``: runs the agent with the environment alone."""
    log = LineLog(os.environ)
    status = 0
    try:
        trio.run(lambda: serve(os.environ, {}, log=log))
    except* TympanError as group:
        log("the agent cannot run", error=str(group.exceptions[0]))
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
