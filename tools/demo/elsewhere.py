"""A second computer, whose jobs go sealed through the hub and come out at the first one.

It is all one machine: that no device is reached from there is what the administrator says, *through the hub*, always.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
from collections.abc import Iterator

import attrs
from tools.demo.house import House
from tools.demo.places import DOCUMENT
from tools.demo.portal import Portal
from tools.demo.programs import Programs, say, tell
from tools.demo.sign_in import sign_in

AGENT = "second-agent"
PRINTER = "lobby"
_GROUP = "Beside the devices"


def prints_from_elsewhere(home: House) -> None:
    """Prints there, and returns once it came out here; ends the demo as failed where it does not."""
    say("A second computer, which no device is reached from: sealed through the hub, to the computer beside the device")
    _switched_on(home)
    programs = Programs(attrs.evolve(home.programs.places, computer=AGENT))
    with _second(programs):
        _joined(home, programs)
        programs.show("print", os.path.relpath(DOCUMENT), "--printer", PRINTER, "--wait")
        counted = "the pages of the job to be counted, which may end after it"
        programs.wait_for(counted, lambda: programs.tympan("job", "1")["statistics"] is not None)
        programs.show("job", "1")
        programs.show("keys")


def _switched_on(home: House) -> None:
    """By those who decide: the owner that it may be, the administrator who prints for others, and for which printer."""
    owner, ada = Portal(home.address, home.people.owner), Portal(home.address, home.people.administrator)
    owner.send("/policy", key="tunnel.send", value="on", sure="yes")
    tell(f"{home.people.owner.name}, the owner of the service, lets jobs go through the hub")
    ada.send("/groups/new", name=_GROUP)
    group = ada.open("/groups").links[_GROUP].rpartition("/")[2]
    agent = str(home.programs.tympan("hub", "status")["agent"])
    ada.send(f"/groups/{group}/edit", to=f"/groups/{group}/computers", agent=agent)  # its own page looks by name
    ada.send(f"/policy?group={group}", to="/policy", key="tunnel.receive", value="on", group=group, sure="yes")
    ada.send(f"/printers/{PRINTER}/way", use="always", group=group)
    tell(f"{home.people.administrator.name} lets the first computer print for others, and {PRINTER} go through the hub")


@contextlib.contextmanager
def _second(programs: Programs) -> Iterator[subprocess.Popen[str]]:
    with programs.started(AGENT, "tympan", "run", "--port", "0") as agent:
        there = programs.places.agent / "run" / "agent.json"
        programs.wait_for("the second agent to start", there.exists)
        yield agent


def _joined(home: House, programs: Programs) -> None:
    ada = Portal(home.address, home.people.administrator)
    tell(programs.output(*shlex.split(ada.send("/agents/new").command)))
    sign_in(programs, home.address, home.people.user)

    def known() -> bool:
        return any(row["id"] == PRINTER for row in programs.tympan("printers", "list"))

    programs.wait_for("the second computer to know the printer", known)
