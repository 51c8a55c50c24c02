"""What people may ask of the running agent, and who may ask: whoever shows the token it wrote down."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from typing import TYPE_CHECKING, Any

import trio

from tympan._errors import NotFound, PluginFault, TympanError
from tympan._faults import describe
from tympan._home import Home, write_file
from tympan._limits import DEFAULTS
from tympan._operations import OPERATIONS, Arguments, text
from tympan._plain import Plain
from tympan._ports import Spooler
from tympan._printers import PrinterFile, find_printer
from tympan._rows import find_job
from tympan._values import Job, Printer

if TYPE_CHECKING:
    from tympan._agent import Agent


class AgentControl:
    """``Control`` of the running agent."""

    def __init__(self, agent: Agent, home: Home) -> None:
        self.agent = agent
        self.home = home
        self.file = PrinterFile(home)
        self.token = secrets.token_urlsafe(32)

    async def ask(self, operation: str, arguments: Arguments) -> Plain:
        """Runs one operation."""
        function = OPERATIONS.get(operation)
        if function is None:
            raise NotFound(f"there is no operation {operation!r}", next_step="Is the command as new as the agent?")
        return await function(self, arguments)

    def announce(self, port: int) -> None:
        """Writes down where the loopback site listens, for the command line."""
        write_file(self.home.token_file, self.token.encode())
        write_file(self.home.announcement, json.dumps({"port": port, "pid": os.getpid()}).encode())

    def withdraw(self) -> None:
        """Removes what ``announce`` wrote."""
        for path in (self.home.announcement, self.home.token_file):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def printer(self, arguments: Arguments) -> Printer:
        """The printer an operation is about."""
        return find_printer(self.agent.printers.all(), text(arguments, "printer"))

    def job(self, arguments: Arguments) -> Job:
        """The job an operation is about: a uuid, the beginning of one, or a number."""
        return find_job(self.agent.book.all(), text(arguments, "job"))

    async def spool(self, method: str, *arguments: object) -> Any:
        """Asks the operating system's spooler; a fault that is no answer for a person is charged to its plugin."""
        found = self.agent.owned(Spooler)
        if not found:
            raise NotFound("no plugin for this system's spooler is running", next_step="See 'tympan plugins'.")
        owner, spooler = found[0]
        try:
            with trio.fail_after(DEFAULTS.spool_s):
                return await getattr(spooler, method)(*arguments)
        except TympanError:
            raise
        except Exception as error:
            self.agent.charge(owner, method, error)
            raise PluginFault(f"the plugin {owner} failed: {describe(error)}") from error
