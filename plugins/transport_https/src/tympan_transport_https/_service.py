"""The service: opens the membership, then keeps the stream, and what would end by itself."""

from __future__ import annotations

import trio

from tympan.plugin import Host
from tympan_transport_https._agent_keys import FollowedKeys
from tympan_transport_https._keeper import Keeper
from tympan_transport_https._key_watch import KeyWatch
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership
from tympan_transport_https._model import LinkSettings
from tympan_transport_https._sign_ins import HubSignIns
from tympan_transport_https._stream import NoticeStream


class HubService:
    """Runs the link to the hub. Owns: its connections."""

    def __init__(
        self,
        membership: HubMembership,
        link: HttpsLink,
        stream: NoticeStream,
        sign_ins: HubSignIns,
        keys: FollowedKeys,
    ) -> None:
        self._keys = keys
        self._sign_ins = sign_ins
        self._membership = membership
        self._link = link
        self._stream = stream

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        settings = LinkSettings.of(host.settings)
        self._link.pace.afresh(settings)
        self._keys.open(host, here=settings.confirm_keys_here)
        await self._membership.open(host)
        keeper = Keeper(self._membership, self._link, self._sign_ins)
        try:
            await self._sign_ins.open(host)
            async with self._link.beside.opened(), trio.open_nursery() as nursery:
                host.ready()
                nursery.start_soon(keeper.run, host)
                nursery.start_soon(KeyWatch(self._membership, self._keys).run, host)
                await self._stream.run(settings)
        finally:
            with trio.CancelScope(shield=True):
                await self._membership.close()
