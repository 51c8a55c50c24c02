"""``tympan-hub backup`` and ``restore``: the whole state of a hub in one file.

The file is a zip: ``secrets/…`` as in the state folder, ``tables/NAME.jsonl`` with a line for each row, ``blobs/…`` and
their checksums, and last ``backup.json``, which tells what the rest must hold. Whoever has it has the hub's keys: 0600.
"""

import contextlib
import datetime as dt
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Awaitable, Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Final

import attrs
import cattrs
from attrs import frozen
from cattrs.errors import BaseValidationError

from tympan_hub.adapters.blobs import blobs_at
from tympan_hub.adapters.secrets import NAMES, FileSecrets
from tympan_hub.adapters.sql import Database, Holding, check_empty, dump, load
from tympan_hub.cli.backup_blobs import Member, check_room, drop_torn, give_blobs, take_back, take_blobs
from tympan_hub.cli.home import Home
from tympan_hub.domain.errors import BadInput, Conflict
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.backups import BACKUP_ROW_BYTES, BACKUP_TOLD_BYTES
from tympan_hub.ports import Unit
from tympan_hub.service.doubted import doubt_crossings

_FORMAT: Final = "tympan-hub backup"
_EDITION: Final = 2
_TOLD: Final = "backup.json"
_SECRET_BYTES: Final = 2**16


@frozen(kw_only=True)
class Told:
    """What a backup says of itself."""

    format: str
    edition: int
    release: str
    made_at: str
    holding: Holding
    blobs: int = 0

    @property
    def summary(self) -> str:
        """For people."""
        rows = sum(self.holding.rows.values())
        return f"{self.holding.rows['tenants'] - 1} tenants, {rows} rows, {self.blobs} blobs, of {self.made_at}"

    @property
    def broken(self) -> list[str]:
        """Tenants whose audit log was broken already when the backup was made."""
        return sorted(tenant for tenant, end in self.holding.audit.items() if end.broken)


async def backup(home: Home, file: Path) -> Told:
    """Writes the state of a hub to a new file, while it serves or not.

    Raises:
        Conflict: There is no hub, or the file is there already or cannot be written.
    """
    if not home.secrets.exists() or not (home.address or home.database.exists()):
        raise Conflict(f"there is no hub in {home.root}", next_step="Name its state folder with --home.")
    database = Database(home.where)
    try:
        with _new(file) as new, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in NAMES:
                archive.writestr(f"secrets/{name}", (home.secrets / name).read_bytes())

            def take(name: str, lines: Iterator[bytes]) -> None:
                with archive.open(f"tables/{name}.jsonl", "w", force_zip64=True) as member:
                    for line in lines:
                        member.write(line)

            holding = await dump(database, take)
            told = Told(
                format=_FORMAT,
                edition=_EDITION,
                release=version("tympan-hub"),
                made_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                holding=holding,
                blobs=await take_blobs(archive, blobs_at(home.blobs), map(TenantId, holding.audit)),
            )
            archive.writestr(_TOLD, json.dumps(attrs.asdict(told)))
    except OSError as error:
        cause = f"the backup cannot be written to {file}: {error.strerror or error}"
        raise Conflict(cause, next_step="Choose another place, or make room.") from error
    finally:
        await database.close()
    return told


@contextlib.contextmanager
def _new(file: Path) -> Iterator[IO[bytes]]:
    """A file that is there when all of it is, and not before; never in the place of another."""
    if file.exists():
        raise Conflict(f"{file} is there already", next_step="Choose another name.")
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as opened:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())
        beside.rename(file)
    finally:
        beside.unlink(missing_ok=True)


async def restore(home: Home, file: Path) -> Told:
    """Makes a hub of a backup, where there is none.

    Raises:
        BadInput: The file is no backup, or a damaged one.
        Conflict: There is a hub already, or a newer release made the backup.
    """
    if home.secrets.exists() or (not home.address and home.database.exists()):
        cause = f"there is a hub in {home.root} already"
        raise Conflict(cause, next_step="Name another folder with --home, or take that one away.")
    try:
        with zipfile.ZipFile(file) as archive:
            told = _told(archive)
            home.make()
            await _restore(home, archive, told)
    except OSError as error:
        cause = f"the backup cannot be restored: {error.strerror or error}"
        raise Conflict(cause, next_step="See that the file can be read and the state folder written.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        # zipfile raises NotImplementedError for a compression it does not know, RuntimeError for an encrypted member.
        raise BadInput(f"{file} is no backup of a hub, or a damaged one", next_step="Take another one.") from error
    return told


def _told(archive: zipfile.ZipFile) -> Told:
    with archive.open(_TOLD) as member:
        written = _bounded(member.read(BACKUP_TOLD_BYTES + 1), BACKUP_TOLD_BYTES)
    try:
        said: Any = json.loads(written)
        if said["format"] != _FORMAT:
            raise ValueError("another format")
        if said["edition"] > _EDITION:
            cause = "a newer release of the hub made this backup"
            raise Conflict(cause, next_step="Install that release, and restore with it.")
        return cattrs.structure(said, Told)
    except (ValueError, TypeError, LookupError, RecursionError, BaseValidationError) as error:
        raise BadInput(
            "the file is no backup of a hub", next_step="Take one that 'tympan-hub backup' wrote."
        ) from error


async def _restore(home: Home, archive: zipfile.ZipFile, told: Told) -> None:
    """Beside the places where all of it belongs first: a restoration that fails leaves nothing in them.

    The keys come to theirs before the database keeps its rows: when either fails, the other is as it was.
    """
    secrets, database = home.root / "secrets.restoring", home.root / "hub.db.restoring"
    _clear(secrets, database)
    await _check_empty(home.address)
    folder = home.blobs.folder
    made = folder if folder is not None and not folder.exists() else None
    store, tenants = blobs_at(home.blobs), [TenantId(tenant) for tenant in told.holding.audit]
    await check_room(archive, store, tenants)
    given: list[Member] = []
    placed: list[Path] = []

    async def last(unit: Unit) -> None:
        for tenant in tenants:
            await doubt_crossings(unit, tenant, dt.datetime.now(dt.UTC))
        await drop_torn(archive, unit, tenants)
        placed.append(secrets.rename(home.secrets))

    try:
        _write_secrets(archive, secrets)
        await give_blobs(archive, store, told.blobs, given)
        await _fill(home.address or database, archive, told, last)
        if not home.address:
            database.rename(home.database)
    except BaseException:
        await take_back(store, given)
        for gone in (*placed, *([made] if made is not None else [])):
            shutil.rmtree(gone, ignore_errors=True)
        raise
    finally:
        _clear(secrets, database)


async def _check_empty(address: str) -> None:
    """Before anything is written: what is in the store of blobs may be that hub's."""
    if address:
        there = Database(address)
        try:
            await check_empty(there)
        finally:
            await there.close()


async def _fill(
    where: Path | str, archive: zipfile.ZipFile, told: Told, last: Callable[[Unit], Awaitable[None]]
) -> None:
    filled = Database(where)
    try:
        await load(filled, told.holding, lambda name: _lines(archive, name), last)
    finally:
        await filled.close()


def _write_secrets(archive: zipfile.ZipFile, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    for name in NAMES:
        with archive.open(f"secrets/{name}") as member:
            data = _bounded(member.read(_SECRET_BYTES + 1), _SECRET_BYTES)
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    FileSecrets(folder)  # which says so when one is no key


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(f"tables/{name}.jsonl") as member:
        while line := member.readline(BACKUP_ROW_BYTES + 1):
            yield _bounded(line, BACKUP_ROW_BYTES)


def _bounded(data: bytes, most: int) -> bytes:
    if len(data) > most:
        raise BadInput("something in the backup is larger than a hub makes it", next_step="Take another one.")
    return data


def _clear(secrets: Path, database: Path) -> None:
    shutil.rmtree(secrets, ignore_errors=True)
    for end in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + end).unlink(missing_ok=True)
