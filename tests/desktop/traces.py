"""What a machine has that a package may leave behind: read before it comes and after it went.

- Everything is read, and not only what has our name in it: a file, a unit or a socket may be called anything.
- What others write down about what happened, such as CUPS about its jobs, is named here, place by place.
"""

from __future__ import annotations

from typing import Final

import attrs
from debian import Debian

OF_OTHERS: Final = (
    "/proc", "/sys", "/dev", "/packages", "/srv",
    "/var/log", "/run/log", "/run/systemd", "/run/udev", "/var/lib/systemd", "/tmp/systemd-private-",
    "/var/tmp/systemd-private-",
    "/var/lib/dpkg", "/etc/cups/printers.conf", "/etc/cups/subscriptions.conf", "/run/cups",
    "/var/cache/cups", "/var/spool/cups",
)  # fmt: skip
"""Where others write that there was something: the kernel, the test, systemd, dpkg, CUPS."""

_ACCOUNTS: Final = "cut -d: -f1 /etc/passwd /etc/group /etc/shadow /etc/gshadow"
_LISTENERS: Final = (
    "awk '$4 == \"0A\" {print FILENAME, $2}' /proc/net/tcp /proc/net/tcp6; awk 'NF == 8 {print $8}' /proc/net/unix"
)
_UNITS: Final = "systemctl list-units --all --plain --no-legend; systemctl list-unit-files --no-legend"
_OWN: Final = ("/run/systemd/", "/run/user/", "@")
"""Sockets that systemd and the bus make for whoever runs a command, by a number each."""


@attrs.frozen(kw_only=True)
class Traces:
    """What is there.

    Attributes:
        paths: Files and folders.
        accounts: Names in the system's lists of users and groups.
        units: Of systemd, loaded or in a file.
        queues: Of the print system.
        listeners: Ports and sockets that somebody waits at.
        processes: By name.
    """

    paths: frozenset[str]
    accounts: frozenset[str]
    units: frozenset[str]
    queues: frozenset[str]
    listeners: frozenset[str]
    processes: frozenset[str]

    def beyond(self, before: Traces) -> dict[str, list[str]]:
        """What is there and was not, of each kind."""
        more = {kind: sorted(getattr(self, kind) - getattr(before, kind)) for kind in KINDS}
        return {kind: names for kind, names in more.items() if names}


KINDS: Final = frozenset(field.name for field in attrs.fields(Traces))


async def traces(machine: Debian) -> Traces:
    """Of a machine, now."""
    paths = await _lines(machine, "find / /run -xdev -print")
    listeners = await _lines(machine, _LISTENERS)
    units = await _lines(
        machine, "systemctl list-units --all --plain --no-legend; systemctl list-unit-files --no-legend"
    )
    return Traces(
        paths=frozenset(path for path in paths if not path.startswith(OF_OTHERS)),
        accounts=frozenset(await _lines(machine, _ACCOUNTS)),
        units=frozenset(line.split()[0] for line in units),
        queues=frozenset(await _lines(machine, "lpstat -v 2>/dev/null || :")),
        listeners=frozenset(path for path in listeners if not path.startswith(_OWN)),
        processes=frozenset(await _lines(machine, "cat /proc/[0-9]*/comm")),
    )


async def _lines(machine: Debian, script: str) -> list[str]:
    return [line for line in (await machine.run("sh", "-c", script)).splitlines() if line.strip()]
