"""A vendor's plugins on a clean Debian: they come as updates come, are off until policy says otherwise, hold and print.

One of them runs in a process of its own, within bounds, started by a program that carries its own Python.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import trio
from debian import Debian, booted, clean_debian
from desk_rig import Workshop
from discovery_rig._namespaces import Namespace
from office_rig import HOSTS, network_of_machines
from releases_rig import ROOT, release
from rig import wait_until

from tympan_release._making import add

pytestmark = [pytest.mark.anyio, pytest.mark.system, pytest.mark.soak, pytest.mark.timeout(5400)]
VERSION: Final = "7.1.0"
EXAMPLES: Final = ("acme-raw9100", "acme-cost-centre")
WAIT_S: Final = 150.0
DOCUMENT: Final = ROOT / "tests" / "documents" / "01-a4-1p-gray.pdf"
STATE: Final = "/var/lib/tympan"
AS_SERVICE: Final = (
    "systemd-run", "--quiet", "--wait", "--pipe", "-p", "DynamicUser=yes", "-p", "User=tympan",
    "-p", "StateDirectory=tympan", "-p", "StateDirectoryMode=0700", "-p", "UMask=0077",
    "-p", "LoadCredentialEncrypted=tympan.store", "-E", f"TYMPAN_HOME={STATE}",
)  # fmt: skip
"""How the guide of unattended installation says that policy is set without a hub."""

PAYS: Final = """
import json, sys, urllib.request
agent = json.load(open("/run/tympan/agent.json"))
token = open("/var/lib/tympan/run/token").read().strip()
url = "http://127.0.0.1:%d/cost-centre" % agent["port"]
said = json.dumps({"job": int(sys.argv[1]), "cost_centre": "4711"}).encode()
headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
print(urllib.request.urlopen(urllib.request.Request(url, said, headers), timeout=60).status)
"""


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


def published(folder: Path) -> Workshop:
    """A repository with the examples as their vendor signed them, for every machine."""
    workshop = Workshop(folder)
    key = workshop.vendor("acme", *EXAMPLES)
    for name in EXAMPLES:
        source = ["--wheel", "--no-isolation", "--outdir", str(workshop.files), str(ROOT / "examples" / name)]
        subprocess.run([sys.executable, "-m", "build", *source], check=True, capture_output=True, timeout=300)
    for wheel in workshop.files.glob("*.whl"):
        add(workshop.shop(key), wheel)
    workshop.name(None, acme_raw9100="1.0", acme_cost_centre="1.0")
    return workshop


@asynccontextmanager
async def raw_device(network: Namespace) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A device with a raw socket in the machine's network: its port, and what it printed."""
    printed: list[bytes] = []

    async def take(stream: trio.SocketStream) -> None:
        async with stream:
            printed.append(b"".join([piece async for piece in stream]))

    place = trio.socket.from_stdlib_socket(network.socket(trio.socket.AF_INET, trio.socket.SOCK_STREAM))
    await place.bind(("127.0.0.1", 0))
    place.listen()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, take, [trio.SocketListener(place)])
        yield place.getsockname()[1], printed
        nursery.cancel_scope.cancel()


async def rows(machine: Debian) -> dict[str, dict[str, Any]]:
    """The plugins there."""
    return {row["id"]: row for row in await machine.ask("plugins")}


async def switched_on(machine: Debian, capability: str, plugin: str) -> None:
    """By policy of the machine, until the plugin runs."""

    async def runs() -> bool:
        return bool((await rows(machine))[plugin]["status"] == "running")

    await machine.run(*AS_SERVICE, machine.program, "policy", "set", capability, "on")
    await wait_until(runs, f"{plugin} to run", timeout_s=WAIT_S, every_s=0.5)


async def until_state(machine: Debian, state: str) -> None:
    """The only job is so."""

    async def so() -> bool:
        return [row["state"] for row in await machine.ask("jobs")] == [state]

    await wait_until(so, f"the job to be {state}", timeout_s=WAIT_S, every_s=0.5)


async def bounds(machine: Debian) -> list[int]:
    """Of memory, in bytes, of each process of the agent's that has one."""
    limits = "$(grep -lx tympan /proc/[0-9]*/comm | sed s/comm$/limits/)"
    found = await machine.run("sh", "-c", f"grep -h 'Max address space' {limits}")
    return [int(line.split()[3]) for line in found.splitlines() if line.split()[3].isdigit()]


async def test_added_by_an_update_and_switched_on_by_policy_they_hold_and_print(tmp_path: Path) -> None:
    workshop, made = published(tmp_path / "made"), release(VERSION)
    shown = {made.folder: "/srv/packages", DOCUMENT.parent: "/srv/documents", workshop.public: "/srv/updates"}
    with network_of_machines() as network:
        async with (
            raw_device(network) as (port, printed),
            booted(
                clean_debian(), tmp_path / "console", shown, program="/usr/bin/tympan", network=network.path
            ) as machine,
        ):
            await machine.write("/etc/hosts", HOSTS)
            await machine.run("dpkg", "-i", f"/srv/packages/{made.package.name}")
            assert not {"raw9100", "cost_centre"} & (await rows(machine)).keys()
            await machine.write("/opt/tympan/trust/root.json", workshop.root.decode())
            await machine.tympan("update", "from", "/srv/updates")
            found = await rows(machine)
            for plugin in ("raw9100", "cost_centre"):
                assert (found[plugin]["status"], found[plugin]["imported"]) == ("off", False)

            await machine.tympan("printers", "add", "Lab", "--uri", f"socket://127.0.0.1:{port}")
            await switched_on(machine, "route.raw9100", "raw9100")
            await switched_on(machine, "gate.cost-centre", "cost_centre")
            assert (await rows(machine))["raw9100"]["isolation"] == "process"
            assert await bounds(machine), "the agent's own process has none"
            await machine.tympan("print", f"/srv/documents/{DOCUMENT.name}", "-p", "lab")
            await until_state(machine, "held")
            assert printed == []
            [job] = await machine.ask("jobs")
            assert (await machine.run("python3", "-I", "-c", PAYS, str(job["number"]))).strip() == "200"
            await until_state(machine, "completed")
            assert printed == [DOCUMENT.read_bytes()]
            assert json.loads(await machine.run("cat", "/opt/tympan/plugins/current.json"))["use"]
