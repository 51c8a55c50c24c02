"""One simulated agent: it speaks to the hub as agents do, and decides with the real agent's own policy code.

It has a folder of its own for the documents of its machine and its user, and looks into it as often as agents do. It
tells the hub what it runs beside that: what changes while it tells is told once. What it lacks is everything else: no
store, no plugins, no printers. What it would run is a set of capability keys.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Any

import attrs
from hub_rig import RemoteAgent, report

from tympan._home import Home, write_file
from tympan._ids import capability_key
from tympan._limits import DEFAULTS
from tympan._policy import PolicyDocument, Verdict
from tympan._policy_book import PolicyBook, PolicyFolder
from tympan._signing import public_key_of, sign_policy
from tympan_hub.adapters.clock import SystemClock
from tympan_hub_sync._audience import is_for
from tympan_transport_https._model import Enrolment
from tympan_wire.dsse import key_id
from tympan_wire.hub import HEADER, NOTICES_PATH, PROTOCOL, AgentReport, Look, News, PluginStanding, decode

KEYS = ("browser.bridge", "statistics.document")
_NEWS: Any = News


@attrs.define(eq=False)
class FleetAgent:
    """A simulated agent.

    Attributes:
        remote: Its side of HTTP.
        home: Its state folder, which has the documents of its machine and its user.
        secret: The key that signs those.
        book: The policy in force.
        envelopes: As they came last.
        running: The keys that are on.
        obeyed_at: When it last switched each key, on the clock of `time.monotonic`.
        streaming: Set once its notice stream is open.
    """

    remote: RemoteAgent
    home: Home
    secret: bytes = attrs.field(factory=lambda: secrets.token_bytes(32), repr=False)
    book: PolicyBook = attrs.field(init=False)
    envelopes: tuple[bytes, ...] = ()
    running: frozenset[str] = frozenset(KEYS)
    obeyed_at: dict[str, float] = attrs.field(factory=dict)
    streaming: asyncio.Event = attrs.field(factory=asyncio.Event)
    _edition: str = ""
    _changed: asyncio.Event = attrs.field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        public = public_key_of(self.secret)
        self.book = PolicyBook({key_id(public): public}, SystemClock().now)

    async def enrol(self, token: str, address: str) -> None:
        """Becomes known, pins the keys, and tells what it has."""
        enrolled = await self.remote.enrol(token)
        await self.remote.renew()
        self.book.pinned.pin(Enrolment(address=address, enrolled=enrolled).member().policy_keys)
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
        desired = await self.remote.desired(self._edition, dated=True)
        if desired.unchanged:
            return
        self._edition = desired.edition
        self.obey(tuple(envelope.encode() for envelope in desired.policies))

    def obey(self, envelopes: tuple[bytes, ...]) -> None:
        """Takes documents as the real agent does."""
        self.envelopes = envelopes
        self.book.pinned.offer([envelope for envelope in envelopes if is_for(self.remote.id, envelope)])
        self.book.merge()
        self._decide()

    async def watch(self) -> None:
        """Looks into its folder again and again, until cancelled."""
        folder, seen = PolicyFolder(self.home), None
        while True:
            if (stamp := folder.stamp()) != seen:
                seen = stamp
                self.book.take(folder.read())
                self._decide()
            await asyncio.sleep(DEFAULTS.policy_poll_s)

    def write(self, document: PolicyDocument) -> None:
        """Somebody on this machine signs a document of the machine or the user."""
        write_file(self.home.policy / f"{document.scope.value}.json", sign_policy(document, self.secret))

    def _decide(self) -> None:
        decided = {key: self.book.decide(capability_key(key), default=Verdict.ON) for key in KEYS}
        running = frozenset(key for key, decision in decided.items() if decision.on)
        for key in running ^ self.running:
            self.obeyed_at[key] = time.monotonic()
            self._changed.set()
        self.running = running

    async def tell(self) -> None:
        """Tells what it runs whenever that changed, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._tell()

    async def _tell(self) -> None:
        plugins = tuple(
            PluginStanding(
                id=key.replace(".", "_"), status="running" if key in self.running else "off", capabilities=(key,)
            )
            for key in KEYS
        )
        await self.remote.report(report(AgentReport(release="0.1.0", plugins=plugins), at=SystemClock().now()))
