"""The hub put together: what stands behind each port of this process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.openid import OpenIdClient
from tympan_hub.adapters.passwords import Argon2
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.adapters.sql import Database, SharedWakeUps, SqlUnits, migrate
from tympan_hub.adapters.wakeups import InProcess
from tympan_hub.cli.home import Home
from tympan_hub.ports import Mail, WakeUps
from tympan_hub.service import Services, services


@asynccontextmanager
async def hub(home: Home, *, serving: bool = False, mail: Mail | None = None) -> AsyncIterator[Services]:
    """The use cases on a state folder; what is missing in it is made. Who serves hears what other processes say.

    People are written to by ``mail``; not at all without.
    """
    home.make()
    secrets = FileSecrets(home.secrets)
    database = Database(home.where)
    try:
        await migrate(database)
        async with _wakeups(home, serving) as wakeups:
            yield services(
                units=SqlUnits(database),
                clock=SystemClock(),
                secrets=secrets,
                passwords=Argon2(),
                wakeups=wakeups,
                mail=mail,
                openid=OpenIdClient(),
            )
    finally:
        await database.close()


@asynccontextmanager
async def _wakeups(home: Home, serving: bool) -> AsyncIterator[WakeUps]:
    if not home.address:
        yield InProcess()
        return
    shared = SharedWakeUps(home.address)
    hearing = asyncio.create_task(shared.run()) if serving else None
    try:
        yield shared
    finally:
        if hearing is not None:
            hearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await hearing
        await shared.close()
