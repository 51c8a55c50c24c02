"""Unpacks what was signed: bundles and wheels into trees, offline archives into repositories.

- Signed is not safe: whoever signs may have been handed a bad file. Nothing leaves the tree, no device, no link out,
  no bit but that a program runs, and bounded sizes.
- A file is on the disk when it is closed here; the tree is, when its mark is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import attrs

from tympan_updater._errors import NotUsable, Postponed
from tympan_updater._limits import ARCHIVE_BYTES, PIECE_BYTES, TREE_BYTES, TREE_FILES


@attrs.frozen(kw_only=True)
class _Entry:
    """One thing to be unpacked.

    Attributes:
        name: Its path in the tree.
        body: Its bytes; None of a folder or link.
        link: Where a link leads; "" of anything else.
        runs: Whether it is a program.
    """

    name: PurePosixPath
    body: IO[bytes] | None = None
    link: str = ""
    runs: bool = False


def unpack_bundle(bundle: Path, tree: Path) -> None:
    """Unpacks a bundle into a new tree: its names are those of the tree.

    Raises:
        NotUsable: It is no bundle.
        Postponed: The disk is full.
    """
    with _refusing(bundle), tarfile.open(bundle, "r:gz") as tar:
        _fill(tree, _tar_entries(tar), TREE_BYTES)
    if not os.access(tree / "tympan", os.X_OK):
        raise NotUsable(f"{bundle.name} holds no program 'tympan'")


def unpack_wheel(wheel: Path, tree: Path) -> None:
    """Unpacks a pure wheel as it would be installed (PEP 427).

    Raises:
        NotUsable: It is no such wheel.
        Postponed: The disk is full.
    """
    with _refusing(wheel), zipfile.ZipFile(wheel) as archive:
        _fill(tree, _zip_entries(archive), TREE_BYTES)
    if not any(folder.name.endswith(".dist-info") for folder in tree.iterdir()):
        raise NotUsable(f"{wheel.name} is no wheel: it does not say what it is")


def unpack_archive(archive: Path, folder: Path) -> None:
    """Unpacks an offline archive: a repository's files, without compression or with.

    Raises:
        NotUsable: It is none.
        Postponed: The disk is full.
    """
    with _refusing(archive), tarfile.open(archive, "r:*") as tar:
        _fill(folder, _tar_entries(tar), ARCHIVE_BYTES)
    if not (folder / "metadata" / "timestamp.json").is_file():
        raise NotUsable(f"{archive} is no archive of updates: it has no metadata/timestamp.json")


@contextlib.contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """What the readers of archives and the disk raise, as ours."""
    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as error:
        raise NotUsable(f"{path.name} cannot be unpacked: {error}") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Postponed(f"no space is left to unpack {path.name}") from error
        raise NotUsable(f"{path.name} cannot be unpacked: {error}") from error


def _tar_entries(tar: tarfile.TarFile) -> Iterator[_Entry]:
    for member in tar:
        name = _checked(member.name)
        if member.isdir():
            yield _Entry(name=name)
        elif member.issym():
            yield _Entry(name=name, link=_checked_link(name, member.linkname))
        elif member.isreg():
            yield _Entry(name=name, body=tar.extractfile(member), runs=bool(member.mode & stat.S_IXUSR))
        else:
            raise ValueError(f"{member.name!r} is neither file nor folder nor link")


def _zip_entries(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    for info in archive.infolist():
        if info.is_dir():
            yield _Entry(name=_checked(info.filename))
        else:
            with archive.open(info) as body:
                yield _Entry(name=_checked(info.filename), body=body)


def _checked(text: str) -> PurePosixPath:
    name = PurePosixPath(text)
    if name.is_absolute() or ".." in name.parts or "\\" in text or "\0" in text or len(text) > 1000:
        raise ValueError(f"{text!r:.120} leads out of its folder")
    return name


def _checked_link(name: PurePosixPath, link: str) -> str:
    """A link stays within the tree, or it is none of ours.

    ``..`` stands at its beginning alone: behind a name that is a link itself it would lead from where that one leads.
    """
    parts = PurePosixPath(link).parts
    ups = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    if not link or PurePosixPath(link).is_absolute() or ".." in parts[ups:] or ups > len(name.parent.parts):
        raise ValueError(f"the link {name} leads out of its folder")
    return link


def _fill(tree: Path, entries: Iterable[_Entry], most: int) -> None:
    tree.mkdir(parents=True)
    links: set[PurePosixPath] = set()
    for files, entry in enumerate(entries):
        if files >= TREE_FILES:
            raise ValueError(f"it has more than {TREE_FILES} files")
        if not links.isdisjoint(entry.name.parents):
            raise ValueError(f"{entry.name} lies behind a link")  # which could lead somewhere else by now
        if entry.link:
            links.add(entry.name)
        if entry.name.parts:
            most -= _put(tree.joinpath(*entry.name.parts), entry, most)
    for folder in (tree, *(path for path in tree.rglob("*") if path.is_dir() and not path.is_symlink())):
        folder.chmod(0o755)


def _put(place: Path, entry: _Entry, most: int) -> int:
    if entry.link:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(entry.link)
        return 0
    if entry.body is None:
        place.mkdir(parents=True, exist_ok=True)
        return 0
    place.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    mode = 0o755 if entry.runs else 0o644
    with os.fdopen(os.open(place, flags, mode), "wb") as file:
        size = _copy(entry.body, file, most)
        if hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), mode)  # whatever the umask: the agent's account is another one
        file.flush()
        os.fsync(file.fileno())
    return size


def _copy(body: IO[bytes], file: IO[bytes], most: int) -> int:
    size = 0
    while piece := body.read(PIECE_BYTES):
        size += len(piece)
        if size > most:
            raise ValueError("it unpacks to more than any version has")
        file.write(piece)
    return size
