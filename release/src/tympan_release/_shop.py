"""The shop: the folder in which a repository is made, with the roles' lists as they are being written.

- ``metadata/`` holds each role's newest list, and every root of trust; ``targets/`` the files as agents fetch them.
- A list that is changed gets a new number and loses its signatures; the keys at hand sign it at once.
- Private keys lie in ``keys/``, or wherever ``--keys`` says: they are not needed in the shop.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization.json import JSONSerializer

from tympan_release._errors import ShopError
from tympan_release._keys import read_public, read_signer
from tympan_release._limits import ROOT_DAYS, SNAPSHOT_DAYS, TARGETS_DAYS, TIMESTAMP_DAYS

ROOT: Final = "root"
TARGETS: Final = "targets"
SNAPSHOT: Final = "snapshot"
TIMESTAMP: Final = "timestamp"
_DAYS: Final = {ROOT: ROOT_DAYS, SNAPSHOT: SNAPSHOT_DAYS, TIMESTAMP: TIMESTAMP_DAYS}
_JSON: Final = JSONSerializer(compact=False)


@attrs.frozen
class KeyRing:
    """The private keys at hand, by their ids."""

    signers: dict[str, CryptoSigner]

    @classmethod
    def of(cls, folders: tuple[Path, ...], passphrase: bytes | None) -> KeyRing:
        """Every private key of some folders and files; those whose passphrase is another are passed over.

        Raises:
            ShopError: A file that was named itself cannot be read.
        """
        signers: dict[str, CryptoSigner] = {}
        for place in folders:
            named = not place.is_dir()
            for path in [place] if named else sorted(place.glob("*.pem")):
                try:
                    signer = read_signer(path, passphrase)
                except ShopError:
                    if named:
                        raise
                    continue
                signers[signer.public_key.keyid] = signer
        return cls(signers)

    def holders(self, keyids: list[str]) -> list[CryptoSigner]:
        """Those of some keys that are at hand."""
        return [self.signers[keyid] for keyid in keyids if keyid in self.signers]


class Shop:
    """A repository that is being made."""

    def __init__(self, folder: Path, ring: KeyRing, now: dt.datetime) -> None:
        self.folder = folder
        self.metadata = folder / "metadata"
        self.targets = folder / "targets"
        self._ring = ring
        self._now = now.replace(microsecond=0)

    # ------------------------------------------------------------------ reading

    @property
    def root(self) -> Metadata[Root]:
        """The newest root of trust.

        Raises:
            ShopError: This is no shop.
        """
        numbers = [int(path.name.split(".")[0]) for path in self.metadata.glob("[0-9]*.root.json")]
        if not numbers:
            raise ShopError(f"{self.folder} is no shop", next_step="Make one with 'tympan-release init'.")
        return self.read(f"{max(numbers)}.root")

    def role(self, name: str) -> Metadata[Targets]:
        """The list of a role of files."""
        return self.read(name)

    def read(self, name: str) -> Metadata[Any]:
        """One file of metadata.

        Raises:
            ShopError: It is not there, or none.
        """
        try:
            return Metadata.from_file(str(self.metadata / f"{name}.json"))
        except Exception as error:  # the reader's own kinds are many, and mean the same
            raise ShopError(f"{self.metadata / name}.json cannot be read: {error}") from error

    def roles(self) -> tuple[str, ...]:
        """Roles of files: the first, and those it delegates to."""
        delegations = self.role(TARGETS).signed.delegations
        return (TARGETS, *(delegations.roles if delegations and delegations.roles else ()))

    def published(self) -> tuple[str, ...]:
        """The same without vendors who were let in and have signed nothing yet."""
        return tuple(name for name in self.roles() if not self._awaited(name))

    def _awaited(self, name: str) -> bool:
        document = self.role(name)
        return document.signed.version == 1 and not document.signatures and not document.signed.targets

    def role_of(self, target: str) -> str:
        """The role that signs a target: whom it is delegated to, else the first."""
        delegations = self.role(TARGETS).signed.delegations
        roles = (delegations.roles or {}) if delegations else {}
        return next((name for name, role in roles.items() if role.is_delegated_path(target)), TARGETS)

    def signed_target(self, target: str) -> TargetFile | None:
        """What the role of a target says of it."""
        return self.role(self.role_of(target)).signed.targets.get(target)

    # ------------------------------------------------------------------ writing

    def write(self, name: str, document: Metadata[Any]) -> None:
        """Signs a list that was changed with the keys at hand, and puts it down."""
        document.signed.expires = self._now + dt.timedelta(days=_DAYS.get(name, TARGETS_DAYS))
        document.signatures.clear()
        self.put(name, self.sign(name, document))

    def renew(self, name: str, document: Metadata[Any]) -> None:
        """The same, under the next number."""
        document.signed.version += 1
        self.write(name, document)

    def sign(self, name: str, document: Metadata[Any]) -> Metadata[Any]:
        """Adds the signatures of the keys at hand."""
        keyids = self._root_keyids(document) if name == ROOT else self._keyids(name)
        for signer in self._ring.holders(keyids):
            document.sign(signer, append=True)
        return document

    def put(self, name: str, document: Metadata[Any]) -> None:
        """Puts a file of metadata down in one step."""
        self.metadata.mkdir(parents=True, exist_ok=True)
        stem = f"{document.signed.version}.root" if name == ROOT else name
        replace(self.metadata / f"{stem}.json", document.to_bytes(_JSON))

    def _keyids(self, name: str) -> list[str]:
        if name in (TARGETS, SNAPSHOT, TIMESTAMP):
            return list(self.root.signed.roles[name].keyids)
        delegations = self.role(TARGETS).signed.delegations
        role = (delegations.roles or {}).get(name) if delegations else None
        return list(role.keyids) if role else []

    def _root_keyids(self, document: Metadata[Root]) -> list[str]:
        """A new root is signed by the keys of the one before, too: that is how agents come to believe it."""
        before = self.metadata / f"{document.signed.version - 1}.root.json"
        return sorted({*document.signed.roles[ROOT].keyids, *(_keyids_of(before) if before.exists() else ())})

    # ------------------------------------------------------------------ judging

    def can_sign(self, name: str) -> bool:
        """Whether enough keys of a role of the root are at hand."""
        role = self.root.signed.roles[name]
        return len(self._ring.holders(list(role.keyids))) >= int(role.threshold)

    def faults(self) -> Iterator[str]:
        """Why this cannot be published: what is signed by too few, or has run out."""
        root = self.root.signed
        yield from _faults(root, ROOT, self.root)
        before = self.metadata / f"{root.version - 1}.root.json"
        if before.exists():
            yield from _faults(self.read(f"{root.version - 1}.root").signed, ROOT, self.root)
        targets = self.role(TARGETS)
        yield from _faults(root, TARGETS, targets)
        for name in self.published()[1:]:
            yield from _faults(targets.signed, name, self.role(name))
        for name in (ROOT, *self.published()):
            document = self.root if name == ROOT else self.role(name)
            if document.signed.is_expired(self._now):
                yield f"{name} ran out on {document.signed.expires:%Y-%m-%d}"


def _faults(delegator: Root | Targets, name: str, document: Metadata[Any]) -> Iterator[str]:
    try:
        delegator.verify_delegate(name, document.signed_bytes, document.signatures)
    except (RepositoryError, ValueError) as error:
        yield f"{name} is not signed by enough of its keys ({error})"


def _keyids_of(path: Path) -> list[str]:
    found: Metadata[Root] = Metadata.from_file(str(path))
    return list(found.signed.roles[ROOT].keyids)


def public_keys(paths: tuple[Path, ...]) -> list[Any]:
    """Public keys of PEM files."""
    return [read_public(path) for path in paths]


def empty(kind: type[Targets] | type[Snapshot] | type[Timestamp]) -> Metadata[Any]:
    """A list with nothing in it."""
    return Metadata(kind())


def replace(path: Path, data: bytes) -> None:
    """Replaces a file in one step.

    Raises:
        ShopError: The disk does not take it.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise ShopError(f"{path} cannot be written: {error.strerror or error}") from error
