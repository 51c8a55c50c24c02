"""What people may ask of the running agent, and who may ask: whoever shows the token it wrote down."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

import trio

from tympan._arguments import Arguments, text
from tympan._errors import NotFound, PluginFault, TympanError
from tympan._events import PluginChanged, PortsChanged
from tympan._faults import describe
from tympan._home import Home, write_file
from tympan._ids import PluginId
from tympan._limits import DEFAULTS
from tympan._operations import OPERATIONS
from tympan._plain import Plain
from tympan._ports import AgentKeys, Membership, QueueSharing, Releaser, SignIn, Spooler
from tympan._printer_file import PrinterFile, find_printer
from tympan._releasing import OwnReleases
from tympan._rows import find_job
from tympan._values import Job, Printer

if TYPE_CHECKING:
    from tympan._agent import Agent

_T = TypeVar("_T")


class AgentControl:
    """``Control`` of the running agent."""

    def __init__(self, agent: Agent, home: Home) -> None:
        self.agent = agent
        self.home = home
        self.file = PrinterFile(home)
        self.token = secrets.token_urlsafe(32)
        self.port: int | None = None

    async def ask(self, operation: str, arguments: Arguments) -> Plain:
        """Runs one operation."""
        function = OPERATIONS.get(operation)
        if function is None:
            raise NotFound(f"there is no operation {operation!r}", next_step="Is the command as new as the agent?")
        return await function(self, arguments)

    def announce(self, port: int) -> None:
        """Writes down where the loopback site listens, for the command line."""
        write_file(self.home.token_file, self.token.encode())
        self.port = port
        told = json.dumps({"port": port, "pid": os.getpid()}).encode()
        write_file(self.home.announcement, told)
        if self.home.public_announcement is not None:  # no secret: users are told apart by who owns a connection
            write_file(self.home.public_announcement, told, mode=0o644)

    def withdraw(self) -> None:
        """Removes what ``announce`` wrote."""
        self.port = None
        for path in (self.home.announcement, self.home.token_file, self.home.public_announcement):
            with contextlib.suppress(OSError):
                if path is not None:
                    path.unlink(missing_ok=True)

    def printer(self, arguments: Arguments) -> Printer:
        """The printer an operation is about."""
        return find_printer(self.agent.printers.all(), text(arguments, "printer"))

    def job(self, arguments: Arguments) -> Job:
        """The job an operation is about: a uuid, the beginning of one, or a number."""
        return find_job(self.agent.book.all(), text(arguments, "job"))

    async def membership(self) -> tuple[PluginId, Membership]:
        """The plugin that keeps this agent's membership of a hub."""
        return self._first(await self._owned(Membership), "no plugin that joins a hub is running")

    async def agent_keys(self) -> tuple[PluginId, AgentKeys]:
        """The plugin that knows the keys of other agents."""
        return self._first(await self._owned(AgentKeys), "no plugin that knows keys of other agents is running")

    async def sharing(self) -> tuple[PluginId, QueueSharing]:
        """The plugin that shares queues of this machine."""
        return self._first(
            await self._owned(QueueSharing), "no plugin that shares queues is running: share.queues is off"
        )

    async def sign_in(self) -> tuple[PluginId, SignIn]:
        """The plugin by which people sign in."""
        return self._first(await self._owned(SignIn), "no plugin by which people sign in is running")

    async def releaser(self) -> tuple[PluginId | None, Releaser]:
        """Who releases held jobs: a plugin, or the kernel for this machine's own printers."""
        found = await self._owned(Releaser)
        return found[0] if found else (None, OwnReleases(self.agent))

    async def _owned(self, kind: type[Any]) -> Sequence[tuple[PluginId, Any]]:
        """Ports of one kind; while plugins still start, the one that is asked for may be among them: it is waited for.

        An agent that was started a moment ago answers like one that has run for days.
        """
        if not self.agent.owned(kind) and self.agent.lifecycle.starting():
            with closing(self.agent.bus.subscribe(PluginChanged, PortsChanged)) as changes:
                with trio.move_on_after(DEFAULTS.starting_s):
                    while not self.agent.owned(kind) and self.agent.lifecycle.starting():
                        await changes.receive()
        return self.agent.owned(kind)

    @staticmethod
    def _first(found: Sequence[tuple[PluginId, _T]], missing: str) -> tuple[PluginId, _T]:
        if not found:
            raise NotFound(missing, next_step="See 'tympan plugins'.")
        return found[0]

    async def spool(self, method: str, *arguments: object) -> Any:
        """Asks the operating system's spooler; a fault that is no answer for a person is charged to its plugin."""
        owner, spooler = self._first(await self._owned(Spooler), "no plugin for this system's spooler is running")
        call = functools.partial(getattr(spooler, method), *arguments)
        answer = await self.asked(owner, method, call, DEFAULTS.spool_s)
        if method != "list_queues":
            self.agent.used(owner)
        return answer

    async def asked(self, owner: PluginId | None, where: str, call: Callable[[], Awaitable[_T]], within_s: float) -> _T:
        """Calls a plugin for a person; a fault that is no answer for one is charged to the plugin."""
        try:
            with trio.fail_after(within_s):
                return await call()
        except TympanError:
            raise
        except Exception as error:
            if owner is None:
                raise
            self.agent.charge(owner, where, error)
            raise PluginFault(f"the plugin {owner} failed: {describe(error)}") from error
