"""``tympan update``: what versions there are, another one switched to, the previous one come back to.

- ``apply`` is what the service manager runs when the agent ordered an update; it ends when done.
- ``check`` is what a new version is asked before it is switched to; it changes nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tympan_cli._agent_link import find_agent, home
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._offline import guarded
from tympan_cli._output import as_json, say, show, show_listing
from tympan_cli._update_units import PATH_UNIT, SERVICE_UNIT, SYSTEM_STATE, update_units

if TYPE_CHECKING:
    from tympan.admin import Home
    from tympan_updater.installing import Applying, Installation, Keeper, Running

INSTALL: Final = "TYMPAN_INSTALL"
"""Names the folder of the installation, where this program does not lie in it."""
PACKAGED: Final = Path("/opt/tympan")
"""Where packages lay Tympan."""
_FILE: Final = click.Path(exists=True, path_type=Path)

of_user = click.option("--user", is_flag=True, help="The agent is a service of this user alone.")


@click.group("update")
def update() -> None:
    """Bring the agent and its plugins up to date, or back."""


@update.command("status", short_help="which versions there are, what was updated")
@as_json
def status(as_json: bool) -> None:
    """Say which version runs, which could be come back to, and how the last updates ended."""
    place = _place()
    show({**_row(place), "says": _says()}, as_json, _render)


@update.command("apply", short_help="carry out what the agent ordered")
@of_user
@click.option("--again", is_flag=True, help="Try versions again that were come back from.")
@click.option("--now", "at_once", is_flag=True, help="Do not wait for jobs that are on their way.")
def apply(user: bool, again: bool, at_once: bool) -> None:
    """Carry out what the agent fetched and ordered; without an order, go on with what was cut off."""
    from tympan_updater.installing import drop_order

    state = _agent_home(user=user).root
    try:  # an order that stays would start us again at once
        made = _applying(_place(), user=user)
        running = guarded(lambda: made.carry_out(state, again=again, waits=not at_once))
    finally:
        drop_order(state)
    if running is not None:
        _tell(running)


@update.command("from", short_help="update from a file or folder")
@click.argument("file", type=_FILE)
@click.option("--channel", default="all", show_default=True, help="Whose versions: canary, early or all.")
@of_user
@click.option("--again", is_flag=True, help="Try versions again that were come back from.")
@click.option("--now", "at_once", is_flag=True, help="Do not wait for jobs that are on their way.")
def from_file(file: Path, channel: str, user: bool, again: bool, at_once: bool) -> None:
    """Update from FILE, an archive of 'tympan-release archive' or a published folder; it is verified as any other."""
    from tympan_updater.installing import FolderSource, Wish

    made = _applying(_place(), user=user)
    with _folder(file) as folder:
        wish = Wish(channel=channel, again=again, waits=not at_once)
        _tell(guarded(lambda: made.apply(wish, FolderSource(folder))))


@update.command("back", short_help="go back to the previous version")
@of_user
def back(user: bool) -> None:
    """Go back to the version before this one; updates are looked for again as policy says."""
    made = _applying(_place(), user=user)
    _tell(guarded(made.back))


@update.command("check", short_help="does this version do here")
@click.option("--state", type=click.Path(path_type=Path), help="A copy of an agent's state folder to be opened.")
@click.option("--expect", "expected", multiple=True, metavar="PLUGIN", help="A plugin that must load.")
def check(state: Path | None, expected: tuple[str, ...]) -> None:
    """Load plugins, open the copy of a state, print a page on a simulated printer; say as JSON what does not do."""
    from tympan_cli._self_check import faults_of

    faults = faults_of(state, expected)
    click.echo(json.dumps({"faults": faults}))
    if faults:
        sys.exit(Exit.PROBLEMS)


@update.command("units", short_help="write the units that carry updates out")
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path))
def units(folder: Path) -> None:
    """Write into FOLDER the units of systemd that carry updates out, for a package of /opt/tympan to bring."""
    made = update_units(PACKAGED, user=False, encrypted=True, state=home().root)
    (folder / PATH_UNIT).write_text(made.path())
    (folder / SERVICE_UNIT).write_text(made.service())
    say(f"{PATH_UNIT} and {SERVICE_UNIT} are in {folder}")


# ---------------------------------------------------------------------------------------------------- the parts


def _place() -> Installation:
    from tympan.admin import install_root
    from tympan_updater.installing import Installation

    named = os.environ.get(INSTALL)
    root = Path(named) if named else install_root()
    if root is None:
        next_step = "It came by a package manager or by 'uv tool': let that one update it."
        raise CommandError("this program is no installation that updates itself", next_step=next_step)
    return Installation(root)


def _applying(place: Installation, *, user: bool) -> Applying:
    from tympan_updater.installing import Applying, ProgramCheck

    if not os.access(place.root, os.W_OK):
        next_step = "Run it with sudo."
        raise CommandError(f"{place.root} is not yours to change", next_step=next_step, status=Exit.REFUSED)
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    check = ProgramCheck(state=_agent_home(user=user).root, credentials=Path(credentials) if credentials else None)
    return Applying(place, _keeper(user=user), check, lambda: dt.datetime.now(dt.UTC))


def _keeper(*, user: bool) -> Keeper:
    from tympan_updater.installing import START_S, NobodyKeeper, SystemdKeeper, has_systemd

    if has_systemd() and _has_unit(user=user):
        return SystemdKeeper(functools.partial(_ask, user), user=user, start_s=START_S)
    return NobodyKeeper(functools.partial(_ask, user))


def _has_unit(*, user: bool) -> bool:
    from tympan_cli._service import unit_path

    return unit_path(user=user).exists()


def _agent_home(*, user: bool) -> Home:
    """Where the agent's state is: root means the service's own, unless it says otherwise."""
    from tympan.admin import Home, find_home

    if user:
        return find_home(os.environ)
    named = "TYMPAN_HOME" in os.environ or not hasattr(os, "geteuid") or os.geteuid() != 0
    return Home(SYSTEM_STATE) if not named and SYSTEM_STATE.is_dir() else home()


def _ask(user: bool, operation: str, arguments: Mapping[str, object]) -> Any:
    """Whoever does not answer runs not, or not yet."""
    with contextlib.suppress(CommandError):
        link = find_agent(_agent_home(user=user))
        return None if link is None else link.ask(operation, **dict(arguments))  # type: ignore[arg-type]
    return None


@contextlib.contextmanager
def _folder(file: Path) -> Iterator[Path]:
    from tympan_updater.installing import unpack_archive

    if file.is_dir():
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="tympan-update-") as room:
        folder = Path(room) / "repository"
        guarded(lambda: unpack_archive(file, folder))
        yield folder


def _tell(running: Running) -> None:
    plugins = "".join(f", {name} {version}" for name, version in sorted(running.plugins.items()))
    say(f"the agent {running.agent} runs{plugins}")


def _row(place: Installation) -> dict[str, Any]:
    from tympan_updater.installing import Journal, Outcomes, Pointer

    running, entry = guarded(place.running), Journal(place).read()
    return {
        "installation": str(place.root),
        "agent": str(running.agent),
        "plugins": {name: str(version) for name, version in sorted(running.plugins.items())},
        "previous": str(place.pointed(Pointer.PREVIOUS) or ""),
        "steady": str(place.pointed(Pointer.STEADY) or ""),
        "versions": [str(version) for version in place.installed()],
        "trusts": place.trust.is_file(),
        "under_way": None if entry is None else {"phase": entry.phase.value, "agent": str(entry.after.agent)},
        "outcomes": [
            {
                "subject": outcome.subject or "agent",
                "version": str(outcome.version),
                "ending": outcome.ending.value,
                "reason": outcome.reason,
                "missing": list(outcome.missing),
                "at": outcome.at.isoformat(),
            }
            for outcome in Outcomes(place).all()
        ],
    }


def _says() -> str:
    """How the running agent says that its updates fare, and what it waits for; "" where none can be asked."""
    plugins = _ask(False, "plugins", {})
    rows = [row for row in plugins if row.get("id") == "updater"] if isinstance(plugins, list) else []
    return str(rows[0].get("reason", "")) if rows else ""


def _render(row: dict[str, Any]) -> None:
    from tympan_cli._listing import Column, Listing

    made = Listing(Column(), Column(wrap=True))
    made.add("agent", row["agent"])
    for name, version in row["plugins"].items():
        made.add(name, version)
    made.add("previous", row["previous"] or "none")
    if not row["trusts"]:
        made.add("updates", "none: no root of trust lies beside this installation")
    if row["under_way"]:
        made.add("under way", f"{row['under_way']['agent']}: {row['under_way']['phase']}")
    if row["says"]:
        made.add("the agent says", row["says"])
    for outcome in row["outcomes"]:
        told = f": {outcome['reason']}" if outcome["reason"] else ""
        made.add("last update", f"{outcome['subject']} {outcome['version']} {outcome['ending']}{told}")
    show_listing(made)
