"""The system's agent, as other accounts of this machine find it.

- Root means that one where its unit is installed: an administrator who types ``sudo tympan doctor`` asks about the
  service, and not about an agent that root never had.
- Everybody else learns that it runs, and where it listens, from a folder of the service manager's.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tympan.admin import Home, find_home, lives
from tympan_cli._agent_link import port_answers
from tympan_cli._errors import CommandError
from tympan_cli._limits import ANNOUNCEMENT_BYTES
from tympan_cli._service import credential_line, own_program, systemctl, unit_path
from tympan_cli._service_units import NAME
from tympan_cli._socket_unit import SOCKET_UNIT, socket_unit_in
from tympan_cli._update_units import SYSTEM_STATE

PUBLIC: Final = "TYMPAN_PUBLIC"
"""Names another folder than the service manager's in which the system's agent says where it listens."""
_PUBLIC: Final = Path("/run") / NAME


def service_home() -> Home | None:
    """The state folder of the service that is installed; None where there is none."""
    return Home(SYSTEM_STATE) if unit_path(user=False).is_file() and SYSTEM_STATE.is_dir() else None


_RIGHTS: Final = (
    "DynamicUser=yes", f"User={NAME}", f"StateDirectory={NAME}", "StateDirectoryMode=0700", "UMask=0077",
)  # fmt: skip
"""Of the service's unit, what a command needs to find its folder and to leave it as closed as it was."""


def starting(root: Path) -> str:
    """How the agent of a state folder is started."""
    if root == SYSTEM_STATE and unit_path(user=False).is_file():
        return f"Start it with 'systemctl start {NAME}'."
    if root == find_home({}).root and unit_path(user=True).is_file():
        return f"Start it with 'systemctl --user start {NAME}'."
    return f"Start it with '{NAME} run'."


def as_the_service(root: Path, *words: str) -> str:
    """How root runs a command with the service's account and key, as a sentence; "" for another agent's folder."""
    if root != SYSTEM_STATE or service_home() is None:
        return ""
    how = (part for line in (*_RIGHTS, credential_line()) for part in ("-p", line))
    command = ["systemd-run", "--pipe", *how, "-E", f"TYMPAN_HOME={root}", str(own_program()), *words]
    return f"Run it as the service does: {shlex.join(command)}"


def port_is_held(root: Path) -> bool:
    """Whether systemd listens for the agent of a state folder while that is away."""
    for user, state in ((False, SYSTEM_STATE), (True, find_home({}).root)):
        if root == state and socket_unit_in(unit_path(user=user).parent):
            with contextlib.suppress(CommandError):  # it is not active, and says so by its status
                return systemctl(["is-active", SOCKET_UNIT], user=user).strip() == "active"
    return False


def public_port(env: Mapping[str, str]) -> int | None:
    """Where the system's agent says it listens; None when it says nothing, or nobody listens there."""
    there = public_agent(env)
    return there[0] if there else None


def public_agent(env: Mapping[str, str]) -> tuple[int, int] | None:
    """The same, and the user id of the account it runs under."""
    folder = Path(env[PUBLIC]) if env.get(PUBLIC) else _PUBLIC
    try:
        with (folder / "agent.json").open("rb") as file:
            told, uid = json.loads(file.read(ANNOUNCEMENT_BYTES)), os.fstat(file.fileno()).st_uid
        port, pid = told["port"], told["pid"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if type(port) is not int or type(pid) is not int or not (0 < port < 65536 and 0 < pid < 2**31):
        return None
    return (port, uid) if lives(pid) and port_answers(port) else None
