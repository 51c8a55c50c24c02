"""Publishing: the snapshot and the timestamp are signed, and what agents read is laid into a folder.

The timestamp is laid down last: whoever reads meanwhile sees the old repository, whole.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path

from tuf.api.metadata import MetaFile

from tympan_release._errors import ShopError
from tympan_release._limits import TIMESTAMP_DAYS_MOST
from tympan_release._shop import SNAPSHOT, TIMESTAMP, Shop, replace
from tympan_wire.updates import decode_channel


def publish(shop: Shop, folder: Path, now: dt.datetime, days: int) -> int:
    """Signs and lays down what agents read; says the number of the timestamp.

    Args:
        shop: What is published.
        folder: For whoever serves it; what else lies there stays.
        now: Wall clock, UTC.
        days: How long the timestamp holds.

    Raises:
        ShopError: A role is signed by too few, or ran out.
    """
    if not 1 <= days <= TIMESTAMP_DAYS_MOST:
        raise ShopError(f"a timestamp holds from 1 to {TIMESTAMP_DAYS_MOST} days")
    faults = list(shop.faults())
    if faults:
        next_step = "Sign with 'tympan-release sign', with enough of the keys at hand."
        raise ShopError("; ".join(faults), next_step=next_step)
    for name in (SNAPSHOT, TIMESTAMP):
        if not shop.can_sign(name):
            raise ShopError(f"the key of the {name} is not at hand", next_step="Name it with --keys.")
    _snapshot(shop)
    number = _timestamp(shop, now, days)
    _lay_down(shop, folder)
    return number


def _snapshot(shop: Shop) -> None:
    document = shop.read(SNAPSHOT)
    wanted = {f"{name}.json": MetaFile(shop.role(name).signed.version) for name in shop.published()}
    document.signed.meta = wanted
    shop.renew(SNAPSHOT, document)


def _timestamp(shop: Shop, now: dt.datetime, days: int) -> int:
    document = shop.read(TIMESTAMP)
    document.signed.snapshot_meta = MetaFile(shop.read(SNAPSHOT).signed.version)
    document.signed.version += 1
    document.signed.expires = now.replace(microsecond=0) + dt.timedelta(days=days)
    document.signatures.clear()
    shop.put(TIMESTAMP, shop.sign(TIMESTAMP, document))
    return int(document.signed.version)


def _lay_down(shop: Shop, folder: Path) -> None:
    metadata = folder / "metadata"
    for path in sorted(shop.targets.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            _copy(path, folder / "targets" / path.relative_to(shop.targets))
    for path in sorted(shop.metadata.glob("*.root.json")):
        _copy(path, metadata / path.name)
    for name in (*shop.published(), SNAPSHOT):
        version = shop.read(name).signed.version
        _copy(shop.metadata / f"{name}.json", metadata / f"{version}.{name}.json")
    replace(metadata / "timestamp.json", (shop.metadata / "timestamp.json").read_bytes())


def _copy(path: Path, place: Path) -> None:
    if place.exists() and place.stat().st_size == path.stat().st_size:
        return  # files of a repository never change under a name
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.new")
    shutil.copyfile(path, beside)
    beside.replace(place)


def archive(folder: Path, file: Path, channels: Sequence[str]) -> int:
    """Packs a published folder for machines without a network; says how many files.

    Args:
        folder: What was published.
        file: What is made.
        channels: Whose files are packed; all there are when none is named.
    """
    if not (folder / "metadata" / "timestamp.json").exists():
        raise ShopError(f"{folder} was not published", next_step="Publish it first with 'tympan-release publish'.")
    kept = _named(folder, channels) if channels else None
    packed = 0
    with tarfile.open(file, "w") as tar:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and name.startswith(("metadata/", "targets/")) and (kept is None or _meant(name, kept)):
                tar.add(path, name, filter=_plain)
                packed += 1
    return packed


def _named(folder: Path, channels: Sequence[str]) -> set[str]:
    """Hashes of the files that channels name."""
    hashes: set[str] = set()
    for channel in channels:
        for path in (folder / "targets" / "channels").glob(f"*.{channel}.json"):
            hashes |= {path.name.partition(".")[0], *decode_channel(path.read_bytes()).hashes.values()}
    return hashes


def _meant(name: str, kept: set[str]) -> bool:
    return name.startswith("metadata/") or name.rpartition("/")[2].partition(".")[0] in kept


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if Path(member.name).name.startswith("."):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    member.mode = 0o755 if member.isdir() else 0o644
    return member
