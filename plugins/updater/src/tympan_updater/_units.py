"""The units that carry updates out on Linux: a path that waits for an order, and a service that ends when done. Pure.

- The path looks at the order and at the journal: an update that was cut off is gone on with at the next start.
- The service runs the version that proved itself, never the one that is being tried.
- Coming back from a version, or putting one off, is no failure of the service: doctor and the hub tell of it.
- It is root, for versions lie where nobody else may write. It reaches nothing but the agent on loopback, sees no homes,
  and writes two folders, and where systemd registers accounts. Of root's rights it keeps what it takes to read the
  agent's state, to give a copy of it away, and to try a version as an account that nobody has.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

import attrs

from tympan.plugin import BadInput
from tympan_updater._account import REGISTER
from tympan_updater._order import ORDER

PATH_UNIT: Final = "tympan-update.path"
SERVICE_UNIT: Final = "tympan-update.service"

_PLAIN: Final = re.compile(r"[A-Za-z0-9/_.=:@+-]+")
_ESCAPED: Final = str.maketrans({"\\": r"\\", '"': r"\"", "%": "%%"})

_HARDENED: Final = """\
UMask=0022
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
IPAddressDeny=any
IPAddressAllow=localhost
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_CHOWN CAP_FOWNER CAP_SETUID CAP_SETGID CAP_KILL
AmbientCapabilities=
SystemCallArchitectures=native
SystemCallFilter=@system-service
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
"""


@attrs.frozen(kw_only=True)
class UpdateUnits:
    """What the units are made of.

    Attributes:
        root: The installation.
        state: The agent's state folder.
        credential: The line that gives the agent's key to the self-check; "" where there is none.
        user: Whether they are a user's own.
    """

    root: PurePath
    state: PurePath
    credential: str = ""
    user: bool = False

    def path(self) -> str:
        """The unit that waits (systemd.path(5))."""
        return (
            "[Unit]\n"
            "Description=Tympan: waits for an update that was fetched, or was cut off\n"
            "\n"
            "[Path]\n"
            f"PathExists={_plain(self.state / ORDER)}\n"
            f"PathExists={_plain(self.root / 'update' / 'journal.json')}\n"
            "TriggerLimitIntervalSec=60\n"
            "TriggerLimitBurst=10\n"
            "\n"
            "[Install]\n"
            f"WantedBy={'default.target' if self.user else 'multi-user.target'}\n"
        )

    def service(self) -> str:
        """The unit that carries out (systemd.service(5))."""
        return (
            "[Unit]\n"
            "Description=Tympan: carries an update out, and ends\n"
            "StartLimitIntervalSec=0\n"
            "\n"
            "[Service]\n"
            "Type=oneshot\n"
            f"ExecStart={_quoted(self.root / 'steady' / 'tympan')} update apply{' --user' if self.user else ''}\n"
            f"Environment={_quoted(f'TYMPAN_HOME={self.state}')}\n"
            "SuccessExitStatus=1 6\n"
            "TimeoutStartSec=1800\n"
            f"{self._rights()}"
        )

    def _rights(self) -> str:
        if self.user:
            return "UMask=0077\nNoNewPrivileges=yes\n"
        credential = f"{self.credential}\n" if self.credential else ""
        writes = f"ReadWritePaths={_quoted(self.root)} {_quoted(self.state)} -{REGISTER}\n"
        return f"{credential}{writes}{_HARDENED}"


def _plain(path: PurePath) -> str:
    """A path to the end of a line, ``%`` doubled (systemd.unit(5), "Specifiers")."""
    return _on_one_line(path).replace("%", "%%")


def _quoted(word: PurePath | str) -> str:
    """The same for a word among others: in quotes unless it is plain (systemd.syntax(7), "Quoting"). A tab stays itself
    in them: not all settings know it as an escape.
    """
    text = _on_one_line(word)
    return text if _PLAIN.fullmatch(text) else f'"{text.translate(_ESCAPED)}"'


def _on_one_line(word: PurePath | str) -> str:
    """Another line would be another setting, and there is no way of writing it that all settings know."""
    if len(str(word).splitlines()) != 1:
        raise BadInput(f"{str(word)!r:.200} has two lines", next_step="Give the folder another name.")
    return str(word)
