"""One simulated agent: it speaks to the hub as agents do, and decides with the real agent's own policy code.

What it lacks is everything else: no store, no plugins, no printers. What it would run is a set of capability keys.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import attrs
from hub_rig import RemoteAgent, report

from tympan._ids import capability_key
from tympan._pinned_policy import PinnedPolicy
from tympan._policy import PolicySnapshot, Verdict
from tympan_hub.adapters.clock import SystemClock
from tympan_hub_sync._audience import is_for
from tympan_transport_https._model import Enrolment
from tympan_wire.hub import HEADER, NOTICES_PATH, PROTOCOL, AgentReport, Look, News, PluginStanding, decode

KEYS = ("browser.bridge", "statistics.document")
_NEWS: Any = News


@attrs.define(eq=False)
class FleetAgent:
    """A simulated agent.

    Attributes:
        remote: Its side of HTTP.
        policy: What it was sent, verified with the keys pinned at enrolment.
        envelopes: As they came last.
        running: The keys that are on.
        obeyed_at: When it last switched something, on the clock of `time.monotonic`.
        streaming: Set once its notice stream is open.
    """

    remote: RemoteAgent
    policy: PinnedPolicy = attrs.field(factory=PinnedPolicy)
    envelopes: tuple[bytes, ...] = ()
    running: frozenset[str] = frozenset(KEYS)
    obeyed_at: float = 0.0
    streaming: asyncio.Event = attrs.field(factory=asyncio.Event)
    _edition: str = ""

    async def enrol(self, token: str, address: str) -> None:
        """Becomes known, pins the keys, and tells what it has."""
        enrolled = await self.remote.enrol(token)
        await self.remote.renew()
        self.policy.pin(Enrolment(address=address, enrolled=enrolled).member().policy_keys)
        await self._tell()

    async def run(self) -> None:
        """Listens to notices and looks at what the hub wants, until cancelled."""
        headers = {HEADER: str(PROTOCOL), "Authorization": f"Bearer {self.remote.token}"}
        async with self.remote.client.stream("GET", NOTICES_PATH, headers=headers, timeout=None) as answer:
            assert answer.status_code == 200
            async for line in answer.aiter_lines():
                self.streaming.set()
                if line and isinstance(decode(_NEWS, line.encode()), Look):
                    await self.look()

    async def look(self) -> None:
        """Asks for the desired state, and obeys it."""
        desired = await self.remote.desired(self._edition)
        if desired.unchanged:
            return
        self._edition = desired.edition
        self.obey(tuple(envelope.encode() for envelope in desired.policies))
        await self._tell()

    def obey(self, envelopes: tuple[bytes, ...]) -> None:
        """Takes documents as the real agent does."""
        self.envelopes = envelopes
        self.policy.offer([envelope for envelope in envelopes if is_for(self.remote.id, envelope)])
        snapshot = PolicySnapshot(documents=self.policy.documents, now=SystemClock().now())
        decided = {key: snapshot.decide(capability_key(key), default=Verdict.ON) for key in KEYS}
        running = frozenset(key for key, decision in decided.items() if decision.on)
        if running != self.running:
            self.running, self.obeyed_at = running, time.monotonic()

    async def _tell(self) -> None:
        plugins = tuple(
            PluginStanding(
                id=key.replace(".", "_"), status="running" if key in self.running else "off", capabilities=(key,)
            )
            for key in KEYS
        )
        await self.remote.report(report(AgentReport(release="0.1.0", plugins=plugins), at=SystemClock().now()))
