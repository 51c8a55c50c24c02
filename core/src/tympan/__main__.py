"""Composition root: environment, logging, signals, and the agent in the foreground."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping

import trio

from tympan._agent import Agent, Log, open_agent
from tympan._errors import TympanError
from tympan._home import find_home
from tympan._log import Log as LineLog


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
    agent = await open_agent(find_home(env), env, overrides=overrides, log=log)
    async with trio.open_nursery() as nursery:
        await nursery.start(_stop_on_signal, nursery.cancel_scope)
        await nursery.start(agent.run)
        log("the agent runs", home=agent.home.root, keys=agent.vault.origin.value, plugins=_running(agent))
        if started is not None:
            started.set()


def _running(agent: Agent) -> str:
    rows = (f"{record.id}={record.state.value}" for record in agent.lifecycle.records.values())
    return ", ".join(rows)


async def _stop_on_signal(
    scope: trio.CancelScope, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
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
