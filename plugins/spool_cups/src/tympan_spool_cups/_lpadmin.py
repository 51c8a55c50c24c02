"""Making and removing queues with the system's own ``lpadmin``.

- It proves who the caller is in every way the CUPS of this system knows (peer credentials, certificate file, Kerberos),
  and makes driverless queues on old CUPS releases, where the client builds the PPD, as on new ones. An IPP request of
  our own would have to do both again.
- Arguments are a list, never a shell's line; it has no terminal to ask for a password on.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence

import trio

from tympan.plugin import QueueRequest
from tympan_spool_cups._errors import CommandMissing, CupsAway, CupsRefused, NotAllowed, SpoolerError
from tympan_spool_cups._limits import COMMAND_OUTPUT_CHARACTERS, COMMAND_S, INFO_CHARACTERS
from tympan_spool_cups._model import Server

_FORBIDDEN = re.compile(r"unauthorized|forbidden|not authorized|not-authori[sz]ed|password", re.IGNORECASE)
_AWAY = re.compile(r"unable to connect|bad file descriptor|connection refused|no such file", re.IGNORECASE)


async def add_queue(server: Server, request: QueueRequest, *, user: str) -> None:
    """Makes or changes a driverless queue that is enabled and accepting. Says nothing about whether it works.

    Raises:
        SpoolerError: CUPS or the system refused.
    """
    description = ["-D", request.info[:INFO_CHARACTERS] or request.name, "-L", request.location[:INFO_CHARACTERS]]
    shared = ["-o", "printer-is-shared=false"]
    arguments = ["-p", request.name, "-v", request.uri, "-m", "everywhere", *description, *shared, "-E"]
    await _lpadmin(server, arguments, what=f"make the queue {request.name}", user=user)


async def remove_queue(server: Server, name: str, *, user: str) -> None:
    """Removes a queue with its jobs.

    Raises:
        SpoolerError: CUPS or the system refused.
    """
    await _lpadmin(server, ["-x", name], what=f"remove the queue {name}", user=user)


def command() -> str | None:
    """Where ``lpadmin`` is; None where it is not installed."""
    return shutil.which("lpadmin", path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")


async def _lpadmin(server: Server, arguments: Sequence[str], *, what: str, user: str) -> None:
    program = command()
    if program is None:
        raise CommandMissing
    # LC_ALL: its complaints are told apart by their words.
    environment = {**os.environ, "CUPS_SERVER": str(server), "LC_ALL": "C.UTF-8"}
    try:
        with trio.fail_after(COMMAND_S):
            done = await trio.run_process(
                [program, *arguments],
                stdin=b"",
                capture_stdout=True,
                stderr=subprocess.STDOUT,
                check=False,
                env=environment,
                start_new_session=True,
            )
    except trio.TooSlowError as error:
        raise CupsAway(str(server), f"lpadmin did not end within {COMMAND_S:g} s") from error
    if done.returncode:
        raise complaint(server, done.stdout.decode(errors="replace"), what=what, user=user)


def complaint(server: Server, output: str, *, what: str, user: str) -> SpoolerError:
    """The error for what lpadmin said."""
    said = output.strip().removeprefix("lpadmin: ")[:COMMAND_OUTPUT_CHARACTERS] or "without a reason"
    if _FORBIDDEN.search(said):
        return NotAllowed(what, user, said)
    if _AWAY.search(said):
        return CupsAway(str(server), said)
    return CupsRefused(what, said)
