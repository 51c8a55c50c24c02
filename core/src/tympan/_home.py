"""The state folder: where everything of an agent lies, and the small files people may edit.

``TYMPAN_HOME`` moves all of it. Folders are 0700; files are written beside, synced and renamed, so that a power cut
leaves the old or the new one.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs

from tympan._errors import StoreError, StoreFull, StoreUnwritable
from tympan._folders import make_durably, sync_folder
from tympan._limits import DEFAULTS

_PRIVATE: Final = 0o600


@attrs.frozen
class Home:
    """Paths below the state folder, and the folder in which a service says to every user where it listens.

    Attributes:
        root: The state folder.
        public: A folder the service manager made (systemd's ``RuntimeDirectory=``); None for an agent of one user.
    """

    root: Path
    public: Path | None = None

    @property
    def keys(self) -> Path:
        """Key files, when no better place exists."""
        return self.root / "keys"

    @property
    def store(self) -> Path:
        """The encrypted job store."""
        return self.root / "store"

    @property
    def policy(self) -> Path:
        """Signed policy documents, ``<scope>.json`` or ``<scope>.<name>.json``."""
        return self.root / "policy"

    @property
    def printers_file(self) -> Path:
        """Printers defined on this machine."""
        return self.root / "printers.json"

    @property
    def given(self) -> Path:
        """Printers that plugins brought, ``<plugin>.json``."""
        return self.root / "given"

    @property
    def pinned_policy(self) -> Path:
        """Policy of the hub, with the keys pinned when this agent joined it."""
        return self.root / "hub-policy.json"

    @property
    def settings_file(self) -> Path:
        """Settings of plugins, one TOML table each."""
        return self.root / "settings.toml"

    @property
    def allow_file(self) -> Path:
        """Allow-list of plugin distributions."""
        return self.root / "plugins.toml"

    @property
    def stalls_file(self) -> Path:
        """Which plugins kept the agent from going on."""
        return self.root / "stalls.json"

    @property
    def last_words(self) -> Path:
        """The stack of an agent that crashed."""
        return self.root / "run" / "crash"

    @property
    def token_file(self) -> Path:
        """The secret that the command line shows to the agent, 0600."""
        return self.root / "run" / "token"

    @property
    def announcement(self) -> Path:
        """Where the running agent listens."""
        return self.root / "run" / "agent.json"

    @property
    def public_announcement(self) -> Path | None:
        """The same for every user of this machine."""
        return self.public / "agent.json" if self.public else None


def find_home(env: Mapping[str, str]) -> Home:
    """The state folder: ``TYMPAN_HOME``, or the platform's usual place."""
    given, runtime = env.get("TYMPAN_HOME"), env.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    public = Path(runtime) if runtime else None
    if given:
        return Home(Path(given).expanduser().absolute(), public)
    import platformdirs

    return Home(platformdirs.user_state_path("tympan", appauthor=False), public)


def make_folder(path: Path) -> None:
    """Makes a 0700 folder and its parents; raises ``StoreError`` with the cause."""
    try:
        make_durably(path)
    except OSError as error:
        raise disk_error(error, path) from error


def make_private(path: Path) -> None:
    """Makes the state folder, or takes it in hand: it must be ours, and nobody else gets in.

    Raises:
        StoreError: It belongs to somebody else, or cannot be made or closed.
    """
    make_folder(path)
    if os.name != "posix":
        return
    status = path.stat()
    if status.st_uid != os.geteuid():
        raise StoreUnwritable(
            f"the state folder {path} belongs to another user (uid {status.st_uid})",
            next_step="Run the agent as that user, or set TYMPAN_HOME to a folder of your own.",
        )
    if status.st_mode & 0o077:
        try:
            path.chmod(0o700)
        except OSError as error:
            raise disk_error(error, path) from error


def read_file(path: Path) -> bytes:
    """Reads a small file people may edit; raises ``OSError``, or ``ValueError`` when it is larger than any sane one."""
    with path.open("rb") as file:
        data = file.read(DEFAULTS.file_bytes + 1)
    if len(data) > DEFAULTS.file_bytes:
        raise ValueError(f"it has more than {DEFAULTS.file_bytes} bytes")
    return data


def write_file(path: Path, data: bytes, mode: int = _PRIVATE) -> None:
    """Replaces a file durably; raises ``StoreError`` with the cause."""
    _refuse_for_another(path.parent)
    make_folder(path.parent)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.unlink(missing_ok=True)
        # Exclusive and no link followed: nobody else's file or link of that name is ever written through.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(beside, flags, _PRIVATE)
        with os.fdopen(descriptor, "wb") as file:
            if mode != _PRIVATE:
                os.fchmod(file.fileno(), mode)  # whatever the umask
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise disk_error(error, path) from error


def _refuse_for_another(folder: Path) -> None:
    """Root may write in the folder of a service, whose account could not read what root wrote there."""
    if os.name != "posix" or os.geteuid() != 0:
        return
    there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    if there.stat().st_uid != 0:
        raise StoreUnwritable(
            f"{there} belongs to another account, which could not read what root writes there",
            next_step="Start its agent (systemctl start tympan) and say it again, or run the command as that account.",
        )


def disk_error(error: OSError, path: Path) -> StoreError:
    """What an error of the operating system means to a person."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreFull(f"no space is left for {path}", next_step="Free some space; nothing accepted is lost.")
    return StoreUnwritable(
        f"{path} cannot be written: {error.strerror or error}",
        next_step="Make the folder writable for the agent's user, or set TYMPAN_HOME to one that is.",
    )
