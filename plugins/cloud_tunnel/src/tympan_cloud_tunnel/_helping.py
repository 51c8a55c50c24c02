"""Envelopes for agents that joined later: whoever holds a waiting job's key passes it on, to agents it believes alone.

The hub says who asks; it cannot say whose key is whose. A key that is not an agent's own gets nothing, however often it
is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

import trio

from tympan.plugin import Host, HubLink, Member, TympanError
from tympan_cloud_tunnel._limits import DETAIL_CHARS, TOLD_MOST
from tympan_cloud_tunnel._parcel import believed
from tympan_cloud_tunnel._rules import context_of
from tympan_relay import READERS, Copies, envelopes_for
from tympan_wire.hub import CrossingEnvelopes, EnvelopesWanted, Operation, encode


class Helper:
    """Makes envelopes. Owns: its own task."""

    def __init__(self, host: Host, hub: HubLink, member: Member, copies: Copies) -> None:
        self._host = host
        self._hub = hub
        self._member = member
        self._copies = copies
        self._wanted: tuple[EnvelopesWanted, ...] = ()
        self._due = trio.Event()
        self._told: set[str] = set()

    def want(self, wanted: Iterable[EnvelopesWanted]) -> None:
        """What the hub asked for last."""
        self._wanted = tuple(wanted)
        self._due.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._due.wait()
            self._due = trio.Event()
            for one in self._wanted:
                try:
                    await self._make(one)
                except TympanError as error:
                    self._tell(str(one.job), error.sentence)

    async def _make(self, wanted: EnvelopesWanted) -> None:
        readers, why = await believed(self._host, wanted.missing[:READERS])
        if why:
            self._tell(str(wanted.job), why)
        if not readers:
            return
        key = await self._copies.key_of(wanted.job, wanted.envelope)
        made = envelopes_for(key, readers, document=wanted.job, context=context_of(self._member.tenant))
        if made:
            await self._hub.request(
                Operation.TUNNEL_ENVELOPES, encode(CrossingEnvelopes(job=wanted.job, envelopes=made))
            )

    def _tell(self, job: str, why: str) -> None:
        line = f"{job} {why}"
        if line not in self._told and len(self._told) < TOLD_MOST:
            self._told.add(line)
            self._host.log("a waiting job's key is not passed on", job=job, why=why[:DETAIL_CHARS])
