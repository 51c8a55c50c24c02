"""Leaves the demo running, says how to use it, and takes away what was installed into this machine's spooler."""

from __future__ import annotations

import os
import shlex
import sys
import time

from tools.demo.house import PRINTERS, House
from tools.demo.people import TENANT
from tools.demo.places import BIN, DOCUMENT
from tools.demo.programs import say, tell

LOOK_S = 0.5
"""How often it is looked whether all still run."""


def stay(home: House) -> None:
    """Returns when the demo is told to end, which is how it ends well."""
    _tell(home)
    try:
        _watch(home)
    except SystemExit as ended:
        if not str(ended).startswith("demo: ended by"):
            raise
        _uninstall(home)
        print("\ndemo: everything is ended.", flush=True)


def _tell(home: House) -> None:
    say("All of it stays, until Ctrl-C")
    tell(f"portal         {home.address}")
    for person in home.people.everybody:
        tell(f"{person.role:14} {person.email:22} {person.password}")
    tell(f"{home.people.user.name} is {home.people.account} on this computer; the tenant is {TENANT}.")
    say("Print into it, in another terminal, and see it in the portal")
    environment = home.programs.places.environment()
    for name in ("TYMPAN_HOME", "TYMPAN_KEYS"):
        tell(f"export {name}={shlex.quote(environment[name])}")
    tell(f"{shlex.quote(os.path.relpath(BIN / 'tympan'))} print {os.path.relpath(DOCUMENT)} --printer lobby --wait")
    tell("Where CUPS runs, Install on a printer's page in the portal makes a queue; then: lp -d lobby FILE")


def _watch(home: House) -> None:
    while True:
        for name, program in home.running.items():
            if program.poll() is not None:
                sys.exit(f"demo: the {name} ended ({program.returncode}):\n{home.programs.said(name)}")
        time.sleep(LOOK_S)


def _uninstall(home: House) -> None:
    """Queues made from the portal lie in the system's spooler, and would lead nowhere from now on."""
    for printer in PRINTERS:
        home.programs.attempt("tympan", "printers", "uninstall", printer)
