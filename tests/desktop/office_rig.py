"""A hub and a device in the network of a clean Debian, as in an office: what is installed there joins and prints.

Both run on this machine, and stand in the other's network alone.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import trio
from debian import Debian
from discovery_rig._namespaces import Namespace
from joined_rig import HubProcess, hub_process
from portal_rig import PASSWORD
from rig import Program, answers_http, free_port, run, standing_on
from rig._programs import ending

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.policy import USER_ENROLMENT, Verdict
from tympan_hub.service import Services
from tympan_sim import read_journal

LOBBY: Final = "lobby"
BEN: Final = "ben@acme.example"
HOSTS: Final = "127.0.0.1 localhost\n"
START_S: Final = 60.0
_SIM: Final = str(Path(sys.executable).with_name("tympan-sim"))
_ASK: Final = """
import sys, urllib.request
url, token, body = sys.argv[1:]
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
request = urllib.request.Request(url, body.encode() or None, headers)
with urllib.request.urlopen(request, timeout=30) as answer:
    sys.stdout.write(answer.read().decode())
"""
_SEND: Final = """
import json, sys
from pathlib import Path
import httpx
url, email, password, path, into, fields = sys.argv[1:]
def csrf(page):
    return page.text.partition('name="csrf" value="')[2].partition('"')[0]
with httpx.Client(base_url=url, headers={"Origin": url}, timeout=60, trust_env=False) as browser:
    who = {"email": email, "password": password, "csrf": csrf(browser.get("/sign-in"))}
    assert browser.post("/sign-in", data=who).status_code == 303, "nobody is signed in"
    answer = browser.post(path, data={**json.loads(fields), "csrf": csrf(browser.get("/account"))})
    assert answer.status_code in (200, 303), answer.text
    Path(into).write_bytes(answer.content)
    sys.stdout.write(answer.headers.get("location", ""))
"""


@attrs.frozen(kw_only=True)
class Office:
    """What stands beside the machine.

    Attributes:
        network: The machine's.
        hub: Serves a tenant with one printer, for people who need not sign in at computers, and what is published.
        device: That printer's, as a program.
        papers: Where it keeps what it prints.
        token: Of an administrator's program.
        published: The folder of what the hub offers for computers.
        tenant: Whose all this is.
        port: Of the device.
    """

    network: Namespace
    hub: HubProcess
    device: Program
    papers: Path
    token: str
    published: Path
    tenant: TenantId
    port: int

    @property
    def printed(self) -> list[str]:
        """The titles of what came out whole, in order."""
        return [record.name.partition(" [")[0] for record in read_journal(self.papers / LOBBY)]

    async def enrolment(self, computers: int = 1) -> str:
        """The file that lets more computers join."""
        token = await self.hub.command("enrol-token", str(self.tenant), "--computers", str(computers))
        return f"hub={self.hub.url}\ntoken={token}\n"

    async def ask(self, path: str, **body: str) -> Any:
        """What the hub's API answers."""
        url = f"{self.hub.url}/api/v1/{path}"
        with standing_on(self.network):
            return json.loads(
                await run([sys.executable, "-c", _ASK, url, self.token, json.dumps(body) if body else ""])
            )

    async def send(self, path: str, into: Path, **fields: str) -> str:
        """Ben signs in at the portal and sends a form; where it leads to, and what is answered goes into a file."""
        words = [self.hub.url, BEN, PASSWORD, path, str(into), json.dumps(fields)]
        with standing_on(self.network):
            return await run([sys.executable, "-c", _SEND, *words])

    async def switch_on(self) -> None:
        """Has the device there."""

        async def answers() -> bool:
            return await answers_http(self.port)

        await self.device.start(answers, timeout_s=START_S)


@asynccontextmanager
async def office(machine: Debian, folder: Path) -> AsyncIterator[Office]:
    """All of it in the network of a machine, served, with the device switched on."""
    await machine.write("/etc/hosts", HOSTS)
    with _network(machine) as network:
        async with office_in(network, folder) as made:
            yield made


@asynccontextmanager
async def office_in(network: Namespace, folder: Path) -> AsyncIterator[Office]:
    """All of it in a network."""
    papers, port = folder / "papers", free_port()
    token, tenant = await trio.to_thread.run_sync(lambda: asyncio.run(_furnished(folder / "hub", port)))
    with standing_on(network):
        # Without TLS: it has another certificate after each start, and an agent prints on no such device.
        argv = [_SIM, "printer", "--name", LOBBY, "--port", str(port), "--directory", str(papers), "--json", "--no-tls"]
        device = Program(argv=argv, log=folder / "device.out")
        async with ending(device), hub_process(folder / "hub") as serving:
            made = Office(
                network=network, hub=serving, device=device, papers=papers, token=token, tenant=tenant, port=port,
                published=Home(folder / "hub").updates,
            )  # fmt: skip
            await serving.start()
            await made.switch_on()
            yield made


async def _furnished(home: Path, port: int) -> tuple[str, TenantId]:
    async with hub(Home(home)) as services:
        return await _furnish(services, f"ipp://127.0.0.1:{port}/ipp/print/{LOBBY}")


async def _furnish(services: Services, device: str) -> tuple[str, TenantId]:
    tenant = (await services.tenants.add(CONSOLE, "Acme")).id
    ada = await services.people.add(
        tenant, CONSOLE, email="ada@acme.example", name="Ada", role=Role.ADMINISTRATOR, login="ada", password=PASSWORD
    )
    await services.people.add(tenant, ada.actor, email=BEN, name="Ben", role=Role.USER, login="ben", password=PASSWORD)
    await services.policy.switch(tenant, ada.actor, "agent.require-sign-in", Verdict.OFF)
    await services.policy.switch(tenant, ada.actor, USER_ENROLMENT, Verdict.ON)
    await services.printers.add(tenant, ada.actor, name="Lobby", uri=device)
    secret, _ = await services.api_tokens.make(
        tenant, ada.actor, name="program", role=Role.ADMINISTRATOR, validity=dt.timedelta(days=1)
    )
    return secret, tenant


@contextmanager
def network_of_machines() -> Iterator[Namespace]:
    """A network that machines stand in, one after the other."""
    called = f"office-{os.getpid()}"  # tests of discovery remove what is called as theirs
    subprocess.run(["ip", "netns", "add", called], check=True, timeout=START_S)
    try:
        subprocess.run(["ip", "-n", called, "link", "set", "lo", "up"], check=True, timeout=START_S)
        yield Namespace(name=called)
    finally:
        subprocess.run(["ip", "netns", "delete", called], check=True, timeout=START_S)


@contextmanager
def _network(machine: Debian) -> Iterator[Namespace]:
    """The machine's network under a name of this one."""
    called = f"office-of-{machine.init}"
    subprocess.run(["ip", "netns", "attach", called, str(machine.init)], check=True, timeout=START_S)
    try:
        yield Namespace(name=called)
    finally:
        subprocess.run(["ip", "netns", "delete", called], check=True, timeout=START_S)
