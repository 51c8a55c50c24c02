"""What is done in a shop: begun, files and channels added, vendors let in, keys changed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Root, Snapshot, TargetFile, Targets, Timestamp

from tympan_release._errors import ShopError
from tympan_release._keys import make_key
from tympan_release._limits import FILE_BYTES
from tympan_release._shop import ROOT, SNAPSHOT, TARGETS, TIMESTAMP, Shop, empty, replace
from tympan_wire.updates import (
    CHANNELS,
    PLATFORM,
    BadUpdateFile,
    Channel,
    Version,
    agent_target,
    channel_target,
    encode_channel,
    is_distribution,
    plugin_target,
    wheel_of,
)

OWN_KEYS: Final = (TARGETS, "channels", SNAPSHOT, TIMESTAMP)
"""Keys besides those of the root."""


def make_keys(folder: Path, roots: int, passphrase: bytes | None) -> None:
    """Every key a shop begins with, each in a file of its own."""
    for name in (*(f"root-{number}" for number in range(1, roots + 1)), *OWN_KEYS):
        make_key(folder / f"{name}.pem", passphrase)


def begin(shop: Shop, keys: Mapping[str, Any], threshold: int) -> None:
    """Makes the first root of trust, and the roles without anything in them.

    Args:
        shop: An empty folder.
        keys: Public keys by the names of their files.
        threshold: Keys of the root that must sign.
    """
    roots = [key for name, key in sorted(keys.items()) if name.startswith("root-")]
    if not 1 <= threshold <= len(roots):
        raise ShopError(f"{threshold} of {len(roots)} keys cannot sign a root")
    root = Metadata(Root(consistent_snapshot=True))
    for key in roots:
        root.signed.add_key(key, ROOT)
    root.signed.roles[ROOT].threshold = threshold
    for role in (TARGETS, SNAPSHOT, TIMESTAMP):
        root.signed.add_key(keys[role], role)
    shop.write(ROOT, root)
    targets = empty(Targets)
    for channel in CHANNELS:
        _delegate(targets, f"channel-{channel}", [channel_target(channel)], [keys["channels"]], 1)
    shop.write(TARGETS, targets)
    for channel in CHANNELS:
        shop.write(f"channel-{channel}", empty(Targets))
    shop.write(SNAPSHOT, empty(Snapshot))
    shop.write(TIMESTAMP, empty(Timestamp))


def _delegate(targets: Metadata[Targets], name: str, paths: list[str], keys: Sequence[Any], threshold: int) -> None:
    signed = targets.signed
    if signed.delegations is None:
        signed.delegations = Delegations({}, {})
    roles = signed.delegations.roles
    if roles is None:
        raise ShopError("this shop delegates in another way")
    roles[name] = DelegatedRole(name, [], threshold, True, paths=paths)
    for key in keys:
        signed.add_key(key, name)


def let_in(shop: Shop, vendor: str, distributions: Sequence[str], keys: Sequence[Any], threshold: int) -> None:
    """Lets a vendor sign the wheels of some distributions, and nothing else; said again, it replaces keys and names.

    Raises:
        ShopError: A distribution is another vendor's, or is no name.
    """
    role = f"vendor-{vendor}"
    if not is_distribution(vendor) or not all(map(is_distribution, distributions)):
        raise ShopError("names are made of small letters, digits and '-'")
    if not 1 <= threshold <= len(keys):
        raise ShopError(f"{threshold} of {len(keys)} keys cannot sign")
    for distribution in distributions:
        owner = shop.role_of(f"plugins/{distribution}/any.whl")
        if owner not in (TARGETS, role):
            raise ShopError(f"{distribution} is signed by {owner} already")
    targets = shop.role(TARGETS)
    delegations = targets.signed.delegations
    known = bool(delegations and delegations.roles and role in delegations.roles)
    if known:
        for keyid in list(delegations.roles[role].keyids):  # type: ignore[union-attr,index]
            targets.signed.revoke_key(keyid, role)
    _delegate(targets, role, [f"plugins/{name}/*" for name in sorted(distributions)], keys, threshold)
    shop.renew(TARGETS, targets)
    if known:
        shop.renew(role, shop.role(role))
    else:
        shop.write(role, empty(Targets))


def add(shop: Shop, file: Path) -> str:
    """Adds a bundle, a Debian package or a wheel under the name it must have, and says that name.

    Raises:
        ShopError: It is none of them, too large, or another file of that name was added before.
    """
    target = target_of(file.name)
    role = shop.role_of(target)
    digest, length = _digest(file)
    before = shop.signed_target(target)
    if before is not None and before.hashes.get("sha256") != digest:
        cause = f"{target} was added before, as another file"
        raise ShopError(cause, next_step="A version never changes: give it a new number.")
    document = shop.role(role)
    document.signed.targets[target] = TargetFile(length, {"sha256": digest}, target)
    place = shop.targets / resting_place(target, digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place.with_name(f".{place.name}.new"))
    place.with_name(f".{place.name}.new").replace(place)
    shop.renew(role, document)
    return target


def target_of(name: str) -> str:
    """The name of the target that a file of this name is.

    Raises:
        ShopError: It is none that agents know.
    """
    bundle, package = f"-{PLATFORM}.tar.gz", "_amd64.deb"
    try:
        if name.startswith("tympan-") and name.endswith(bundle):
            return agent_target(Version(name.removeprefix("tympan-").removesuffix(bundle)))
        if name.startswith("tympan_") and name.endswith(package):
            version = Version(name.removeprefix("tympan_").removesuffix(package))
            return f"agent/{version}/{name}"
        return plugin_target(*wheel_of(name))
    except BadUpdateFile as error:
        next_step = f"Bundles are called tympan-1.2.0{bundle}, wheels as they are built."
        raise ShopError(f"{name} is neither bundle nor package nor pure wheel", next_step=next_step) from error


def set_channel(shop: Shop, name: str, agent: str | None, plugins: Mapping[str, str], *, lower: bool) -> Channel:
    """Lets a channel name versions; all of them, for it says what its machines run.

    Raises:
        ShopError: One of them was not added, or no version is.
    """
    try:
        wanted = {distribution: Version(version) for distribution, version in plugins.items()}
        own = None if agent is None else Version(agent)
        names = ([agent_target(own)] if own else []) + [plugin_target(*pair) for pair in wanted.items()]
        hashes = {target: _hash_of(shop, target) for target in names}
        channel = Channel(agent=own, plugins=wanted, hashes=hashes, lower=lower)
        target = channel_target(name)
    except BadUpdateFile as error:
        raise ShopError(error.cause) from error
    data = encode_channel(channel)
    digest = hashlib.sha256(data).hexdigest()
    replace(shop.targets / resting_place(target, digest), data)
    role = f"channel-{name}"
    document = shop.role(role)
    document.signed.targets = {target: TargetFile(len(data), {"sha256": digest}, target)}
    shop.renew(role, document)
    return channel


def _hash_of(shop: Shop, target: str) -> str:
    found = shop.signed_target(target)
    if found is None:
        raise ShopError(f"{target} was not added", next_step="Add it first with 'tympan-release add'.")
    return str(found.hashes["sha256"])


def rotate(shop: Shop, come: Sequence[Any], go: Sequence[str], threshold: int | None, role: str = ROOT) -> int:
    """Changes the keys of a role in a new root of trust, and says its number.

    Raises:
        ShopError: Too few keys would be left, or one is not there.
    """
    root = shop.root
    for keyid in go:
        if keyid not in root.signed.roles[role].keyids:
            raise ShopError(f"{role} has no key {keyid[:16]}")
        root.signed.revoke_key(keyid, role)
    for key in come:
        root.signed.add_key(key, role)
    if threshold is not None:
        root.signed.roles[role].threshold = threshold
    if not 1 <= root.signed.roles[role].threshold <= len(root.signed.roles[role].keyids):
        raise ShopError(f"too few keys would be left for {role}")
    shop.renew(ROOT, root)
    if role != ROOT:
        shop.renew(role, shop.read(role))
    return int(root.signed.version)


def take_in(shop: Shop, vendor: str, bench: Path) -> int:
    """Takes a vendor's list and files from their own shop, and says how many files it names.

    Raises:
        ShopError: It is not signed by the vendor's keys, is older than ours, or names what is not theirs.
    """
    role = f"vendor-{vendor}"
    theirs = Metadata[Targets].from_file(str(bench / "metadata" / f"{role}.json"))
    ours, targets = shop.role(role), shop.role(TARGETS)
    try:
        targets.signed.verify_delegate(role, theirs.signed_bytes, theirs.signatures)
    except Exception as error:
        raise ShopError(f"the list of {vendor} is not signed by enough of their keys") from error
    if theirs.signed.version < ours.signed.version:
        raise ShopError(f"the list of {vendor} is older than the one that is here")
    for target, file in theirs.signed.targets.items():
        if shop.role_of(target) != role:
            raise ShopError(f"{vendor} may not sign {target}")
        _take_file(shop, bench, target, file)
    shop.put(role, theirs)
    return len(theirs.signed.targets)


def _take_file(shop: Shop, bench: Path, target: str, file: TargetFile) -> None:
    rest = resting_place(target, str(file.hashes["sha256"]))
    if (shop.targets / rest).exists():
        return
    digest, length = _digest(bench / "targets" / rest)
    if (digest, length) != (file.hashes["sha256"], file.length):
        raise ShopError(f"{target} is not the file that was signed")
    (shop.targets / rest).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(bench / "targets" / rest, shop.targets / rest)


def _digest(file: Path) -> tuple[str, int]:
    try:
        length = file.stat().st_size
        with file.open("rb") as body:
            digest = hashlib.file_digest(body, "sha256").hexdigest()
    except OSError as error:
        raise ShopError(f"{file} cannot be read: {error.strerror or error}") from error
    if length > FILE_BYTES:
        raise ShopError(f"{file.name} has more than {FILE_BYTES} bytes, and agents would refuse it")
    return digest, length


def resting_place(target: str, sha256: str) -> str:
    """Where the file of a target lies below ``targets/``: its hash stands before its name (TUF 6.2.1)."""
    folder, _, name = target.rpartition("/")
    return f"{folder}/{sha256}.{name}"
