"""A plugin's distribution laid out so that Python finds it: a wheel unpacked, or the folder of a project as it stands.

- Nothing is built and nothing is fetched: what the plugin depends on must be installed.
- A wheel is data of a stranger: its names stay inside the folder, its size is bounded, its hashes must be right.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import lzma
import re
import stat
import tomllib
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any, Final

import attrs

from tympan._errors import BadInput, NotFound
from tympan._registry import GROUP
from tympan.checking._limits import FILES, UNPACKED_BYTES

_NO_ARCHIVE: Final = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)
"""What damaged archives raise."""

_NAME: Final = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9._-]{0,98}[a-zA-Z0-9])?")
"""Of a distribution (PyPA name format); a version is held to the same and may have its signs ``!`` and ``+``, too."""
_VERSION: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9.!+_-]{0,99}")

_EDITED: Final = '{"url": "file:///", "dir_info": {"editable": true}}'
"""The code of a project lies where its author works (PEP 610)."""

_BUILD = "Build a wheel and check that: python -m build --wheel"


@attrs.frozen(kw_only=True)
class Laid:
    """A distribution that can be imported.

    Attributes:
        name: Of the distribution.
        version: Of it.
        roots: What goes in front of ``sys.path``.
    """

    name: str
    version: str
    roots: tuple[Path, ...]


def lay_out(source: Path, into: Path) -> Laid:
    """Lays out a wheel or a project's folder.

    Args:
        source: The wheel, or the folder with ``pyproject.toml``.
        into: An empty folder.

    Raises:
        NotFound: There is nothing.
        BadInput: It is neither, or a wheel that cannot be trusted to be what it says.
    """
    if source.is_dir():
        return _project(source, into)
    if not source.is_file():
        raise NotFound(f"there is no {source}", next_step="Name a wheel, or the folder of a project.")
    return _wheel(source, into)


# ---------------------------------------------------------------------------------------------------- wheels


def _wheel(source: Path, into: Path) -> Laid:
    try:
        with zipfile.ZipFile(source) as wheel:
            _check_names(wheel)
            wheel.extractall(into)
    except (*_NO_ARCHIVE, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise BadInput(f"{source.name} is no wheel: {error}", next_step=_BUILD) from error
    infos = sorted(into.glob("*.dist-info"))
    if len(infos) != 1:
        raise BadInput(f"{source.name} has {len(infos)} .dist-info folders, not one", next_step=_BUILD)
    _check_record(into, infos[0])
    name, _, version = infos[0].name.removesuffix(".dist-info").partition("-")
    return Laid(name=name, version=version, roots=(into,))


def _check_names(wheel: zipfile.ZipFile) -> None:
    infos = wheel.infolist()
    if len(infos) > FILES or sum(info.file_size for info in infos) > UNPACKED_BYTES:
        raise BadInput(f"the wheel unpacks to more than {FILES} files or {UNPACKED_BYTES >> 20} MiB")
    for info in infos:
        path = PurePosixPath(info.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in info.filename or stat.S_ISLNK(info.external_attr >> 16):
            raise BadInput(f"the wheel has a file that would lie outside of it: {info.filename!r:.100}")


def _check_record(folder: Path, info: Path) -> None:
    """Each file is in ``RECORD`` with its hash (binary distribution format, "The .dist-info directory")."""
    record = info / "RECORD"
    if not record.is_file():
        raise BadInput("the wheel has no RECORD", next_step=_BUILD)
    try:
        listed = {row[0]: row[1] for row in csv.reader(record.read_text("utf-8").splitlines()) if len(row) == 3}
    except (ValueError, csv.Error) as error:
        raise BadInput(f"the wheel's RECORD cannot be read: {error}", next_step=_BUILD) from error
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    for name, path in there.items():
        if path == record:
            continue
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
        if listed.get(name) != f"sha256={digest}":
            raise BadInput(f"the wheel's RECORD does not tell the hash of {name!r:.100}", next_step=_BUILD)


# ---------------------------------------------------------------------------------------------------- projects


def _project(source: Path, into: Path) -> Laid:
    try:
        table = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["project"]
        name, version = str(table["name"]), str(table["version"])
        points = table.get("entry-points", {}).get(GROUP, {})
        if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
            raise BadInput(f"no distribution is called {name!r:.100} {version!r:.100}", next_step="See PEP 508.")
        _write_metadata(into, name, version, points)
    except FileNotFoundError as error:
        cause = f"{source} has no pyproject.toml"
        raise NotFound(cause, next_step="Name a wheel, or the folder of a project.") from error
    except KeyError as error:
        raise BadInput(f"pyproject.toml does not say the project's {error}", next_step=_BUILD) from error
    except (ValueError, AttributeError, TypeError) as error:
        raise BadInput(f"pyproject.toml cannot be read: {error}") from error
    code = source / "src" if (source / "src").is_dir() else source
    return Laid(name=name, version=version, roots=(code.resolve(), into))


def _write_metadata(into: Path, name: str, version: str, points: dict[str, Any]) -> None:
    info = into / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = [f"[{GROUP}]", *(f"{plugin} = {module}" for plugin, module in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (info / "direct_url.json").write_text(_EDITED)
