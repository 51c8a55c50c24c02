"""The hub put together: what stands behind each port of this process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.metrics import Metrics
from tympan_hub.adapters.openid import OpenIdClient
from tympan_hub.adapters.passwords import Argon2
from tympan_hub.adapters.postman import HttpsPostman
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.adapters.sql import Database, DatabaseProbe, SharedWakeUps, SqlUnits, migrate
from tympan_hub.adapters.wakeups import InProcess
from tympan_hub.cli.home import Home
from tympan_hub.ports import Mail, Meter, WakeUps
from tympan_hub.service import Services, services


@asynccontextmanager
async def hub(
    home: Home,
    *,
    serving: bool = False,
    mail: Mail | None = None,
    meter: Meter | None = None,
    webhooks_to_private: bool = False,
) -> AsyncIterator[Services]:
    """The use cases on a state folder; what is missing in it is made.

    Args:
        home: The state folder.
        serving: Hears what other processes say.
        mail: Writes to people; nobody does without.
        meter: Counts what is done; one of its own when nobody asks it.
        webhooks_to_private: Webhooks may lead into private networks and to this machine itself.
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
                postman=HttpsPostman(to_private=webhooks_to_private),
                meter=meter or Metrics(version("tympan-hub")),
                probes=[DatabaseProbe(database)],
                pools=database.pools,
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
