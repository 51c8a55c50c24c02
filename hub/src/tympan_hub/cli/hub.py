"""The hub put together: what stands behind each port of this process."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from attrs import frozen

from tympan_hub.adapters.blobs import BlobsProbe, blobs_at
from tympan_hub.adapters.clock import SystemClock
from tympan_hub.adapters.converters import found_converters
from tympan_hub.adapters.metrics import Metrics
from tympan_hub.adapters.openid import OpenIdClient
from tympan_hub.adapters.passwords import Argon2
from tympan_hub.adapters.postman import HttpsPostman
from tympan_hub.adapters.rooms import Rooms
from tympan_hub.adapters.sandbox import ProcessSandbox
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.adapters.sql import Database, DatabaseProbe, SharedWakeUps, SqlUnits, migrate
from tympan_hub.adapters.update_repository import FolderRepository
from tympan_hub.adapters.wakeups import InProcess
from tympan_hub.cli.home import Home
from tympan_hub.cli.lock import alone
from tympan_hub.domain.brokers import BrokerPlace
from tympan_hub.domain.limits.requests import API_REQUESTS
from tympan_hub.domain.mail_addresses import MailPlace
from tympan_hub.ports import Mail, Meter, OpenId, Postman, WakeUps
from tympan_hub.ports.mail import Words
from tympan_hub.ports.publisher import Publisher
from tympan_hub.service import Services, services


@asynccontextmanager
async def hub(
    home: Home,
    *,
    serving: bool = False,
    upgrade: bool = False,
    mail: Mail | None = None,
    meter: Meter | None = None,
    webhooks_to_private: bool = False,
    providers_to_private: bool = False,
    api_requests: int = API_REQUESTS,
    broker: BrokerPlace | None = None,
    mail_place: MailPlace | None = None,
    words: Words | None = None,
) -> AsyncIterator[Services]:
    """The use cases on a state folder; what is missing in it is made.

    Args:
        home: The state folder.
        serving: Hears what other processes say, and is the only one that serves from an SQLite file.
        upgrade: Brings a PostgreSQL to this release; an SQLite file is brought there in any case.
        mail: Writes to people; without, nobody does.
        meter: Counts what is done; one of its own when nobody asks it.
        webhooks_to_private: Webhooks may lead into private networks and to this machine itself.
        providers_to_private: So may tenants' sign-in providers.
        api_requests: What one token of the API may ask within a minute.
        broker: Through which notices also go; only a process that serves speaks there.
        mail_place: For which letters it is there; None for none.
        words: In which it writes to who sent them.

    Raises:
        Conflict: Another process serves from the file, or the PostgreSQL is of an older or newer release.
    """
    home.make()
    with alone(home.lock) if serving and not home.address else contextlib.nullcontext():
        outward = _Outward(
            mail=mail,
            meter=meter or Metrics(version("tympan-hub")),
            postman=HttpsPostman(to_private=webhooks_to_private),
            openid=OpenIdClient(to_private=providers_to_private),
            api_requests=api_requests,
            broker=broker,
            mail_place=mail_place,
            words=words,
        )
        async with _opened(home, serving, upgrade, outward) as opened:
            yield opened


@frozen(kw_only=True)
class _Outward:
    """Who speaks to the world outside."""

    mail: Mail | None
    meter: Meter
    postman: Postman
    openid: OpenId
    api_requests: int
    broker: BrokerPlace | None
    mail_place: MailPlace | None
    words: Words | None


@asynccontextmanager
async def _opened(home: Home, serving: bool, upgrade: bool, outward: _Outward) -> AsyncIterator[Services]:
    secrets = FileSecrets(home.secrets)
    blobs = blobs_at(home.blobs)
    database = Database(home.where)
    rooms = Rooms(home.conversions)
    if serving:
        rooms.open()
    try:
        await migrate(database, upgrade=upgrade or not home.address)
        async with _wakeups(home, serving) as wakeups, _publisher(secrets, outward.broker, serving) as publisher:
            yield services(
                units=SqlUnits(database),
                blobs=blobs,
                clock=SystemClock(),
                secrets=secrets,
                passwords=Argon2(),
                wakeups=wakeups,
                mail=outward.mail,
                openid=outward.openid,
                postman=outward.postman,
                api_requests=outward.api_requests,
                meter=outward.meter,
                sandbox=ProcessSandbox(rooms),
                converters=found_converters(),
                probes=[DatabaseProbe(database), BlobsProbe(blobs)],
                pools=database.pools,
                publisher=publisher,
                broker=outward.broker,
                mail_place=outward.mail_place,
                words=outward.words,
                repository=FolderRepository(home.updates),
            )
    finally:
        rooms.close()
        await database.close()


@asynccontextmanager
async def _publisher(
    secrets: FileSecrets, broker: BrokerPlace | None, serving: bool
) -> AsyncIterator[Publisher | None]:
    if broker is None or not serving:
        yield None
        return
    from tympan_hub.adapters.mqtt import MqttPublisher  # aiomqtt, only where there is a broker

    clock, authorities = SystemClock(), secrets.authorities

    def context(name: str) -> ssl.SSLContext:
        now = clock.now()
        return authorities.hub_context(name, broker.authority or authorities.own(now), now)

    made = MqttPublisher(broker, context)
    keeping = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


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
