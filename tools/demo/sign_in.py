"""A person signs in on a computer: the code it shows is approved in the portal."""

from __future__ import annotations

import sys

from tools.demo.people import Person
from tools.demo.portal import Portal
from tools.demo.programs import Programs


def sign_in(programs: Programs, address: str, person: Person) -> None:
    """Returns once they are signed in; ends the demo as failed when they could not."""
    portal = Portal(address, person)
    print("$ tympan login", flush=True)
    with programs.started("login", "tympan", "login") as login:
        code = ""
        for line in login.stdout or ():
            print(f"  {line.rstrip()}" if line.strip() else "", flush=True)
            if not code and _is_code(line.strip()):
                code = line.strip()
                portal.send(f"/activate?code={code}", to="/activate", code=code, decision="approve")
    if login.returncode:
        sys.exit(f"demo: {person.name} could not sign in: {programs.said('login')}")


def _is_code(text: str) -> bool:
    """Eight letters, such as ``BCDF-GHJK``."""
    return len(text) == 9 and text[4] == "-" and text.replace("-", "").isalpha() and text.isupper()
