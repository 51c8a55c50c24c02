"""Hub, devices and agent, put together as their people do it: administrator, then printers, then the user."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

import attrs
from tools.demo.people import TENANT, People
from tools.demo.places import Places
from tools.demo.portal import Portal
from tools.demo.programs import Programs, say, tell
from tools.demo.sign_in import sign_in

PRINTERS = ("lobby", "studio")
QUEUE = "anywhere"
"""The queue that holds jobs."""
_RUN = f"-{os.getpid()}"
"""Part of each device's name, so that two demos on one machine do not find each other's."""


@attrs.frozen(kw_only=True)
class House:
    """All that runs.

    Attributes:
        programs: What runs commands in it.
        people: Who signs in.
        address: Of the hub and its portal.
        devices: What each virtual printer is: ``name`` and ``uri``.
        control: Where faults are ordered of them.
        running: Every program, by its name.
    """

    programs: Programs
    people: People
    address: str
    devices: tuple[dict[str, str], ...]
    control: str
    running: dict[str, subprocess.Popen[str]]

    def order(self, device: str, fault: str) -> None:
        """Orders a fault of a virtual printer; "" clears it."""
        request = urllib.request.Request(f"{self.control}/{device}{_RUN}/faults", data=fault.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()


@contextlib.contextmanager
def house(places: Places) -> Iterator[House]:
    """Everything running, the computer enrolled, two printers defined, and the user signed in; ended with the block."""
    places.empty()
    programs, people = Programs(places), People()
    names = [word for name in PRINTERS for word in ("--name", name + _RUN)]
    with contextlib.ExitStack() as stack:
        running = {
            "printers": stack.enter_context(
                programs.started(
                    "printers",
                    "tympan-sim",
                    "printer",
                    *names,
                    "--announce",
                    "--directory",
                    str(places.paper),
                    "--json",
                )
            ),
            "agent": stack.enter_context(programs.started("agent", "tympan", "run", "--port", "0")),
        }
        _people(programs, people)
        running["hub"] = stack.enter_context(_hub(programs, running["agent"]))
        address = programs.line("hub", running["hub"]).split()[-1]
        ready = json.loads(programs.line("printers", running["printers"]))
        home = House(
            programs=programs,
            people=people,
            address=address,
            devices=tuple({**one, "name": one["name"].removesuffix(_RUN)} for one in ready["printers"]),
            control=ready["control"],
            running=running,
        )
        _tell(home)
        _administrator(home)
        _user(home)
        yield home


def _hub(programs: Programs, agent: subprocess.Popen[str]) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
    """Its pages look for the agent at the port that the agent found free."""
    port = _agent_port(programs, agent)
    return programs.started("hub", "tympan-hub", "serve", "--port", "0", "--bridge-port", str(port))


def _agent_port(programs: Programs, agent: subprocess.Popen[str]) -> int:
    """Where the agent answers, once it does; the demo ends with what it logged when it ends instead."""
    told = programs.places.agent / "run" / "agent.json"
    programs.wait_for("the agent to start", lambda: told.exists() or agent.poll() is not None)
    if agent.poll() is not None:
        programs.line("agent", agent)
    return int(json.loads(told.read_text())["port"])


def _people(programs: Programs, people: People) -> None:
    owner, administrator = people.owner, people.administrator
    hub = ("tympan-hub",)
    programs.output(
        *hub, "owner", "add", owner.email, "--name", owner.name, "--password-stdin", stdin=owner.password
    )  # fmt: skip
    programs.output(
        *hub, "tenant", "add", TENANT, "--administrator", administrator.email, "--password-stdin",
        stdin=administrator.password,
    )  # fmt: skip


def _tell(home: House) -> None:
    say("A hub, two virtual IPP printers and an agent run on this machine")
    tell(f"hub and portal  {home.address}")
    for device in home.devices:
        tell(f"device {device['name']:8} {device['uri']}")


def _administrator(home: House) -> None:
    ada = home.people.administrator
    say(f"{ada.name}, the administrator, lets the computer in, and makes printers of what it found; all in the portal")
    portal = Portal(home.address, ada)
    command = shlex.split(portal.send("/agents/new").command)
    print(f"$ {' '.join(command[:-1])} --token=...", flush=True)
    tell(home.programs.output(*command))
    for device in home.devices:
        _found(home, portal, device["name"])
    portal.send("/printers/new", name=QUEUE.title(), way="pull")
    portal.send("/release-points", **{f"printer-{name}": "yes" for name in PRINTERS})
    tell(f"{QUEUE.title()} is a queue that holds jobs, and both devices are release points, each with a code")
    ben = home.people.user
    portal.send(
        "/people/new", name=ben.name, email=ben.email, login=home.people.account, role="user", password=ben.password
    )
    tell(f"{ben.name} is added, who is {home.people.account} on this computer")


def _found(home: House, portal: Portal, device: str) -> None:
    """The agent finds it by Bonjour, on loopback alone; what the portal shows of it makes a printer in two steps."""
    seen: list[str] = []

    def listed() -> bool:
        seen[:] = [portal.open("/devices").links.get(f"Make printer: {device}{_RUN}", "")]
        return bool(seen[0])

    home.programs.wait_for(f"the agent to find {device}", listed)
    form = portal.open(seen[0]).fields
    tell(f"found by Bonjour: {device} at {form['uri']}")
    portal.send(seen[0], to="/printers/new", name=device.title(), uri=form["uri"], device=form["device"])
    tell(f"printer {device.title()} is made of it")


def _user(home: House) -> None:
    ben = home.people.user
    say(f"{ben.name} signs in on the computer: the code it shows is approved in the portal")
    sign_in(home.programs, home.address, ben)
    for device in home.devices:
        _wait_for_device(home.programs, device["name"])
    home.programs.show("printers", "list")


def _wait_for_device(programs: Programs, printer: str) -> None:
    """Returns once the agent has the printer from the hub, and has met its device."""

    def met() -> bool:
        rows: list[dict[str, Any]] = programs.tympan("printers", "list")
        return any(row["id"] == printer and (row["device"] or {}).get("reachable") for row in rows)

    programs.wait_for(f"the device of {printer} to be reached", met)
