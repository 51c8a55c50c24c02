"""The unit of systemd that holds the agent's port, also while the agent is away (systemd.socket(5)).

- From the start of the machine on nobody else can take the port that spoolers and browsers send documents to. Whoever
  connects while the agent starts again waits, and is not refused.
- The port is read from the agent's own settings, and systemd would listen anywhere: below 1024 it holds none, where no
  agent without rights could listen either.
- An agent that dies at its start again and again is started by those who wait a few times at once, and then at the
  service's own pace.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tympan.admin import Home
from tympan_cli._errors import CommandError
from tympan_cli._output import say_aside
from tympan_cli._printers import DEFAULT_PORT, configured_port
from tympan_cli._service_units import NAME

SOCKET_UNIT: Final = f"{NAME}.socket"
_PAGES_PORT: Final = DEFAULT_PORT + 1
"""Where pages look when nothing answers them at the first; beside that port alone."""
_FIRST_OF_ALL: Final = 1024
"""Of the ports that any account may listen at."""
_HAS_IPV6: Final = Path("/proc/net/if_inet6")

Systemctl = Callable[[Sequence[str]], str]
"""Asks systemd; raises ``CommandError``."""


def socket_unit(port: int, *, ipv6: bool) -> str:
    """The unit. Pure.

    Args:
        port: Where the agent listens.
        ipv6: Whether this machine has IPv6 at all; its loopback may still be off.
    """
    ports = (port, _PAGES_PORT) if port == DEFAULT_PORT else (port,)
    hosts = ("127.0.0.1", "[::1]") if ipv6 else ("127.0.0.1",)
    listens = "".join(f"ListenStream={host}:{each}\n" for each in ports for host in hosts)
    return (
        "[Unit]\n"
        "Description=Tympan: the port at which programs of this machine reach the agent\n"
        "\n"
        "[Socket]\n"
        f"{listens}"
        "FreeBind=yes\n"
        "TriggerLimitIntervalSec=30\n"
        "TriggerLimitBurst=6\n"
        "\n"
        "[Install]\n"
        "WantedBy=sockets.target\n"
    )


def write_socket_unit(folder: Path, place: Home) -> tuple[bool, bool]:
    """Writes it beside the agent's, for the port that is set for a state folder.

    Returns:
        Whether there is one now, none where the system chooses the port or it is a privileged one; and whether it is as
        it was.
    """
    port, path = configured_port(place), folder / SOCKET_UNIT
    if 0 < port < _FIRST_OF_ALL:
        say_aside(
            f"the agent's port is not held for it: {port} is below {_FIRST_OF_ALL}; set another one as local_site.port"
        )
    if port < _FIRST_OF_ALL:
        path.unlink(missing_ok=True)
        return False, False
    text = socket_unit(port, ipv6=_HAS_IPV6.exists())
    same = path.exists() and path.read_text() == text
    path.write_text(text)
    return True, same


def hold(unit: str, systemctl: Systemctl, *, same: bool) -> None:
    """Lets systemd listen. An agent that listened by itself has to end first; it is started again by who called."""
    if same and _listens(systemctl):
        return
    systemctl(["stop", unit])
    try:
        systemctl(["restart", SOCKET_UNIT])
    except CommandError as error:
        say_aside(f"the agent's port is not held for it: {error.cause}; another program may have it ('tympan doctor')")


def socket_unit_in(folder: Path) -> tuple[Path, ...]:
    """The one that is there."""
    path = folder / SOCKET_UNIT
    return (path,) if os.path.lexists(path) else ()


def _listens(systemctl: Systemctl) -> bool:
    told = systemctl(["show", "--property", "ActiveState,NeedDaemonReload", SOCKET_UNIT])
    return "ActiveState=active" in told.splitlines()
