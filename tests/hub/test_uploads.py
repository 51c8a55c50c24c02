"""Uploads by the real plugin to a real hub: on files and on a bucket, cut off, killed, gone on with."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import attrs
import pytest
import trio
from https_rig import QUICK, Parts, parts
from hub_rig import bucket_server
from joined_rig import HubProcess, hub_process

from tympan.testing import FakeHost, HubUploadsSuite
from tympan_hub.adapters.blobs import blobs_at
from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.sql import Database, SqlUnits
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import TenantId, UploadId
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import REQUIRE_SIGN_IN, Verdict
from tympan_hub.service.uploads import UploadService
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._uploads import HttpsUploads
from tympan_wire.hub import PART_BYTES_LEAST

pytestmark = [pytest.mark.anyio, pytest.mark.system]
TENANT = TenantId("acme")
PART = PART_BYTES_LEAST
PARTS = 24
WAIT_S = 120.0


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


async def token_at(home: Home) -> str:
    """A tenant whose agents may upload for everybody, and a token for one."""

    async def made() -> str:
        async with hub(home) as services:
            await services.tenants.add(CONSOLE, "Acme")
            await services.policy.switch(TENANT, CONSOLE, REQUIRE_SIGN_IN, Verdict.OFF)
            return await services.agents.make_token(TENANT, CONSOLE)

    return await trio.to_thread.run_sync(asyncio.run, made())


async def kept(home: Home, upload: str, size: int) -> str:
    """The checksum of what the hub has, read by the hub's own parts."""

    async def read() -> str:
        database = Database(home.where)
        try:
            service = UploadService(SqlUnits(database), SystemClock(), blobs_at(home.blobs))
            found = hashlib.sha256()
            async for piece in service.read(TENANT, UploadId(upload), 0, size + 1):
                found.update(piece)
            return found.hexdigest()
        finally:
            await database.close()

    return await trio.to_thread.run_sync(asyncio.run, read())


@attrs.define
class Body:
    """A sealed body: noise that is the same each time it is read."""

    size: int
    seed: int = 1
    taken: int = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        random, left = Random(self.seed), self.size
        while left:
            piece = random.randbytes(min(left, 40_000))
            left -= len(piece)
            self.taken += len(piece)
            yield piece

    def sha256(self) -> str:
        random, left, found = Random(self.seed), self.size, hashlib.sha256()
        while left:
            found.update(piece := random.randbytes(min(left, 40_000)))
            left -= len(piece)
        return found.hexdigest()


@asynccontextmanager
async def agent(at: HubProcess, token: str, host: FakeHost | None = None) -> AsyncIterator[Parts]:
    """The plugin, a member of the hub; the same host again is the agent after a crash."""
    async with parts(host) as made:
        if made.membership.member is None:
            await made.membership.join(at.url, token)
        yield made


async def test_a_body_arrives_whole_on_files(tmp_path: Path) -> None:
    home = Home(tmp_path / "hub")
    token, body = await token_at(home), Body(PARTS * PART + 7)
    async with hub_process(home.root) as at:
        await at.start()
        async with agent(at, token) as made:
            uploads = HttpsUploads(made.link, part_bytes=PART)
            with trio.fail_after(WAIT_S):
                reference = await uploads.upload("job/1", body.pieces(), size_bytes=body.size, user="ben")
                assert await uploads.upload("job/1", body.pieces(), size_bytes=body.size, user="ben") == reference
        assert await kept(home, reference, body.size) == body.sha256()
    assert os.listdir(home.root / "blobs") == [TENANT]


async def test_a_body_arrives_whole_in_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = Body(3 * PART + 7)
    with bucket_server() as bucket:
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        home = Home(tmp_path / "hub", "", f"s3://{bucket.name}/hub")
        token = await token_at(home)
        async with hub_process(home.root, serve=("--blobs", home.store)) as at:
            await at.start()
            async with agent(at, token) as made:
                uploads = HttpsUploads(made.link, part_bytes=PART)
                with trio.fail_after(WAIT_S):
                    reference = await uploads.upload("job/1", body.pieces(), size_bytes=body.size, user="ben")
        assert await kept(home, reference, body.size) == body.sha256()
        assert not (home.root / "blobs").exists()


async def cut_and_gone_on_with(tmp_path: Path, seed: int, cuts: int) -> None:
    """Hub and agent die by turns at points that the seed chooses; every time the upload goes on where it was."""
    random = Random(seed)
    home, host = Home(tmp_path / "hub"), FakeHost("transport_https", settings=attrs.asdict(QUICK))
    token, body, sent, reference = await token_at(home), Body(PARTS * PART + 7, seed=seed), 0, ""
    points = sorted(random.sample(range(1, PARTS), cuts))
    async with hub_process(home.root) as at:
        await at.start()
        for turn, point in enumerate([*points, PARTS + 9]):
            async with agent(at, token, host) as made:
                link = Counting(made.link, until=point - len(await held(home)))
                uploads = HttpsUploads(link, part_bytes=PART)  # type: ignore[arg-type]  # counts, and passes all on
                with trio.fail_after(WAIT_S):
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(link.cut, at, nursery.cancel_scope, turn % 2 == 0)
                        reference = await uploads.upload("job/1", body.pieces(), size_bytes=body.size, user="ben")
                        nursery.cancel_scope.cancel()
                sent += link.sent
        assert await kept(home, reference, body.size) == body.sha256()
        assert sent <= PARTS + 1 + 2 * cuts, "of what was there nothing was sent again, and of a part under way little"


async def held(home: Home) -> list[Path]:
    """What the hub has of bodies."""
    return [path for path in (home.root / "blobs").rglob("*") if path.is_file()]


@attrs.define(eq=False)
class Counting:
    """A link that counts the parts sent, and says when so many were."""

    link: HttpsLink
    until: int
    sent: int = 0
    reached: trio.Event = attrs.field(factory=trio.Event)

    async def request(self, operation: str, payload: bytes) -> bytes:
        return await self.link.request(operation, payload)

    async def send(self, path: str, headers: Mapping[str, str], payload: bytes) -> bytes:
        self.sent += 1
        if self.sent >= self.until:
            self.reached.set()
            await trio.lowlevel.checkpoint()
        return await self.link.send(path, headers, payload)

    async def cut(self, at: HubProcess, agent: trio.CancelScope, kills_hub: bool) -> None:
        """Ends hub or agent while a part is on its way."""
        await self.reached.wait()
        if kills_hub:
            await at.program.kill9()
            await at.start()
        else:
            agent.cancel()


async def test_a_killed_hub_and_a_killed_agent_go_on_where_they_were(tmp_path: Path) -> None:
    await cut_and_gone_on_with(tmp_path, seed=1, cuts=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
async def test_many_kills_lose_nothing(tmp_path: Path, seed: int) -> None:
    await cut_and_gone_on_with(tmp_path, seed=seed, cuts=10)


class TestHttpsUploads(HubUploadsSuite):
    @pytest.fixture
    async def uploads(self, tmp_path: Path) -> AsyncIterator[HttpsUploads]:
        home = Home(tmp_path / "hub")
        token = await token_at(home)
        async with hub_process(home.root) as at:
            await at.start()
            async with agent(at, token) as made:
                yield HttpsUploads(made.link, part_bytes=PART)
