"""Blobs in a backup: each a member ``blobs/TENANT/NAME.SHA256`` of the zip, one in memory at a time.

- What is taken away while the backup is made is not in it: an upload that lacks bytes is dropped when it is restored.
- Names come out of a file that somebody may have made; they are checked as all names are before a store sees them.
"""

import contextlib
import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from tympan_hub.domain.blobs import BlobName, Kind, is_sha256, tenant_path
from tympan_hub.domain.errors import BadInput, Conflict, HubError, NotFound
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.pages import PAGE_MOST
from tympan_hub.domain.limits.uploads import BLOB_BYTES
from tympan_hub.domain.uploads import Part, Upload
from tympan_hub.ports import Blobs, Unit

_FOLDER: Final = "blobs/"


@frozen(kw_only=True)
class Member:
    """A blob in the zip.

    Attributes:
        tenant: Whose it is.
        name: Its name.
        sha256: Of its bytes, hex.
    """

    tenant: TenantId
    name: BlobName
    sha256: str

    @property
    def path(self) -> str:
        """Its place there."""
        return f"{_FOLDER}{tenant_path(self.tenant)}/{self.name.path}.{self.sha256}"

    @classmethod
    def read(cls, path: str) -> "Member":
        """What a place tells; raises ``BadInput``."""
        tenant, _, rest = path.removeprefix(_FOLDER).partition("/")
        name, _, sha256 = rest.partition(".")
        if not is_sha256(sha256):
            raise BadInput("a blob in the backup has no checksum", next_step="Take another one.")
        return cls(tenant=TenantId(tenant_path(TenantId(tenant))), name=BlobName.read(name), sha256=sha256)


async def take_blobs(archive: zipfile.ZipFile, store: Blobs, tenants: Iterable[TenantId]) -> int:
    """Writes the blobs of these tenants; tells how many."""
    count = 0
    for tenant in tenants:
        async for seen in store.list(tenant, Kind.UPLOADS):
            with contextlib.suppress(NotFound):
                content = b"".join([piece async for piece in store.get(tenant, seen.name, 0, BLOB_BYTES)])
                member = Member(tenant=tenant, name=seen.name, sha256=hashlib.sha256(content).hexdigest())
                archive.writestr(member.path, content, zipfile.ZIP_STORED)  # sealed bytes do not become less
                count += 1
    return count


async def check_room(archive: zipfile.ZipFile, store: Blobs, tenants: Iterable[TenantId]) -> None:
    """Raises ``Conflict`` when another hub's blobs are there; those of a restoration that was cut off are no harm."""
    ours = {(member.tenant, member.name) for member in _members(archive)}
    for tenant in tenants:
        async for seen in store.list(tenant, Kind.UPLOADS):
            if (tenant, seen.name) not in ours:
                raise Conflict("there are blobs of a hub already", next_step="Name another place with --blobs.")


async def give_blobs(archive: zipfile.ZipFile, store: Blobs, told: int, given: list[Member]) -> None:
    """Puts the blobs of a backup into a store, each proved.

    Args:
        archive: The backup.
        store: Where to.
        told: How many there are.
        given: Gets those that were not in the store before, each before it is put there.

    Raises:
        BadInput: They are not those that the backup tells of.
    """
    count = 0
    for member in _members(archive):
        with archive.open(member.path) as opened:
            content = opened.read(BLOB_BYTES + 1)
        if await store.head(member.tenant, member.name) is None:
            given.append(member)
        await store.put(member.tenant, member.name, content, member.sha256)
        count += 1
    if count != told:
        raise BadInput(f"the backup tells of {told} blobs, and {count} came of it", next_step="Take another one.")


async def take_back(store: Blobs, given: Iterable[Member]) -> None:
    """Takes out of a store again what a restoration put there, and nothing else."""
    with contextlib.suppress(HubError):  # why it has to go is the error that is told
        for member in given:
            await store.delete(member.tenant, member.name)


async def drop_torn(archive: zipfile.ZipFile, unit: Unit, tenants: Iterable[TenantId]) -> None:
    """Drops uploads whose bytes went away while the backup was made."""
    there = frozenset(archive.namelist())
    for tenant in tenants:
        after = ""
        while page := await unit.uploads.page(tenant, after, PAGE_MOST):
            for upload in page:
                await _drop_if_torn(unit, upload, there)
            after = page[-1].id


async def _drop_if_torn(unit: Unit, upload: Upload, there: frozenset[str]) -> None:
    parts = await unit.uploads.parts(upload.tenant, upload.id)
    if any(_place(upload, part) not in there for part in parts):
        await unit.uploads.forget(upload.tenant, upload.id)


def _place(upload: Upload, part: Part) -> str:
    return Member(tenant=upload.tenant, name=upload.blob(part), sha256=part.sha256).path


def _members(archive: zipfile.ZipFile) -> Iterator[Member]:
    for path in archive.namelist():
        if path.startswith(_FOLDER):
            yield Member.read(path)
