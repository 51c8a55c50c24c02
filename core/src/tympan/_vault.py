"""Keys: from the service's credentials, the user's keyring, or a file only its owner can read.

- Which of the three is decided once, at the first use of a state folder, and written down in ``keys/origin``. It is
  never changed silently: a keyring that is locked later, or another one that lacks the keys, is an error and not a
  reason to make other keys.
- A key is durable before it is handed out for the first time, so nothing is ever sealed under a key that is lost.
- A service that was given the key ``store`` needs no other one: the rest is sealed under it, beside ``origin``.
- ``keyring`` is imported in a thread and only when it is tried: the import alone takes up to 0.7 s.
"""

from __future__ import annotations

import functools
import json
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

import trio

from tympan._errors import VaultError, VaultLocked
from tympan._folders import make_durably, sync_folder
from tympan._vault_keyring import ask, load, probe, save, session_likely
from tympan._vault_sealed import open_key, seal_key

_T = TypeVar("_T")

KEYRING_DEADLINE_S: Final = 20.0
"""How long the keyring may take; it may be asking the user to unlock it."""

ROOT: Final = "store"
"""The key a service must be given: all others are sealed under it where it was not given them, too."""

SEALED_BYTES: Final = 256
"""More that a sealed key may have on the disk."""

KEY_BYTES_MAX: Final = 2048
"""Largest key kept; Windows' credential store takes about 2.5 KiB."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class KeyOrigin(StrEnum):
    """Where the keys of this state folder are."""

    CREDENTIAL = "credential"
    KEYRING = "keyring"
    FILE = "file"

    @property
    def statement(self) -> str:
        """What that means, as a sentence for ``tympan status``."""
        return _STATEMENTS[self]


_STATEMENTS: Final = {
    KeyOrigin.CREDENTIAL: "Keys come from the service's credentials, protected by the system's service manager.",
    KeyOrigin.KEYRING: "Keys are in the keyring, protected by the user's login.",
    KeyOrigin.FILE: "Keys are protected by file permissions only.",
}


class Vault:
    """Keys of one state folder (the port ``KeyProvider``).

    Args:
        root: The state folder; made when missing.
        env: The environment. ``TYMPAN_KEYS`` (``file`` or ``keyring``) decides the origin at first use,
            ``CREDENTIALS_DIRECTORY`` is where systemd puts credentials.
    """

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self._folder = root / "keys"
        self._env = env
        self._origin: KeyOrigin | None = None
        self._id = ""
        self._made: frozenset[str] = frozenset()

    async def open(self) -> None:
        """Finds out where the keys are; decides it at first use.

        Raises:
            VaultError: The folder cannot be made or is open to others, or the origin written down cannot be used.
        """
        await trio.to_thread.run_sync(functools.partial(self._on_disk, self._prepare))
        if self._origin is None:
            origin = await self._decide()
            await trio.to_thread.run_sync(functools.partial(self._on_disk, lambda: self._record(origin)))

    @property
    def origin(self) -> KeyOrigin:
        """Where the keys are, known once open."""
        if self._origin is None:
            raise VaultError("The key vault is not open", next_step="Start the agent again.")
        return self._origin

    async def key(self, name: str, size: int = 32) -> bytes:
        """The key called ``name``, made at its first use.

        Args:
            name: Lower-case letters, digits, '.', '_' and '-'.
            size: In bytes.

        Raises:
            VaultError: It cannot be read or kept, or the one there has another size.
        """
        found = await self.load(name)
        if found is None:
            self._check_never_made(name)
            await self._keep(name, secrets.token_bytes(size), replace=False)
            found = await self.load(name)
        if found is None or len(found) != size:
            raise VaultError(
                f"The key {name!r} has not the {size} bytes it was saved with",
                next_step="Restore the keys from a backup; without them nothing sealed here can be opened.",
            )
        await self._note_made(name)
        return found

    async def load(self, name: str) -> bytes | None:
        """The key called ``name``, None when there is none.

        Raises:
            VaultError: It cannot be read.
        """
        _check_name(name)
        if self.origin is KeyOrigin.KEYRING:
            return await self._ask_keyring(lambda: load(self._account(name)))
        if self.origin is KeyOrigin.CREDENTIAL:
            return await self._of_service(name)
        return await self._from(self._folder / name)

    async def save(self, name: str, key: bytes) -> None:
        """Keeps ``key`` (at most 2 KiB) under ``name``, durable when it returns.

        Raises:
            VaultError: It cannot be kept; an earlier one of that name is untouched.
        """
        await self._keep(name, key, replace=True)

    # ------------------------------------------------------------------------------------------ deciding

    async def _decide(self) -> KeyOrigin:
        wish = self._env.get("TYMPAN_KEYS", "")
        if wish not in ("", KeyOrigin.FILE, KeyOrigin.KEYRING):
            raise VaultError(f"TYMPAN_KEYS is {wish!r}", next_step="Set it to file or keyring, or leave it out.")
        if wish == KeyOrigin.FILE:
            return KeyOrigin.FILE
        if wish == KeyOrigin.KEYRING:
            await self._ask_keyring(probe)
            return KeyOrigin.KEYRING
        if self._has_credentials():
            return KeyOrigin.CREDENTIAL
        return KeyOrigin.KEYRING if await self._keyring_works() else KeyOrigin.FILE

    def _has_credentials(self) -> bool:
        folder = self._env.get("CREDENTIALS_DIRECTORY")
        return bool(folder) and any(Path(str(folder)).glob("tympan.*"))

    async def _keyring_works(self) -> bool:
        if not session_likely(self._env):
            return False
        try:
            await self._ask_keyring(probe)
        except VaultError:
            return False
        return True

    def _prepare(self) -> None:
        make_durably(self._folder)
        _refuse_open(self._folder, self._folder.lstat(), folder=True)
        recorded = self._read(self._folder / "origin")
        if recorded is not None:
            self._adopt(recorded)

    def _adopt(self, recorded: bytes) -> None:
        try:
            fields = json.loads(recorded)
            self._origin, self._id = KeyOrigin(fields["origin"]), str(fields["id"])
            self._made = frozenset(map(str, fields.get("made", ())))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise VaultError(
                f"{self._folder / 'origin'} does not say where the keys are",
                next_step='Write {"origin": "file", "id": ""} into it if the keys lie beside it.',
            ) from error

    def _record(self, origin: KeyOrigin) -> None:
        fields = {"origin": origin.value, "id": secrets.token_hex(8)}
        # Two agents may be starting at once: the first one decides for both.
        _write(self._folder / "origin", json.dumps(fields).encode(), replace=False)
        self._prepare()

    # ------------------------------------------------------------------------------------------ remembering

    def _check_never_made(self, name: str) -> None:
        if name in self._made:
            raise VaultError(
                f"The keyring at hand does not hold the key {name!r}, which was kept in one before",
                next_step="Start the agent in the desktop session whose keyring holds its keys; nothing is lost.",
            )

    async def _note_made(self, name: str) -> None:
        # After the key is durable: noted before, a power cut between would leave a folder that can never be used.
        if self.origin is KeyOrigin.KEYRING and name not in self._made:
            self._made |= {name}
            fields = {"origin": self.origin.value, "id": self._id, "made": sorted(self._made)}
            keep = functools.partial(_write, self._folder / "origin", json.dumps(fields).encode(), replace=True)
            await trio.to_thread.run_sync(functools.partial(self._on_disk, keep))

    # ------------------------------------------------------------------------------------------ files

    async def _keep(self, name: str, key: bytes, *, replace: bool) -> None:
        _check_name(name)
        if len(key) > KEY_BYTES_MAX:
            raise VaultError(f"The key {name!r} has {len(key)} bytes; at most {KEY_BYTES_MAX} can be kept")
        if self.origin is KeyOrigin.KEYRING:
            await self._ask_keyring(lambda: save(self._account(name), key))
            return
        if self.origin is KeyOrigin.CREDENTIAL:
            key = seal_key(await self._root(name), name, key)
        keep = functools.partial(_write, self._folder / name, key, replace=replace)
        await trio.to_thread.run_sync(functools.partial(self._on_disk, keep))

    async def _from(self, path: Path) -> bytes | None:
        return await trio.to_thread.run_sync(functools.partial(self._on_disk, lambda: self._read(path)))

    # ------------------------------------------------------------------------------------------ credentials

    async def _of_service(self, name: str) -> bytes | None:
        """What was sealed here since comes before what the service was given: it is newer."""
        sealed = await self._from(self._folder / name)
        if sealed is not None:
            return open_key(await self._root(name), name, sealed)
        return await self._from(self._credential(name))

    async def _root(self, name: str) -> bytes:
        """The key that others are sealed under; raises ``VaultError`` where the service was not given it."""
        found = None if name == ROOT else await self._from(self._credential(ROOT))
        if found is None:
            raise VaultError(
                f"The service has no credential tympan.{ROOT}, and credentials cannot be made from here",
                next_step=f"Add LoadCredentialEncrypted=tympan.{ROOT} to the service and start it again.",
            )
        return found

    def _credential(self, name: str) -> Path:
        folder = self._env.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise VaultError(
                "The keys come from the service's credentials, and this process was given none",
                next_step="Start the agent through its service.",
            )
        return Path(folder) / f"tympan.{name}"

    def _read(self, path: Path) -> bytes | None:
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            if path.parent == self._folder:
                _refuse_open(path, os.fstat(file.fileno()), folder=False)
            return file.read(KEY_BYTES_MAX + SEALED_BYTES)

    def _on_disk(self, work: Callable[[], _T]) -> _T:
        try:
            return work()
        except OSError as error:
            raise VaultError(
                f"The keys in {self._folder} cannot be reached ({error.strerror or error})",
                next_step="Make the folder readable and writable for the agent's user, or free some space.",
            ) from error

    # ------------------------------------------------------------------------------------------ keyring

    def _account(self, name: str) -> str:
        return f"{self._id}.{name}"

    async def _ask_keyring(self, question: Callable[[], _T]) -> _T:
        with trio.move_on_after(KEYRING_DEADLINE_S):
            # Left behind when it waits for the user: a thread cannot be stopped, and ends with the process.
            return await trio.to_thread.run_sync(functools.partial(ask, question), abandon_on_cancel=True)
        raise VaultLocked(
            f"The keyring did not answer within {KEYRING_DEADLINE_S:.0f} s",
            next_step="Unlock the keyring, then start the agent again; nothing is lost.",
        )


def _check_name(name: str) -> None:
    if name == "origin" or not _NAME.fullmatch(name):
        raise VaultError(f"{name!r} is no name for a key", next_step="Use lower-case letters, digits, '.', '_', '-'.")


def _refuse_open(path: Path, found: os.stat_result, *, folder: bool) -> None:
    if sys.platform == "win32":
        return
    kind_is_right = stat.S_ISDIR(found.st_mode) if folder else stat.S_ISREG(found.st_mode)
    if kind_is_right and found.st_uid == os.geteuid() and not found.st_mode & 0o077:
        return
    mode = "700" if folder else "600"
    raise VaultError(
        f"{path} may be read or changed by others (mode {stat.S_IMODE(found.st_mode):o}, owner {found.st_uid})",
        next_step=f"Find out who had access, then run: chown {os.geteuid()} {path} && chmod {mode} {path}",
    )


def _write(path: Path, content: bytes, *, replace: bool) -> None:
    """Writes a file whole or not at all; without ``replace`` an existing one stays."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_draft(draft, content)
        if replace:
            draft.replace(path)
        else:
            _link(draft, path)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _write_draft(draft: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _link(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
