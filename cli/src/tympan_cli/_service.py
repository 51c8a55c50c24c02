"""``tympan service``: the agent starts with the machine, or with a user's session, and is started again when it dies.

- Installing again brings the unit up to date and changes no key: what rests on the disk stays readable.
- Removing leaves the state folder and the key, and says where they are: jobs may be in them.
"""

from __future__ import annotations

import functools
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from tympan.admin import Home, find_home, installed_program, write_file
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._limits import MANAGER_S
from tympan_cli._output import as_json, colored, say, show, show_listing
from tympan_cli._printers import configured_port
from tympan_cli._service_units import (
    KEY,
    NAME,
    OPEN,
    Unit,
    credential,
    launchd_plist,
    system_unit,
    user_unit,
    winsw_xml,
)
from tympan_cli._socket_unit import SOCKET_UNIT, hold, socket_unit, socket_unit_in, write_socket_unit
from tympan_cli._update_units import SERVICE_UNIT, SYSTEM_STATE, update_units_in, write_update_units

_UNIT: Final = f"{NAME}.service"
_SYSTEM_UNITS: Final = Path("/etc/systemd/system")
_ENCRYPTED: Final = Path("/etc/credstore.encrypted")
_PLAIN: Final = Path(OPEN)
_QUEUE_GROUPS: Final = ("lpadmin",)
"""Groups whose members may make queues, where there are any."""
_ACCOUNTS: Final = Path("/etc/passwd")
_NO_SHELL: Final = "/usr/sbin/nologin"
_HIDDEN: Final = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 - nothing is put there
"""What ``ProtectHome=`` and ``PrivateTmp=`` keep from the service (systemd.exec(5))."""
_BOOTED: Final = Path("/run/systemd/system")
"""There where systemd started the system (sd_booted(3))."""
_STATES: Final = ("ActiveState", "SubState", "Result", "NRestarts", "MainPID", "StatusText", "UnitFileState")

of_user = click.option("--user", is_flag=True, help="The service of this user alone, with their session.")


@click.group("service")
def service() -> None:
    """Let the agent start with the machine, or with your session."""


@service.command("install", short_help="start the agent now and with the machine")
@of_user
@click.option("--print", "only_print", is_flag=True, help="Print the unit and change nothing.")
def install(user: bool, only_print: bool) -> None:
    """Install the agent as a service and start it; said again, it brings the service up to date."""
    program = own_program()
    if only_print:
        _print_units(program, user=user)
        return
    _need_systemd()
    _need_startable(program)
    path = unit_path(user=user)
    if not user:
        _need_root()
        _need_seen(program, Path(sys.executable))
        _keep_account()
        _keep_key()
    path.parent.mkdir(parents=True, exist_ok=True)
    held, same = write_socket_unit(path.parent, _state(user=user))
    path.write_text(_text(program, user=user, held=held))
    encrypted = _key_path().parent == _ENCRYPTED
    waiting = write_update_units(path.parent, user=user, encrypted=encrypted, state=find_home(os.environ).root)
    systemctl(["daemon-reload"], user=user)
    systemctl(["enable", _UNIT, *waiting, *([SOCKET_UNIT] if held else [])], user=user)
    if held:
        hold(_UNIT, functools.partial(systemctl, user=user), same=same)
    systemctl(["restart", _UNIT, *waiting], user=user)
    say(f"the agent runs as a service ({path})")
    if user:
        _let_the_tray_start(on=True)


def _print_units(program: Path, *, user: bool) -> None:
    for line in _text(program, user=user).splitlines():
        say(line)
    if sys.platform == "linux":
        say(f"\n# {unit_path(user=user).with_name(SOCKET_UNIT)}")
        for line in socket_unit(configured_port(_state(user=user)), ipv6=True).splitlines():
            say(line)


def _state(*, user: bool) -> Home:
    return find_home(os.environ) if user else Home(SYSTEM_STATE)


@service.command("remove", short_help="stop the agent; it starts no more by itself")
@of_user
def remove(user: bool) -> None:
    """Stop the service and remove it; its state folder and its key stay."""
    _need_systemd()
    path = unit_path(user=user)
    if not path.exists():
        raise CommandError("there is no such service", next_step="See 'tympan service status'.", status=Exit.NOT_FOUND)
    if not user:
        _need_root()
    units = (*socket_unit_in(path.parent), path, *update_units_in(path.parent))
    systemctl(["disable", "--now", *(unit.name for unit in units if unit.name != SERVICE_UNIT)], user=user)
    for unit in units:
        unit.unlink()
    systemctl(["daemon-reload"], user=user)
    if user:
        _let_the_tray_start(on=False)
    kept = "your state folder" if user else f"/var/lib/{NAME} and its key in {_ENCRYPTED} or {_PLAIN}"
    say(f"the service is removed; {kept} stay: remove them by hand when nothing in them is wanted")


@service.command("status", short_help="does the service run")
@of_user
@as_json
def status(user: bool, as_json: bool) -> None:
    """Say whether the service is installed, runs, and how often it was started again."""
    _need_systemd()
    installed = unit_path(user=user).exists()
    told = systemctl(["show", "--property", ",".join(_STATES), _UNIT], user=user)
    states = dict(line.partition("=")[::2] for line in told.splitlines() if "=" in line)
    row = {
        "installed": installed,
        "state": states.get("ActiveState", "unknown"),
        "sub_state": states.get("SubState", ""),
        "result": states.get("Result", ""),
        "restarts": int(states.get("NRestarts") or 0),
        "pid": int(states.get("MainPID") or 0),
        "says": states.get("StatusText", ""),
        "starts_by_itself": states.get("UnitFileState") == "enabled",
    }
    show(row, as_json, _render)
    if row["state"] != "active":
        sys.exit(Exit.NOT_RUNNING)


def _let_the_tray_start(*, on: bool) -> None:
    """With this user's sessions; the system's package does it for everybody's."""
    from tympan_cli._tray import set_autostart

    set_autostart(on=on)


def _render(row: dict[str, Any]) -> None:
    from tympan_cli._listing import Column, Listing

    made = Listing(Column(), Column(wrap=True))
    made.add("service", "installed" if row["installed"] else "not installed; see 'tympan service install'")
    made.add("state", colored("running") if row["state"] == "active" else f"{row['state']} ({row['result']})")
    made.add("says", row["says"] or "nothing")
    made.add("started again", f"{row['restarts']} times")
    made.add("by itself", "starts with the machine" if row["starts_by_itself"] else "does not start by itself")
    show_listing(made)


# ---------------------------------------------------------------------------------------------------- the unit


def own_program() -> Path:
    """By the name that stays when the version changes; else as it was called, or beside this Python."""
    if (program := installed_program()) is not None:
        return program
    called = Path(sys.argv[0])
    return (called if called.name == NAME and called.exists() else Path(sys.executable).with_name(NAME)).absolute()


def _text(program: Path, *, user: bool, held: bool = True) -> str:
    if sys.platform == "darwin":
        root = Path.home() if user else Path("/")
        return launchd_plist(program, home=root / "Library/Application Support/tympan")
    if sys.platform == "win32":
        return winsw_xml(program)
    unit = Unit(program=program, groups=_groups(), encrypted=_key_path().parent == _ENCRYPTED, held=held)
    return user_unit(unit) if user else system_unit(unit)


def _groups() -> tuple[str, ...]:
    try:
        import grp
    except ImportError:
        return ()
    there = {group.gr_name for group in grp.getgrall()}
    return tuple(name for name in _QUEUE_GROUPS if name in there)


def _keep_account() -> None:
    """Makes the service's account where there are queues to be made, and puts it into their group.

    CUPS asks the accounts of the system who is in that group, and not the process: an account that is there only while
    the service runs is in none. systemd takes one that is there in place of making one (systemd.exec(5), DynamicUser).
    """
    groups = _groups()
    if not groups or not (shutil.which("useradd") and shutil.which("usermod")):
        return
    if _has_account():
        _run_as_root(["usermod", "--append", "--groups", ",".join(groups), NAME])
        return
    if (_SYSTEM_UNITS / _UNIT).exists():  # what systemd made up goes, or useradd says that it is there already
        systemctl(["stop", _UNIT], user=False)
    kind = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", _NO_SHELL]
    _run_as_root(["useradd", *kind, "--comment", "Tympan agent", "--groups", ",".join(groups), NAME])


def _has_account() -> bool:
    """Whether it is in the system's own list: one that is there while a service runs is made up by systemd."""
    lines = _ACCOUNTS.read_text(errors="replace").splitlines()
    return any(line.startswith(f"{NAME}:") for line in lines)


def _run_as_root(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=MANAGER_S, check=False)
    if done.returncode:
        cause = f"{command[0]} cannot make the service's account: {done.stderr.strip()}"
        raise CommandError(cause, next_step=f"Make a system account {NAME} in the group {command[-2]}.")


def unit_path(*, user: bool) -> Path:
    if not user:
        return _SYSTEM_UNITS / _UNIT
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "systemd" / "user" / _UNIT


# ---------------------------------------------------------------------------------------------------- the system


def _need_systemd() -> None:
    if sys.platform != "linux" or shutil.which("systemctl") is None:
        cause = "services are installed by systemd, which is not on this machine"
        next_step = "'tympan service install --print' writes what launchd or WinSW takes."
        raise CommandError(cause, next_step=next_step)


def _need_root() -> None:
    if os.geteuid() != 0:
        cause = "the system's service is installed by root alone"
        next_step = "Run it with sudo, or install your own with --user."
        raise CommandError(cause, next_step=next_step, status=Exit.REFUSED)


def _need_startable(program: Path) -> None:
    """Quoted or not, systemd takes no program whose path has such characters (systemd.service(5), "Command lines")."""
    if not str(program).isprintable() or set(str(program)) & set("\"'\\"):
        cause = f"systemd could not start {str(program)!r}: a program's path has no quotes, backslashes or tabs"
        raise CommandError(cause, next_step="Install Tympan in a folder of another name.", status=Exit.REFUSED)


def _need_seen(*programs: Path) -> None:
    """What the unit keeps the service from seeing, it cannot start: homes, and folders of passing things."""
    for program in programs:
        if any(path.is_relative_to(hidden) for path in (program, program.resolve()) for hidden in _HIDDEN):
            cause = f"the service could not start {program}: it sees no homes, and a /tmp of its own"
            next_step = "Install Tympan elsewhere, such as in /opt/tympan, or install your own service with --user."
            raise CommandError(cause, next_step=next_step, status=Exit.REFUSED)


def systemctl(arguments: Sequence[str], *, user: bool) -> str:
    """Raises ``CommandError`` with what systemd said."""
    argv = ["systemctl", *(["--user"] if user else []), *arguments]
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=MANAGER_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"systemd did not answer within {MANAGER_S:g} s", status=Exit.UNAVAILABLE) from error
    if done.returncode:
        if not _BOOTED.is_dir():
            cause = "this system was not started by systemd, which would run the service"
            raise CommandError(cause, next_step="Run the agent yourself: tympan run", status=Exit.UNAVAILABLE)
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"status {done.returncode}"]
        said = "; ".join(line.strip().rstrip(".") for line in lines)
        next_step = f"Look at: {'journalctl --user' if user else 'journalctl'} -u {NAME}"
        raise CommandError(f"systemd says no to '{' '.join(arguments)}': {said}", next_step=next_step)
    return done.stdout


def _key_path() -> Path:
    """Where the key is, or will be: one that lies open is used on, though systemd has learned to encrypt since."""
    here, there = _ENCRYPTED / KEY, _PLAIN / KEY
    return here if _is_there(here) or (shutil.which("systemd-creds") and not _is_there(there)) else there


def credential_line() -> str:
    """The property of a unit by which it is given the key."""
    return credential(encrypted=_key_path().parent == _ENCRYPTED)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # a key is root's alone, and the unit may be printed by anybody
        return False


def _keep_key() -> None:
    """Makes the key once, encrypted for this machine where systemd can; readable by root alone otherwise.

    It is there whole and on the disk before anything is sealed under it, or not at all: half a key would be no key, and
    never made again.
    """
    path, encrypts = _key_path(), shutil.which("systemd-creds")
    if path.exists():
        return
    fresh = secrets.token_bytes(32)
    if encrypts and path.parent == _ENCRYPTED:
        fresh = _encrypted(encrypts, fresh)
    write_file(path, fresh)


def _encrypted(program: str, secret: bytes) -> bytes:
    argv = [program, "encrypt", f"--name={KEY}", "-", "-"]
    done = subprocess.run(argv, input=secret, capture_output=True, timeout=MANAGER_S, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise CommandError(f"systemd-creds cannot encrypt a key: {said}", status=Exit.UNAVAILABLE)
    return done.stdout
