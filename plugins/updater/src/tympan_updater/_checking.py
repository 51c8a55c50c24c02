"""Tries a version before it is switched to: its own program says whether it does here.

- It runs without rights, on a copy of the agent's state. Where the updater is root it is an account that nobody else
  has, for the keys lie in that copy: what runs as ``nobody`` elsewhere on the machine could read them.
- A copy that changed while it was made is made anew; one that cannot be had is no reason against a version.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from tympan_updater._account import lent_account
from tympan_updater._errors import CheckFailed, Postponed
from tympan_updater._installation import TRIAL, Installation, Running
from tympan_updater._limits import CHECK_S
from tympan_updater._state_copy import copy_state

_SHORT: Final = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE})
"""What the machine is short of for a moment: no version is to blame."""


@attrs.frozen(kw_only=True)
class ProgramCheck:
    """Runs ``tympan update check`` of the version that shall run.

    Attributes:
        state: The agent's state folder; None when there is none to be tried.
        credentials: Where the service's keys are; None where it has none.
        within_s: For the answer.
        lowered: Whether root tries it as nobody.
    """

    state: Path | None = None
    credentials: Path | None = None
    within_s: float = CHECK_S
    lowered: bool = True

    def __call__(self, place: Installation, after: Running, expected: frozenset[str]) -> None:
        """As ``SelfCheck`` says."""
        with self._rights() as rights, self._room(place, rights) as room:
            argv = [str(place.program(after.agent)), "update", "check", "--state", str(room / "state")]
            argv += [part for name in sorted(expected) for part in ("--expect", name)]
            plugins = _plugins_file(room, place, after)
            environment = {**_environment(room), "TYMPAN_PLUGINS": str(plugins)}
            answer = _answer(argv, environment, room, self.within_s, rights)
        faults = [str(fault) for fault in answer.get("faults", ["it did not say how it is"])]
        if faults:
            raise CheckFailed(f"{after.agent} does not do on this machine: {'; '.join(faults)}")

    @contextlib.contextmanager
    def _room(self, place: Installation, rights: Mapping[str, Any]) -> Iterator[Path]:
        """A folder of its own, with a copy of the state in it, that belongs to whoever tries; gone with the next update
        where this one is cut off.
        """
        place.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=TRIAL, dir=place.work) as folder:
            room = Path(folder)
            (room / "state").mkdir(mode=0o700)
            (room / "home").mkdir(mode=0o700)
            if self.state is not None:
                copy_state(self.state, room / "state")
            if self.credentials is not None and self.credentials.is_dir():
                shutil.copytree(self.credentials, room / "credentials")
            if rights:
                _give(room, rights["user"])
            yield room

    @contextlib.contextmanager
    def _rights(self) -> Iterator[Mapping[str, Any]]:
        if not self.lowered or os.name != "posix" or os.geteuid() != 0:
            yield {}
            return
        with lent_account() as account:
            yield {"user": account, "group": account, "extra_groups": []}


def _give(room: Path, account: int) -> None:
    for path in (room, *room.rglob("*")):
        os.chown(path, account, account, follow_symlinks=False)


def _plugins_file(room: Path, place: Installation, after: Running) -> Path:
    """The plugins that shall be in use, as the installation will name them after the switch."""
    path = room / "plugins.json"
    use = [str(place.plugins / folder) for folder in after.folders()]
    path.write_text(json.dumps({"v": 1, "use": use}))
    path.chmod(0o644)
    return path


def _environment(room: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    own = {"HOME": str(room / "home"), "TYMPAN_HOME": str(room / "state"), "TMPDIR": str(room / "home")}
    credentials = room / "credentials"
    return {**kept, **own, **({"CREDENTIALS_DIRECTORY": str(credentials)} if credentials.is_dir() else {})}


def _answer(
    argv: list[str], environment: Mapping[str, str], room: Path, within_s: float, rights: Mapping[str, Any]
) -> Mapping[str, Any]:
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    try:
        process = subprocess.Popen(
            argv, cwd=room, env=environment, text=True, errors="replace", start_new_session=True, **pipes, **rights
        )
    except OSError as error:
        if error.errno in _SHORT:
            raise Postponed(f"the new version could not be tried: {error}") from error
        raise CheckFailed(f"the new version cannot be started: {error}") from error
    with process:
        try:
            out, err = process.communicate(timeout=within_s)
        except subprocess.TimeoutExpired as error:
            raise CheckFailed(f"the new version did not say within {within_s:g} s that it does") from error
        finally:
            _end(process)
    return _read(subprocess.CompletedProcess(argv, process.returncode, out, err))


def _end(process: subprocess.Popen[str]) -> None:
    """Ends it with all that it started: it was given copies of keys."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _read(done: subprocess.CompletedProcess[str]) -> Mapping[str, Any]:
    try:
        table = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [f"status {done.returncode}"]
        return {"faults": [last[0][:300]]}
    if not isinstance(table, dict):
        return {"faults": ["it answered with nothing that is ours"]}
    return table if done.returncode == 0 or table.get("faults") else {"faults": [f"status {done.returncode}"]}


Checked = Callable[[Installation, Running, frozenset[str]], None]
"""What ``Applying`` takes."""
