"""Making, naming and removing queues by the cmdlets of PowerShell (module PrintManagement).

- What a script works on comes in its environment, never in its text: no name and no address is ever a command.
- A script that ended well proves nothing; whoever ran it looks at the queues.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import Final, Protocol

import trio

from tympan_spool_windows._errors import NotPermitted, PowerShellFailed, PowerShellMissing, WindowsSpoolError
from tympan_spool_windows._limits import COMMAND_OUTPUT_CHARACTERS, COMMAND_S

_BEGIN: Final = "$ErrorActionPreference='Stop';$ProgressPreference='SilentlyContinue';"
_ADD: Final = "Add-Printer -IppURL $env:TYMPAN_QUEUE_URL"
_RENAME: Final = "Rename-Printer -Name $env:TYMPAN_QUEUE_NAME -NewName $env:TYMPAN_QUEUE_NEW"
_DESCRIBE: Final = (
    "Set-Printer -Name $env:TYMPAN_QUEUE_NAME -Comment $env:TYMPAN_QUEUE_INFO -Location $env:TYMPAN_QUEUE_PLACE"
)
_REMOVE: Final = "Remove-Printer -Name $env:TYMPAN_QUEUE_NAME"
_FORBIDDEN: Final = re.compile(r"access.{0,20}denied|0x80070005|PermissionDenied|UnauthorizedAccess", re.IGNORECASE)
_OPTIONS: Final = ("-NoLogo", "-NoProfile", "-NonInteractive", "-Command")


class Installer(Protocol):
    """Changes queues; every method may raise ``WindowsSpoolError``."""

    async def add(self, url: str) -> None:
        """Makes a queue on the IPP class driver, for an ``http:`` address; Windows names it."""

    async def rename(self, name: str, new: str) -> None:
        """Gives a queue another name."""

    async def describe(self, name: str, *, info: str, location: str) -> None:
        """Sets its comment and location."""

    async def remove(self, name: str) -> None:
        """Removes a queue with its jobs."""


class PowerShell:
    """Satisfies ``Installer``."""

    async def add(self, url: str) -> None:
        """See ``Installer``."""
        await _run(_ADD, {"URL": url}, what=f"make a queue for {url}")

    async def rename(self, name: str, new: str) -> None:
        """See ``Installer``."""
        await _run(_RENAME, {"NAME": name, "NEW": new}, what=f"rename the queue {name}")

    async def describe(self, name: str, *, info: str, location: str) -> None:
        """See ``Installer``."""
        await _run(_DESCRIBE, {"NAME": name, "INFO": info, "PLACE": location}, what=f"describe the queue {name}")

    async def remove(self, name: str) -> None:
        """See ``Installer``."""
        await _run(_REMOVE, {"NAME": name}, what=f"remove the queue {name}")


async def _run(script: str, told: dict[str, str], *, what: str) -> None:
    command = shutil.which("powershell.exe") or shutil.which("pwsh.exe")
    if command is None:
        raise PowerShellMissing
    environment = {**os.environ, **{f"TYMPAN_QUEUE_{name}": value for name, value in told.items()}}
    try:
        with trio.fail_after(COMMAND_S):
            done = await trio.run_process(
                [command, *_OPTIONS, _BEGIN + script],
                stdin=b"",
                capture_stdout=True,
                stderr=subprocess.STDOUT,
                check=False,
                env=environment,
            )
    except trio.TooSlowError as error:
        raise PowerShellFailed(what, f"PowerShell did not end within {COMMAND_S:g} s") from error
    if done.returncode:
        raise complaint(done.stdout.decode(errors="replace"), what=what)


def complaint(output: str, *, what: str) -> WindowsSpoolError:
    """The error for what PowerShell said."""
    said = " ".join(output.split())[:COMMAND_OUTPUT_CHARACTERS] or "without a reason"
    return NotPermitted(what, said) if _FORBIDDEN.search(output) else PowerShellFailed(what, said)
