"""``tympan run``: the agent in the foreground."""

from __future__ import annotations

import os
from typing import TypeVar

import click

from tympan_cli._agent_link import home
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit

_E = TypeVar("_E", bound=BaseException)


@click.command("run")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the loopback listener; 39149 unless told.")
def run(port: int | None) -> None:
    """Run the agent in the foreground until Ctrl-C or SIGTERM."""
    from tympan.admin import starting

    with starting():
        import trio

        from tympan.admin import Log, serve
        from tympan.plugin import Retry, TympanError

    home()
    overrides = {} if port is None else {"local_site": {"port": port}}
    failures: list[TympanError] = []
    try:
        trio.run(lambda: serve(os.environ, overrides, log=Log(os.environ)))
    except* TympanError as group:
        failures += flatten(group)
    for failure in failures:
        status = Exit.UNAVAILABLE if failure.retry is Retry.LATER else Exit.FAILED
        raise CommandError(failure.cause, next_step=failure.next_step, status=status)


def flatten(group: BaseExceptionGroup[_E]) -> list[_E]:
    """The errors in a group, however deep."""
    found: list[_E] = []
    for error in group.exceptions:
        found += flatten(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
