"""An office with a CUPS and a real printer, for tests that drive the browser in their own thread."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import attrs
from anyio.from_thread import BlockingPortal, start_blocking_portal
from joined_rig import Portal
from portal_rig import Look, browsing, camera
from rig import Agent, Cupsd, CupsJob, EvePrinter, ippeveprinter, private_cupsd, run_lp, wait_for_job, wait_until

from release_rig._furnish import PULL, Plan
from release_rig._office import Office, office
from release_rig._waits import WAIT_S
from tympan_hub.domain.pull import PullSettings

T = TypeVar("T")
USER = "ben"
DEVICE = "Front desk"
PHONE = Look(name="phone", width=390)
_SETTINGS = """
[spool_cups]
server = "{server}"
error_log = "{error_log}"
watch_interval_s = 0.5
"""


@attrs.define(kw_only=True)
class Whole:
    """All of it.

    Attributes:
        office: Hub, one agent, broker.
        cups: The spooler of the agent's computer, with a queue for the pull printer.
        eve: The device.
    """

    office: Office
    cups: Cupsd
    eve: EvePrinter
    _loop: BlockingPortal

    def do(self, act: Callable[..., Awaitable[T]], *arguments: Any, **options: Any) -> T:
        """Does something asynchronous of these parts."""

        async def done() -> T:
            return await act(*arguments, **options)

        return self._loop.call(done)

    def api(self, method: str, path: str, by: str, **body: Any) -> Any:
        """Asks the hub's API as somebody, who must be answered well."""
        answer = self.do(self.office.api, method, path, by, **body).raise_for_status()
        return answer.json() if answer.content else None

    @property
    def agent(self) -> Agent:
        """The computer's."""
        return self.office.agents[0]

    @property
    def code(self) -> str:
        """Of the device's sticker."""
        return self.office.made.points[DEVICE].code

    def lp(self, file: Path, title: str, **options: str) -> CupsJob:
        """Prints into the pull queue; returns once CUPS is done with it, which is at once."""
        given = {name.replace("_", "-"): value for name, value in options.items()}
        number = self.do(run_lp, self.cups.server, PULL, file, given, title=title)
        return self.do(wait_for_job, self.cups.server, number)

    def until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        """Waits for something."""
        found: T = self.do(wait_until, look, what, timeout_s=WAIT_S, every_s=0.1)
        return found

    def papers(self) -> int:
        """How many documents came out."""
        return len(self.eve.files())

    @contextmanager
    def phone(self, sees: str, folder: Path) -> Iterator[Callable[[Look], Portal]]:
        """A browser whose camera sees a QR code; gives what opens it in a way of looking."""
        with browsing(self.office.hub.url, *camera(folder, sees)) as opened:
            yield lambda look: Portal(opened(look), look)

    def sticker(self) -> str:
        """Where the QR code on the device leads."""
        return f"{self.office.hub.url}/r/{self.code}"


@contextmanager
def whole(folder: Path, *, broker: bool = True, rules: PullSettings | None = None) -> Iterator[Whole]:
    """All of it on a folder; ended with the block."""
    with (
        start_blocking_portal("trio") as loop,
        loop.wrap_async_context_manager(_parts(folder, loop, broker, rules or PullSettings())) as parts,
    ):
        yield parts


@asynccontextmanager
async def _parts(folder: Path, loop: BlockingPortal, broker: bool, rules: PullSettings) -> AsyncIterator[Whole]:
    async with private_cupsd() as cups, ippeveprinter() as eve:
        settings = _SETTINGS.format(server=cups.server, error_log=f"{cups.root}/log/error_log")
        plan = Plan(devices={DEVICE: eve.uri}, people={USER: getpass.getuser()}, rules=rules)
        async with office(folder, plan, broker=broker, settings=settings) as made:
            await made.agents[0].tympan("printers", "install", PULL)
            yield Whole(office=made, cups=cups, eve=eve, loop=loop)
