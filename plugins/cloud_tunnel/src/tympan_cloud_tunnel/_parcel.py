"""A parcel: one job made ready for the tunnel: its sealed bytes as they rest here, an envelope for each agent near.

- Envelopes go to agents whose key this agent believes, and to nobody else, whatever the hub says.
- What was uploaded before, by an earlier attempt or an earlier run, is gone on with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs
import trio

from tympan.plugin import (
    AgentKey,
    AgentKeys,
    Delivery,
    Host,
    HubUploads,
    Member,
    SharedDocument,
    TympanError,
)
from tympan_cloud_tunnel._errors import NoReader, NoWay
from tympan_cloud_tunnel._limits import ABANDON_S
from tympan_cloud_tunnel._model import TunnelSettings
from tympan_cloud_tunnel._rules import context_of, rate_of
from tympan_relay import READERS, Link, envelopes_for, note_of, pieces, terms_of
from tympan_wire.hub import CrossingOffer, MirrorEnvelope, Reader, TunnelRules
from tympan_wire.sealed import sealed_size


@attrs.frozen(kw_only=True, eq=False)
class Parcel:
    """A job on its way to the hub."""

    host: Host
    link: Link
    member: Member
    delivery: Delivery
    shared: SharedDocument

    @classmethod
    def of(cls, host: Host, delivery: Delivery) -> Parcel:
        """The parcel of a delivery; raises ``NoWay``."""
        link = Link.of(host)
        if link is None:
            raise NoWay("no plugin that leads to a hub runs")
        if link.member is None:
            raise NoWay("this computer belongs to no hub")
        return cls(host=host, link=link, member=link.member, delivery=delivery, shared=delivery.document.share())

    @property
    def rules(self) -> TunnelRules:
        """How the printer's jobs go through the hub; raises ``NoWay``."""
        rules = terms_of(self.delivery.printer).tunnel
        if rules is None:
            raise NoWay("the hub says no more how jobs of this printer go")
        return rules

    @property
    def sealed_bytes(self) -> int:
        """What is uploaded."""
        return sealed_size(self.delivery.document.size_bytes)

    async def upload(self, watch: Callable[[str], None]) -> str:
        """Uploads the sealed document; returns its reference at the hub.

        Args:
            watch: Told what it waits for.

        Raises:
            TympanError: The hub says no, or nothing leads there.
        """
        uploads = self.host.ports(HubUploads)  # type: ignore[type-abstract]
        if not uploads:
            raise NoWay("no plugin that uploads to the hub runs")
        job = self.delivery.job
        return await uploads[0].upload(
            self._upload_name,
            pieces(self.shared),
            size_bytes=self.sealed_bytes,
            user=job.user,
            rate=self.rate,
            watch=watch,
        )

    async def abandon(self) -> None:
        """The job was canceled: the hub need not keep what came of it. Where it cannot be asked, its time ends it."""
        with trio.move_on_after(ABANDON_S):
            for uploads in self.host.ports(HubUploads)[:1]:  # type: ignore[type-abstract]
                try:
                    await uploads.abandon(self._upload_name)
                except TympanError as error:
                    job = str(self.delivery.job.uuid)
                    self.host.log("a canceled upload is not given up at the hub yet", job=job, why=error.sentence)

    @property
    def _upload_name(self) -> str:
        return f"tunnel {self.delivery.job.uuid}"

    @property
    def rate(self) -> int:
        """Bytes a second at most; 0 for as fast as it goes."""
        return rate_of(self.rules, TunnelSettings.of(self.host.settings).rate)

    async def envelopes(self, readers: Iterable[Reader]) -> tuple[MirrorEnvelope, ...]:
        """The document's key for those agents that are believed.

        Raises:
            NoReader: Nobody is.
        """
        others = [reader for reader in list(readers)[:READERS] if reader.agent != self.member.agent]
        good, why = await believed(self.host, others)
        made = envelopes_for(
            self.shared.key,
            good,
            document=self.delivery.job.uuid,
            context=context_of(self.member.tenant),
        )
        if not made:
            raise NoReader(why or "none is known that reaches it")
        return made

    def offer(self, upload: str, envelopes: tuple[MirrorEnvelope, ...]) -> CrossingOffer:
        """What the hub is told."""
        job, printer = self.delivery.job, self.delivery.printer
        note = note_of(job, self.shared.key, printer.id)
        return CrossingOffer(job=job.uuid, printer=printer.id, upload=upload, note=note, envelopes=envelopes)


async def believed(host: Host, readers: Iterable[Reader]) -> tuple[tuple[Reader, ...], str]:
    """Those whose key is their own as far as this agent checked it, and why the others are not.

    Raises:
        NoWay: No plugin knows.
    """
    books = host.ports(AgentKeys)  # type: ignore[type-abstract]
    if not books:
        raise NoWay("no plugin that knows other agents' keys runs")
    asked = [AgentKey(agent=reader.agent, recipient=reader.recipient) for reader in readers]
    trusted = await books[0].trusted(asked)
    return tuple(Reader(agent=key.agent, recipient=key.recipient) for key in trusted.readers), trusted.reason
