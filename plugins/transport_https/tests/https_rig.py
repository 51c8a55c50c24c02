"""The plugin's parts running against a hub, as a test holds them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

from tympan.testing import FakeHost
from tympan_transport_https._agent_keys import FollowedKeys
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership
from tympan_transport_https._model import LinkSettings
from tympan_transport_https._service import HubService
from tympan_transport_https._sign_ins import HubSignIns
from tympan_transport_https._stream import NoticeStream

QUICK = LinkSettings(echo_interval_s=0.05, echo_wait_s=10.0, retry_first_s=0.01, retry_last_s=0.05)
"""A living stream outlasts whatever stall of a busy machine; only a test about silence waits less for an echo."""


@attrs.define(eq=False)
class Parts:
    """The plugin as a test holds it."""

    host: FakeHost
    membership: HubMembership
    link: HttpsLink
    stream: NoticeStream
    sign_ins: HubSignIns
    service: HubService
    keys: FollowedKeys


@asynccontextmanager
async def parts(host: FakeHost | None = None, settings: LinkSettings = QUICK) -> AsyncIterator[Parts]:
    """Runs the plugin; another run with the same host is a restart."""
    host = host or FakeHost("transport_https", settings=attrs.asdict(settings))
    membership = HubMembership()
    link = HttpsLink(membership)
    stream = NoticeStream(membership, link)
    sign_ins = HubSignIns(membership, link)
    keys = FollowedKeys(membership, link)
    service = HubService(membership, link, stream, sign_ins, keys)
    made = Parts(host, membership, link, stream, sign_ins, service, keys)
    host.ready_event = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.service.run, host)
        await host.ready_event.wait()
        yield made
        nursery.cancel_scope.cancel()
