"""``Blobs`` on obstore.

- A blob is written in one request (S3) or beside its place and then renamed (files): nobody sees half of one.
- Files and the folders that lead to them are flushed to the disk before ``put`` returns; S3 answers when it has it.
- Keys, region and endpoint of an S3 store come from the environment (``AWS_…``), as obstore reads them.
"""

import asyncio
import contextlib
import datetime as dt
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from tympan_hub.adapters.blobs.address import BlobAddress
from tympan_hub.domain.blobs import BlobName, BlobSeen, Kind, Shelf, check_content, check_range, tenant_path
from tympan_hub.domain.errors import BadInput, Conflict, NotFound, Unavailable
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.limits.uploads import BLOB_ADDRESS_S, BLOB_PIECE_BYTES, BLOBS_CONNECT_S, BLOBS_WAIT_S

_PAGE: Final = 500
_CAUSE_CHARS: Final = 300
_RETRIES: Final = 3
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


def blobs_at(address: BlobAddress) -> "ObjectBlobs":
    """The store at an address; a folder is made.

    Raises:
        Conflict: The folder cannot be made, or what the environment says of S3 cannot be used.
    """
    try:
        if address.folder is not None:
            address.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return ObjectBlobs(LocalStore(address.folder, automatic_cleanup=True), folder=address.folder)
        return ObjectBlobs(_bucket(address))
    except (BaseError, ValueError, OSError) as error:
        cause = f"blobs cannot be kept in {address}: {_first_line(error)}"
        raise Conflict(cause, next_step="Look at --blobs and at AWS_… in the environment.") from error


def _bucket(address: BlobAddress) -> S3Store:
    wait = dt.timedelta(seconds=BLOBS_WAIT_S)
    return S3Store(
        address.bucket,
        prefix=address.prefix or None,
        client_options={
            "allow_http": _endpoint().startswith("http://"),
            "timeout": wait,
            "connect_timeout": dt.timedelta(seconds=BLOBS_CONNECT_S),
            "user_agent": "tympan-hub",
        },
        retry_config={"max_retries": _RETRIES, "retry_timeout": wait},
    )


def _endpoint() -> str:
    return next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), "")


class ObjectBlobs:
    """``Blobs``; every method as the port says.

    Args:
        store: Where.
        folder: Its folder, when it is one.
    """

    def __init__(self, store: LocalStore | S3Store, *, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    async def put(self, tenant: TenantId, name: BlobName, content: bytes, sha256: str) -> None:
        """Keeps bytes that were proved."""
        path = _path(tenant, name.path)
        if self._folder is not None:
            await asyncio.to_thread(self._put_file, self._folder, path, content, sha256)
            return
        await asyncio.to_thread(check_content, content, sha256)
        with _told():
            await obstore.put_async(self._store, path, content, use_multipart=False)

    async def get(self, tenant: TenantId, name: BlobName, start: int, size: int) -> AsyncIterator[bytes]:
        """A range, piece by piece."""
        check_range(start, size)
        path = _path(tenant, name.path)
        quick = await self._quick(path, start, size)
        if quick is not None:
            yield quick
            return
        with _told():
            whole = await self._size(path)
        if whole is None:
            raise NotFound("these bytes are not kept any more")
        end = min(start + size, whole)
        if start >= end:
            return
        with _told():
            found = await obstore.get_async(self._store, path, options={"range": (start, end)})
            async for piece in found.stream(min_chunk_size=BLOB_PIECE_BYTES):
                yield bytes(piece)

    async def address(self, tenant: TenantId, name: BlobName) -> str:
        """Signed by a bucket; a folder has none."""
        if isinstance(self._store, LocalStore):
            return ""
        life = dt.timedelta(seconds=BLOB_ADDRESS_S)
        with _told():
            return str(await obstore.sign_async(self._store, "GET", _path(tenant, name.path), life))

    async def head(self, tenant: TenantId, name: BlobName) -> BlobSeen | None:
        """Its size, when it is there."""
        with _told():
            size = await self._size(_path(tenant, name.path))
        return None if size is None else BlobSeen(name=name, size=size)

    async def delete(self, tenant: TenantId, name: BlobName) -> None:
        """One less."""
        with _told(), contextlib.suppress(FileNotFoundError, NotFoundError):
            await obstore.delete_async(self._store, _path(tenant, name.path))

    async def clear(self, tenant: TenantId, shelf: Shelf) -> None:
        """All of a shelf; in a folder also the files that a killed process left half written."""
        below = _path(tenant, shelf.path)
        with _told():
            async for page in obstore.list(self._store, below, chunk_size=_PAGE):
                for seen in page:
                    with contextlib.suppress(FileNotFoundError, NotFoundError):
                        await obstore.delete_async(self._store, seen["path"])
            if self._folder is not None:
                await asyncio.to_thread(shutil.rmtree, self._folder / below, ignore_errors=True)

    async def list(self, tenant: TenantId, kind: Kind) -> AsyncIterator[BlobSeen]:
        """All of a kind; what somebody else put beside them is passed over."""
        whose = tenant_path(tenant)
        with _told():
            async for page in obstore.list(self._store, f"{whose}/{kind.value}", chunk_size=_PAGE):
                for seen in page:
                    with contextlib.suppress(BadInput):
                        name = BlobName.read(str(seen["path"]).removeprefix(f"{whose}/"))
                        yield BlobSeen(name=name, size=seen["size"])

    async def has_folder(self) -> bool:
        """False when the folder is not there any more; a bucket needs none."""
        return self._folder is None or await asyncio.to_thread(self._folder.is_dir)

    def _put_file(self, folder: Path, path: str, content: bytes, sha256: str) -> None:
        """All of it in one thread: proved, written, flushed."""
        check_content(content, sha256)
        with _told():
            obstore.put(self._store, path, content, use_multipart=False)
            _flush(folder, folder / path)

    async def _quick(self, path: str, start: int, size: int) -> bytes | None:
        """A range in one step; None when it is too long for that, or not there as it is asked for."""
        if not 0 < size <= BLOB_PIECE_BYTES:
            return None
        with contextlib.suppress(BaseError, OSError, ValueError):  # asked again in more steps, it shows what it was
            if self._folder is not None:
                return await asyncio.to_thread(_read, self._folder / path, start, size)
            return bytes(await obstore.get_range_async(self._store, path, start=start, length=size))
        return None

    async def _size(self, path: str) -> int | None:
        try:
            found: Any = await obstore.head_async(self._store, path)
        except (FileNotFoundError, NotFoundError):
            return None
        return int(found["size"])


def _path(tenant: TenantId, below: str) -> str:
    return f"{tenant_path(tenant)}/{below}"


def _read(file: Path, start: int, size: int) -> bytes | None:
    """A range of a file, without a copy in between; None when it has not so many bytes there."""
    with file.open("rb", buffering=0) as opened:
        opened.seek(start)
        content = opened.read(size)
    return content if content is not None and len(content) == size else None


def _flush(folder: Path, file: Path) -> None:
    """To the disk: the file, and every folder that leads to it."""
    _sync(file, os.O_RDWR)
    if os.name == "posix":
        for parent in file.parents:
            _sync(parent, os.O_RDONLY)
            if parent == folder:
                return


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Errors of the store as the hub's."""
    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        cause = f"the store of blobs does not answer as it should: {_first_line(error)}"
        next_step = "It is tried again; 'tympan-hub doctor' looks at the store that --blobs names."
        raise Unavailable(cause, next_step=next_step) from error


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:_CAUSE_CHARS]
