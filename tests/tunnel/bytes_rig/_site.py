"""A served hub whose agents may upload, and one may fetch what another uploaded."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import attrs
import trio
from joined_rig import HubProcess, hub_process

from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import REQUIRE_SIGN_IN, Verdict

TENANT = TenantId("acme")


@attrs.define(kw_only=True)
class Site:
    """A hub that is served.

    Attributes:
        home: Its folder.
        at: Its process.
    """

    home: Home
    at: HubProcess

    async def token(self) -> str:
        """A token for one agent."""

        async def made() -> str:
            async with hub(self.home) as services:
                return await services.agents.make_token(TENANT, CONSOLE)

        return await trio.to_thread.run_sync(asyncio.run, made())

    def mirror(self, upload: str, size: int, uploader: str, reader: str) -> None:
        """Lets an agent fetch an upload, as it may fetch the copy of a held job: the row that says so, and no more."""
        job, now = uuid.uuid4().hex, dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        with closing(sqlite3.connect(self.home.database)) as database, database:
            database.execute(
                "INSERT INTO mirrors (tenant, job, agent, upload, size, note, at, erased) "
                "VALUES (?, ?, ?, ?, ?, '', ?, 0)",
                (TENANT, job, uploader, upload, size, now),
            )
            database.execute(
                "INSERT INTO mirror_envelopes (tenant, job, agent, envelope) VALUES (?, ?, ?, '')",
                (TENANT, job, reader),
            )


@asynccontextmanager
async def site(
    place: Path, *, store: str = "", serve: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> AsyncIterator[Site]:
    """A hub on a folder, served, with a tenant whose agents may upload for everybody."""
    home = Home(place, "", store)

    async def prepare() -> None:
        async with hub(home) as services:
            await services.tenants.add(CONSOLE, "Acme")
            await services.policy.switch(TENANT, CONSOLE, REQUIRE_SIGN_IN, Verdict.OFF)

    await trio.to_thread.run_sync(asyncio.run, prepare())
    async with hub_process(place, serve=(*(("--blobs", store) if store else ()), *serve), env=env) as at:
        await at.start()
        yield Site(home=home, at=at)
