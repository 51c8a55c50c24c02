"""The hub put together: what stands behind each port of this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.metrics import Metrics
from tympan_hub.adapters.passwords import Argon2
from tympan_hub.adapters.postman import HttpsPostman
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.adapters.sql import Database, DatabaseProbe, SqlUnits, migrate
from tympan_hub.adapters.wakeups import InProcess
from tympan_hub.cli.home import Home
from tympan_hub.ports import Meter
from tympan_hub.service import Services, services


@asynccontextmanager
async def hub(home: Home, *, meter: Meter | None = None, webhooks_to_private: bool = False) -> AsyncIterator[Services]:
    """The use cases on a state folder; what is missing in it is made.

    Args:
        home: The state folder.
        meter: Counts what is done; one of its own when nobody asks it.
        webhooks_to_private: Webhooks may lead into private networks and to this machine itself.
    """
    home.make()
    secrets = FileSecrets(home.secrets)
    database = Database(home.database)
    try:
        await migrate(database)
        yield services(
            units=SqlUnits(database),
            clock=SystemClock(),
            secrets=secrets,
            passwords=Argon2(),
            wakeups=InProcess(),
            meter=meter or Metrics(version("tympan-hub")),
            probes=[DatabaseProbe(database)],
            pools=database.pools,
            postman=HttpsPostman(to_private=webhooks_to_private),
        )
    finally:
        await database.close()
