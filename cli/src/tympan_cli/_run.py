"""``tympan run``: the agent in the foreground."""

from __future__ import annotations

import os

import click
import trio

from tympan_cli._agent_link import CommandError
from tympan_cli._exits import Exit


@click.command("run")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the loopback listener; 39149 unless told.")
def run(port: int | None) -> None:
    """Run the agent in the foreground until Ctrl-C or SIGTERM."""
    from tympan.admin import Log, serve
    from tympan.plugin import Retry, TympanError

    overrides = {} if port is None else {"local_site": {"port": port}}
    failure: TympanError | None = None
    try:
        trio.run(lambda: serve(os.environ, overrides, log=Log(os.environ)))
    except* TympanError as group:
        failure = _first(group)
    if failure is not None:
        status = Exit.UNAVAILABLE if failure.retry is Retry.LATER else Exit.FAILED
        raise CommandError(failure.cause, next_step=failure.next_step, status=status)


def _first(group: BaseExceptionGroup) -> object:  # type: ignore[type-arg]
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
