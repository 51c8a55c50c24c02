"""Blobs: the same suite on files and on an S3 server, and names that are tricks."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hub_rig import Bucket, bucket_server

from tympan_hub.adapters.blobs import BlobAddress, BlobsProbe, ObjectBlobs, blobs_at
from tympan_hub.domain.blobs import BlobName, Kind, Shelf, tenant_path
from tympan_hub.domain.errors import BadInput, Conflict, NotFound, Unavailable
from tympan_hub.domain.ids import SERVICE, TenantId, new_id
from tympan_hub.domain.limits.uploads import BLOB_ADDRESS_S, BLOB_BYTES

pytestmark = pytest.mark.anyio
ACME, OTHER = TenantId("acme"), TenantId("other")
TRICKS = [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/etc/passwd",
    "\\\\host\\share",
    "..\\x",
    "a\0b",
    "%2e%2e",
    "A" * 32,
    "g" * 32,
    "0" * 31,
    "0" * 33,
    "0" * 32 + "\n",
    "\n" + "0" * 31,
    "０" * 32,
    "CON",
    "~",
    "-service",
]

NO_PLACES = [
    "blobs",
    "./blobs",
    "s3://",
    "s3://B",
    "s3://b",
    "s3://bucket/../x",
    "s3://bucket/a//b",
    "s3://bucket?x=1",
    "gs://bucket",
    "https://bucket.example",
    "s3://user:pw@bucket",
]


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with bucket_server() as running:
        yield running


@pytest.fixture(params=["files", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ObjectBlobs:
    if request.param == "files":
        return blobs_at(BlobAddress.read("", tmp_path / "blobs"))
    bucket: Bucket = request.getfixturevalue("bucket")
    for name, value in bucket.environment.items():
        monkeypatch.setenv(name, value)
    return blobs_at(BlobAddress.read(f"s3://{bucket.name}/{uuid.uuid4().hex}", tmp_path))


def name(kind: Kind = Kind.UPLOADS, holder: str = "") -> BlobName:
    return BlobName(shelf=Shelf(kind=kind, holder=holder or new_id()), piece=new_id())


async def put(store: ObjectBlobs, at: BlobName, content: bytes, tenant: TenantId = ACME) -> None:
    await store.put(tenant, at, content, hashlib.sha256(content).hexdigest())


async def read(store: ObjectBlobs, at: BlobName, start: int = 0, size: int = BLOB_BYTES) -> bytes:
    return b"".join([piece async for piece in store.get(ACME, at, start, size)])


async def paths(store: ObjectBlobs, tenant: TenantId = ACME) -> set[str]:
    return {seen.name.path async for seen in store.list(tenant, Kind.UPLOADS)}


async def test_what_is_put_is_there(store: ObjectBlobs) -> None:
    at, content = name(), secrets.token_bytes(700_001)
    await put(store, at, content)
    seen = await store.head(ACME, at)
    assert seen is not None and (seen.name, seen.size) == (at, len(content))
    assert await read(store, at) == content
    for start, size in ((0, 1), (5, 0), (262_143, 3), (700_000, 9), (700_001, 1), (9_000_000, 1)):
        assert await read(store, at, start, size) == content[start : start + size]
    await put(store, at, content)
    assert await paths(store) == {at.path}


async def test_of_nothing_and_of_the_most(store: ObjectBlobs) -> None:
    for content in (b"", secrets.token_bytes(BLOB_BYTES)):
        at = name()
        await put(store, at, content)
        assert await read(store, at) == content
    with pytest.raises(BadInput, match="at most"):
        await put(store, name(), bytes(BLOB_BYTES + 1))


async def test_other_bytes_than_the_checksum_says_are_not_kept(store: ObjectBlobs) -> None:
    at = name()
    with pytest.raises(BadInput, match="checksum"):
        await store.put(ACME, at, b"abc", hashlib.sha256(b"abd").hexdigest())
    assert await store.head(ACME, at) is None and await paths(store) == set()


async def test_what_is_not_there_is_not_found(store: ObjectBlobs) -> None:
    assert await store.head(ACME, name()) is None
    with pytest.raises(NotFound):
        await read(store, name())
    await store.delete(ACME, name())
    await store.clear(ACME, name().shelf)
    with pytest.raises(BadInput):
        await read(store, name(), -1)


async def test_a_folder_has_no_addresses(tmp_path: Path) -> None:
    store, at = blobs_at(BlobAddress.read("", tmp_path / "blobs")), name()
    await put(store, at, b"sealed")
    assert await store.address(ACME, at) == ""


@pytest.mark.parametrize("store", ["s3"], indirect=True)
async def test_a_bucket_signs_an_address_for_one_blob_and_a_short_time(store: ObjectBlobs) -> None:
    at = name()
    await put(store, at, b"sealed")
    address = urlsplit(await store.address(ACME, at))
    assert address.path.endswith(f"/{ACME}/{at.path}")
    assert parse_qs(address.query)["X-Amz-Expires"] == [str(BLOB_ADDRESS_S)]
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(address.geturl(), headers={"Range": "bytes=1-3"})
    assert (answer.status_code, answer.content) == (206, b"eal")


async def test_a_tenant_has_its_own(store: ObjectBlobs) -> None:
    at = name()
    for tenant in (ACME, OTHER, SERVICE):
        await put(store, at, tenant.encode(), tenant)
    await store.delete(OTHER, at)
    await store.clear(SERVICE, at.shelf)
    assert await read(store, at) == b"acme"
    assert await paths(store, OTHER) == set() and await paths(store, SERVICE) == set()


async def test_a_shelf_goes_as_a_whole_and_its_neighbours_stay(store: ObjectBlobs) -> None:
    holder = new_id()
    gone, stays = [name(holder=holder) for _ in range(5)], name()
    for at in (*gone, stays):
        await put(store, at, b"x")
    await store.clear(ACME, gone[0].shelf)
    assert await paths(store) == {stays.path}
    await store.delete(ACME, stays)
    assert await paths(store) == set()


async def test_many_are_written_and_read_at_once(store: ObjectBlobs) -> None:
    holder = new_id()
    names = [name(holder=holder) for _ in range(24)]
    await asyncio.gather(*(put(store, at, at.path.encode()) for at in names))
    assert await asyncio.gather(*(read(store, at) for at in names)) == [at.path.encode() for at in names]
    assert await BlobsProbe(store).problem() == ""


@pytest.mark.parametrize("trick", TRICKS, ids=ascii)
def test_tricks_with_paths_are_no_names(trick: str) -> None:
    with pytest.raises(BadInput):
        Shelf(kind=Kind.UPLOADS, holder=trick)
    with pytest.raises(BadInput):
        BlobName(shelf=Shelf(kind=Kind.UPLOADS, holder="0" * 32), piece=trick)
    with pytest.raises(BadInput):
        BlobName.read(f"uploads/{trick}/{'0' * 32}")
    with pytest.raises(BadInput):
        BlobName.read(f"{trick}/{'0' * 32}/{'0' * 32}")
    if trick not in {"-service", "0" * 31, "0" * 33, "g" * 32}:
        with pytest.raises(BadInput):
            tenant_path(TenantId(trick))


async def test_files_are_for_the_hub_alone_and_what_a_crash_left_goes_too(tmp_path: Path) -> None:
    store, at = blobs_at(BlobAddress.read("", tmp_path / "blobs")), name()
    assert (tmp_path / "blobs").stat().st_mode & 0o077 == 0
    await put(store, at, b"abc")
    half = tmp_path / "blobs" / ACME / f"{at.path}#1"
    half.write_bytes(b"ab")
    assert await paths(store) == {at.path}, "what is half written is not seen"
    await store.clear(ACME, at.shelf)
    assert not half.exists()


async def test_a_store_that_does_not_answer_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tympan_hub.adapters.blobs.objects.BLOBS_WAIT_S", 1.0)
    for variable, value in Bucket(name="gone", port=9).environment.items():
        monkeypatch.setenv(variable, value)
    store = blobs_at(BlobAddress.read("s3://gone", tmp_path))
    with pytest.raises(Unavailable, match=r"does not answer as it should.*tympan-hub doctor"):
        await put(store, name(), b"abc")
    assert await BlobsProbe(store).problem() == "the store does not answer"


async def test_a_bucket_that_is_not_there_says_so(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable, value in bucket.environment.items():
        monkeypatch.setenv(variable, value)
    assert await BlobsProbe(blobs_at(BlobAddress.read("s3://nobodys-bucket", tmp_path))).problem()


async def test_a_folder_that_is_gone_says_so(tmp_path: Path) -> None:
    store = blobs_at(BlobAddress.read("", tmp_path / "blobs"))
    assert await BlobsProbe(store).problem() == ""
    (tmp_path / "blobs").rmdir()
    assert await BlobsProbe(store).problem() == "its folder is not there"


async def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Conflict, match="--blobs"):
        blobs_at(BlobAddress.read(str(tmp_path / "file" / "blobs"), tmp_path))


@pytest.mark.parametrize("text", NO_PLACES)
def test_what_is_no_place_for_blobs_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        BlobAddress.read(text, tmp_path)
