"""The update repository as files of a folder (The Update Framework 1.0), read to be shown and not to be believed.

- What is current is followed from ``timestamp.json`` on, as agents do. Signatures are theirs to verify: whoever can
  write in the folder can have a page show anything, and no agent install it.
- A role's files count only where their paths are the role's: a vendor's key names no version of ours on a page either.
- Every file is read whole and is bounded; what is no file within the folder is none.
"""

import asyncio
import datetime as dt
import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, Final

from tympan_hub.domain.limits.updates import METADATA_BYTES, REPOSITORY_READ_S, ROLES
from tympan_hub.domain.updates import Ring, is_version
from tympan_hub.ports.update_repository import Channel, Contents, Target

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,200}")
_ROOT: Final = re.compile(r"([1-9][0-9]{0,8})\.root\.json")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_TROUBLE: Final = "its metadata cannot be read: publish it again with tympan-release"


class FolderRepository:
    """``UpdateRepository``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: Contents | None = None
        self._checked: dict[tuple[str, int, int], bool] = {}
        self._read_at = -float(REPOSITORY_READ_S)
        self._reading = asyncio.Lock()

    async def contents(self) -> Contents | None:
        """As the port says; a fleet that asks at once waits for one reading and does not have one each."""
        async with self._reading:
            if time.monotonic() - self._read_at >= REPOSITORY_READ_S:
                self._known = await asyncio.to_thread(self._contents)
                self._read_at = time.monotonic()
        return self._known

    async def file(self, target: Target) -> Path | None:
        """As the port says; a file is hashed once, and again when it was written since."""
        path = _within(self._folder, PurePosixPath(target.place))
        try:
            now = path.stat()
            key = (target.sha256, now.st_mtime_ns, now.st_size)
            if key not in self._checked:
                self._checked[key] = await asyncio.to_thread(_is_whole, path, target)
        except OSError:
            return None
        return path if self._checked[key] else None

    def _contents(self) -> Contents | None:
        if not (self._folder / "metadata" / "timestamp.json").is_file():
            return None
        try:
            return _read(self._folder)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return Contents(trouble=_TROUBLE)


def _read(folder: Path) -> Contents:
    timestamp = _signed(folder, "timestamp", None)
    snapshot = _signed(folder, "snapshot", timestamp["meta"]["snapshot.json"]["version"])
    targets = {target.path: target for target in _targets(folder, snapshot["meta"])}
    said = ((ring, _channel(folder, targets.get(f"channels/{ring.value}.json"))) for ring in Ring)
    return Contents(
        channels={ring: channel for ring, channel in said if channel is not None},
        targets=targets,
        root=_root(folder),
        ends_at=_moment(timestamp["expires"]),
    )


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone is compared with none")
    return moment


def _root(folder: Path) -> Target | None:
    """The newest root of trust."""
    numbers = [int(found[1]) for path in (folder / "metadata").iterdir() if (found := _ROOT.fullmatch(path.name))]
    if not numbers:
        return None
    place = PurePosixPath("metadata", f"{max(numbers)}.root.json")
    content = _content(_within(folder, place), METADATA_BYTES)
    sha256 = hashlib.sha256(content).hexdigest()
    return Target(path=place.name, size=len(content), sha256=sha256, place=place.as_posix())


def _targets(folder: Path, meta: Mapping[str, Any]) -> Iterator[Target]:
    """Files of the first role that has a path, widest role first: a later one never stands for an earlier one's."""
    waiting: list[tuple[str, tuple[str, ...]]] = [("targets", ())]
    seen: set[str] = set()
    found: set[str] = set()
    while waiting and len(seen) < ROLES:
        role, patterns = waiting.pop(0)
        if role in seen or f"{role}.json" not in meta:
            continue
        seen.add(role)
        signed = _signed(folder, role, meta[f"{role}.json"]["version"])
        for path, told in signed["targets"].items():
            if path not in found and _is_of(path, patterns) and (target := _target(folder, path, told)):
                found.add(path)
                yield target
        delegated = (signed.get("delegations") or {}).get("roles") or ()
        waiting += [(str(one["name"]), tuple(one.get("paths") or ("",))) for one in delegated]


def _is_of(path: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(_fits(path.split("/"), pattern.split("/")) for pattern in patterns)


def _fits(parts: list[str], pattern: list[str]) -> bool:
    return len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern))


def _target(folder: Path, path: str, told: Mapping[str, Any]) -> Target | None:
    """None for one that is not there, or whose name no file of ours has."""
    sha256, size = told["hashes"]["sha256"], told["length"]
    pure = PurePosixPath("targets", path)
    if not all(map(_NAME.fullmatch, pure.parts)) or not _SHA256.fullmatch(sha256) or type(size) is not int:
        return None
    for place in (pure.with_name(f"{sha256}.{pure.name}"), pure):
        if _within(folder, place).is_file():
            return Target(path=path, size=size, sha256=sha256, place=place.as_posix())
    return None


def _channel(folder: Path, target: Target | None) -> Channel | None:
    if target is None:
        return None
    content = _content(_within(folder, PurePosixPath(target.place)), METADATA_BYTES)
    if hashlib.sha256(content).hexdigest() != target.sha256:
        raise ValueError("a channel is not what the metadata says")
    told = json.loads(content)
    plugins = {str(name): str(version) for name, version in (told.get("plugins") or {}).items()}
    agent = str(told.get("agent") or "")
    lower = told.get("lower") is True
    return Channel(agent=agent if is_version(agent) else "", plugins=plugins, lower=lower)


def _is_whole(path: Path, target: Target) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == target.sha256


def _signed(folder: Path, role: str, version: int | None) -> Mapping[str, Any]:
    """What a role's metadata says; the file of its version where the repository keeps one for each."""
    if not _NAME.fullmatch(role) or (version is not None and type(version) is not int):
        raise ValueError(f"{role!r:.80} is no role")
    names = [f"{role}.json"] if version is None else [f"{version}.{role}.json", f"{role}.json"]
    places = [_within(folder, PurePosixPath("metadata", name)) for name in names]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise ValueError("a role has no metadata")
    signed: Mapping[str, Any] = json.loads(_content(found, METADATA_BYTES))["signed"]
    return signed


def _within(folder: Path, place: PurePosixPath) -> Path:
    """A place below the folder; raises ``ValueError`` for one that leads out of it."""
    path = (folder / place).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError("a file leads out of the folder")
    return path


def _content(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError("a file is longer than any of ours")
    return content
