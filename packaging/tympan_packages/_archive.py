"""Archives whose bytes depend on nothing but what is in them.

- Sorted by name; one date for all; no owner, no group; of a file's mode only whether it is executable.
- No device, no link that leads out of the archive.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
from pathlib import Path
from typing import Final

from tympan_packages._errors import PackagingError

READ_BYTES: Final = 1 << 20
PRESSED: Final = 9
"""An archive is made once and fetched by every desktop."""


def normalise(tree: Path, epoch: int) -> None:
    """Gives everything below a folder the modes and the date it has in an archive."""
    for folder, _, files in os.walk(tree, topdown=False):
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o111 else 0o644)
            os.utime(path, (epoch, epoch), follow_symlinks=False)
        Path(folder).chmod(0o755)
        os.utime(folder, (epoch, epoch))


def pack(tree: Path, into: Path, epoch: int) -> None:
    """Writes the archive of what lies in a folder; names in it begin in that folder.

    Raises:
        PackagingError: There is something in it that no archive of ours holds.
    """
    with (
        into.open("wb") as file,
        gzip.GzipFile("", "wb", PRESSED, file, mtime=0) as pressed,
        tarfile.open(fileobj=pressed, mode="w", format=tarfile.PAX_FORMAT) as packed,
    ):
        for path in sorted(tree.rglob("*"), key=lambda path: path.relative_to(tree).as_posix()):
            _add(packed, path, tree, epoch)


def _add(archive: tarfile.TarFile, path: Path, tree: Path, epoch: int) -> None:
    entry = archive.gettarinfo(path, path.relative_to(tree).as_posix())
    if entry.islnk():  # a name of a file that is in already: its bytes again, so that names do not depend on inodes
        entry.type, entry.linkname, entry.size = tarfile.REGTYPE, "", path.stat().st_size
    if not (entry.isreg() or entry.isdir() or entry.issym()):
        raise PackagingError(f"{path} is no file, folder or link")
    if entry.issym() and not _stays(path, tree):
        raise PackagingError(f"{path} leads out of the archive, to {entry.linkname}")
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = epoch
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o111 else 0o644
    if not entry.isreg():
        archive.addfile(entry)
        return
    with path.open("rb") as content:
        archive.addfile(entry, content)


def _stays(link: Path, tree: Path) -> bool:
    to = link.readlink()
    there = Path(os.path.normpath(link.parent / to))
    return not to.is_absolute() and there.is_relative_to(tree)


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(READ_BYTES):
            digest.update(data)
    return digest.hexdigest()
