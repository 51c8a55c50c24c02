"""Hub, agent, CUPS and devices, put together and not yet acquainted: enrolling the agent is the test's."""

from __future__ import annotations

import getpass
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import attrs
import httpx
import trio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from portal_rig import PASSWORD, Look, browsing
from rig import (
    Agent,
    Cupsd,
    agent,
    agent_printers,
    cups_queues,
    private_cupsd,
    run_lp,
    simulator,
    wait_for_job,
    wait_until,
)

from joined_rig._hub import HubProcess, hub_process
from joined_rig._steps import Portal
from tympan_sim import Site

T = TypeVar("T")

ADMINISTRATOR, USER = "ada@acme.example", "ben@acme.example"
WAIT_S = 60.0
_SETTINGS = """
[transport_https]
echo_interval_s = 0.5
retry_first_s = 0.05
retry_last_s = 0.5
[hub_sync]
settle_s = 0.05
[ipp_submission]
watch_alert_interval_s = 0.5
[spool_cups]
server = "{server}"
error_log = "{error_log}"
watch_interval_s = 0.5
"""


@attrs.define(kw_only=True)
class Joined:
    """The whole product, running.

    Attributes:
        hub: The hub's process.
        agent: The agent's process.
        cups: The spooler of the agent's computer.
        site: The devices; ``site["eve"]`` is the usual one.
        login: Who prints with ``lp`` here.
        computer: The agent's name for people.
    """

    hub: HubProcess
    agent: Agent
    cups: Cupsd
    site: Site
    login: str = attrs.field(factory=getpass.getuser)
    computer: str = attrs.field(factory=socket.gethostname)
    _loop: BlockingPortal

    def do(self, act: Callable[..., Awaitable[T]], *arguments: Any, **options: Any) -> T:
        """Does something asynchronous of these parts, such as ``do(joined.hub.program.kill9)``."""

        async def done() -> T:
            return await act(*arguments, **options)

        return self._loop.call(done)

    def tympan(self, *arguments: str) -> str:
        """What the command ``tympan`` printed."""
        return self.do(self.agent.tympan, *arguments)

    def sign_in(self, at: Portal) -> None:
        """Signs whoever is at the portal in on this computer, for the account the tests run under."""
        code = json.loads(self.do(_control, self.agent, "login.begin", user=self.login))
        at.go(f"/activate?code={code['user_code']}").press("Sign in")
        at.sees("You are signed in there")
        self.do(_signed_in, self.agent, code["id"], self.login)

    def queues(self) -> set[str]:
        """The names of the queues CUPS has."""
        return set(self.do(cups_queues, self.cups.server))

    def lp(self, queue: str, file: Path, *, title: str = "", **options: str) -> int:
        """Prints with ``lp``; option names with ``_`` for ``-``. Returns the number of the job at CUPS."""
        given = {name.replace("_", "-"): value for name, value in options.items()}
        return self.do(run_lp, self.cups.server, queue, file, given, title=title)

    def ended(self, job: int) -> str:
        """How CUPS says a job ended, once it did."""
        return self.do(wait_for_job, self.cups.server, job).state

    def knows(self, printer: str) -> None:
        """Waits until the agent knows a printer of the hub, and has seen its device."""
        self.do(_known, self.agent, printer)

    @contextmanager
    def browser(self, *flags: str) -> Iterator[Callable[[Look], Portal]]:
        """The system's browser; gives what opens the portal in a way of looking. ``flags`` are more of Chromium's."""
        with browsing(self.hub.url, *flags) as opened:
            yield lambda look: Portal(opened(look), look)


@contextmanager
def joined(folder: Path) -> Iterator[Joined]:
    """All of it on a folder, with an administrator at the hub; ended with the block."""
    with start_blocking_portal("trio") as loop, loop.wrap_async_context_manager(_parts(folder, loop)) as parts:
        yield parts


@asynccontextmanager
async def _parts(folder: Path, loop: BlockingPortal) -> AsyncIterator[Joined]:
    async with (
        private_cupsd() as cups,
        simulator(folder / "devices") as site,
        agent(folder / "agent", env={"TYMPAN_KEYS": "file"}, settings=_settings(cups)) as ours,
        hub_process(folder / "hub", serve=("--bridge-port", str(ours.port))) as hub,
    ):
        await hub.command("tenant", "add", "Acme", "--administrator", ADMINISTRATOR, "--password-stdin", stdin=PASSWORD)
        await hub.start()
        yield Joined(hub=hub, agent=ours, cups=cups, site=site, loop=loop)


def _settings(cups: Cupsd) -> str:
    return _SETTINGS.format(server=cups.server, error_log=f"{cups.root}/log/error_log")


async def _known(ours: Agent, printer: str) -> None:
    async def there() -> bool:
        known = (await agent_printers(ours)).get(printer)
        return known is not None and known.reachable

    await wait_until(there, f"the agent to know {printer} and see its device", timeout_s=WAIT_S)


async def _control(ours: Agent, operation: str, **arguments: str) -> bytes:
    token = await trio.Path(ours.home / "run" / "token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=ours.url, trust_env=False, timeout=WAIT_S) as client:
        answer = await client.post(f"/api/v1/{operation}", json=arguments, headers=headers)
    answer.raise_for_status()
    return answer.content


async def _signed_in(ours: Agent, code: str, user: str) -> None:
    async def granted() -> bool:
        return bool(json.loads(await _control(ours, "login.ask", id=code))["standing"] == "signed-in")

    async def known() -> bool:
        return bool(json.loads(await _control(ours, "whoami", user=user))["signed_in"])

    await wait_until(granted, "the sign-in to be granted", timeout_s=WAIT_S)
    await wait_until(known, "the agent to hear who is signed in", timeout_s=WAIT_S)
