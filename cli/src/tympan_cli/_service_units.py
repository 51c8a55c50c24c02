"""What a service manager is given: a unit of systemd, a property list of launchd, a description for WinSW. Pure.

- On Linux the system's service has an account that exists while it runs, one folder of its own, and nothing else it can
  write; its keys come as credentials. A user's service runs as that user.
- The tools that print are meant to be used: the group that may make queues is given where the system has it.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final
from xml.sax.saxutils import escape

import attrs

NAME: Final = "tympan"
KEY: Final = f"{NAME}.store"
"""The credential an agent needs: everything it keeps is sealed under it, its other keys, too."""

OPEN: Final = "/etc/credstore"
"""Where the key lies open. Named in full: a systemd that cannot encrypt looks nowhere by itself, either."""

_HARDENED: Final = """\
DynamicUser=yes
StateDirectory=tympan
StateDirectoryMode=0700
RuntimeDirectory=tympan
UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
"""
"""AF_NETLINK tells which links there are, for Bonjour. ``~@resources`` is left: workers bound their own memory."""

_START_LIMIT: Final = "StartLimitIntervalSec=10\nStartLimitBurst=20\n"
"""More than an agent that dies at its start comes to: those who wait at its port start it a few times at once."""


@attrs.frozen(kw_only=True)
class Unit:
    """What the unit is made of.

    Attributes:
        program: The command ``tympan``.
        groups: Groups the service is in besides its own.
        encrypted: Whether credentials are encrypted for this machine.
        held: Whether systemd holds the agent's port for it.
    """

    program: PurePath
    groups: tuple[str, ...] = ()
    encrypted: bool = True
    held: bool = False


def credential(*, encrypted: bool) -> str:
    """The line of a unit by which it is given the key (systemd.exec(5))."""
    return f"LoadCredentialEncrypted={KEY}" if encrypted else f"LoadCredential={KEY}:{OPEN}/{KEY}"


def system_unit(unit: Unit) -> str:
    """The unit of the system's service (systemd.unit(5), systemd.exec(5))."""
    load = credential(encrypted=unit.encrypted)
    groups = f"SupplementaryGroups={' '.join(unit.groups)}\n" if unit.groups else ""
    return (
        "[Unit]\n"
        "Description=Tympan, cloud printing without print servers: the agent\n"
        "Wants=network-online.target\n"
        "After=network-online.target cups.service\n"
        f"{_START_LIMIT}"
        "\n"
        "[Service]\n"
        f"{_notifying(unit)}"
        f"Environment=TYMPAN_HOME=%S/{NAME} TYMPAN_LOG=json\n"
        f"{load}\n{groups}{_HARDENED}"
        "\n"
        "[Install]\n"
        "WantedBy=multi-user.target\n"
    )


def user_unit(unit: Unit) -> str:
    """The unit of a user's own service."""
    return (
        "[Unit]\n"
        "Description=Tympan, cloud printing without print servers: the agent of this user\n"
        f"{_START_LIMIT}"
        "\n"
        "[Service]\n"
        f"{_notifying(unit)}"
        "UMask=0077\n"
        "NoNewPrivileges=yes\n"
        "\n"
        "[Install]\n"
        "WantedBy=default.target\n"
    )


def _notifying(unit: Unit) -> str:
    """It says when it is ready and that it lives; a lost agent is started again, but not for ever in one breath."""
    held = f"Sockets={NAME}.socket\n" if unit.held else ""
    return (
        "Type=notify\n"
        "NotifyAccess=main\n"
        f"ExecStart={_quoted(unit.program)} run\n"
        "Restart=on-failure\n"
        "RestartSec=2\n"
        "WatchdogSec=60\n"
        "TimeoutStartSec=120\n"
        "TimeoutStopSec=30\n"
        f"{held}"
    )


def _quoted(program: PurePath) -> str:
    """As systemd reads a program: in quotes where it has spaces, ``%`` doubled; ``$`` is itself in the first word alone
    (systemd.service(5), "Command lines").
    """
    path = str(program).replace("%", "%%")
    return f'"{path}"' if " " in path else path


def tray_entry(program: PurePath) -> str:
    """The file by which desktops start the tray with a session (Desktop Entry Specification 1.5)."""
    return (
        "[Desktop Entry]\n"
        "Type=Application\n"
        "Name=Tympan\n"
        "Comment=How printing stands, and what waits for you\n"
        "Comment[de]=Wie es um das Drucken steht, und was auf Sie wartet\n"
        f"Exec={_entry_quoted(program)} tray\n"
        "Icon=printer\n"
        "Terminal=false\n"
        "NoDisplay=true\n"
        "X-GNOME-Autostart-enabled=true\n"
    )


def _entry_quoted(program: PurePath) -> str:
    """As the ``Exec`` key takes an argument: in quotes, and each backslash of the quoting once more for the file."""
    path = re.sub(r'(["`$\\])', r"\\\1", str(program)).replace("%", "%%")
    return '"' + path.replace("\\", "\\\\") + '"'


def launchd_plist(program: PurePath, *, home: PurePath, label: str = "example.tympan.agent") -> str:
    """The property list of a daemon or agent of macOS (launchd.plist(5)). Not yet proved on a real one."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
        '<plist version="1.0"><dict>\n'
        f"  <key>Label</key><string>{escape(label)}</string>\n"
        f"  <key>ProgramArguments</key><array><string>{escape(str(program))}</string><string>run</string></array>\n"
        "  <key>EnvironmentVariables</key><dict>\n"
        f"    <key>TYMPAN_HOME</key><string>{escape(str(home))}</string>\n"
        "    <key>TYMPAN_LOG</key><string>json</string>\n"
        "  </dict>\n"
        "  <key>RunAtLoad</key><true/>\n"
        "  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>\n"
        "  <key>Umask</key><integer>63</integer>\n"
        "</dict></plist>\n"
    )


def winsw_xml(program: PurePath) -> str:
    """The description of a Windows service for WinSW. Not yet proved on a real one."""
    return (
        "<service>\n"
        f"  <id>{NAME}</id>\n"
        "  <name>Tympan agent</name>\n"
        "  <description>Cloud printing without print servers</description>\n"
        f"  <executable>{escape(str(program))}</executable>\n"
        "  <arguments>run</arguments>\n"
        '  <env name="TYMPAN_HOME" value="%ProgramData%\\Tympan"/>\n'
        '  <env name="TYMPAN_LOG" value="json"/>\n'
        "  <startmode>Automatic</startmode>\n"
        '  <onfailure action="restart" delay="2 sec"/>\n'
        "  <resetfailure>1 hour</resetfailure>\n"
        "  <stoptimeout>30 sec</stoptimeout>\n"
        "  <serviceaccount><username>NT AUTHORITY\\LocalService</username></serviceaccount>\n"
        "</service>\n"
    )
