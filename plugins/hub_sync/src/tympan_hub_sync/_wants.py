"""What the hub wants, as the kernel takes it: ``PolicySource``, ``PrinterSource`` and ``PeopleSource``.

None means not known yet, and what the kernel was given before holds; to belong to no hub is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar
from uuid import UUID

import attrs
import trio

from tympan.plugin import Member, Printer, PrinterId, PrinterMode, PrinterReach, SignedIn
from tympan_hub_sync._audience import is_for
from tympan_relay import Terms, written
from tympan_wire.hub import Delivery, Desired, PointWanted, PrinterWanted, TunnelRules, TunnelUse

_T = TypeVar("_T")


@attrs.frozen(kw_only=True)
class PolicyWanted:
    """Keys, and what they sign; documents are None while the hub was not asked yet."""

    keys: Sequence[bytes]
    documents: Sequence[bytes] | None


class Shown(Generic[_T]):
    """A value of the hub, None until it is known, and whoever waits for another."""

    def __init__(self) -> None:
        self._value: _T | None = None
        self._changed = trio.Event()

    def show(self, value: _T | None) -> None:
        """Gives another from now on, or the same confirmed anew."""
        self._value = value
        self._changed.set()

    async def wait_changed(self) -> None:
        """Returns when something was shown since the last look."""
        await self._changed.wait()

    async def _look(self) -> _T | None:
        await trio.lowlevel.checkpoint()
        if self._changed.is_set():
            self._changed = trio.Event()  # what changes from here on is looked at again
        return self._value


class HubPolicy(Shown[PolicyWanted]):
    """The hub's policy and the keys that sign it."""

    async def keys(self) -> Sequence[bytes] | None:
        """Pinned at enrolment."""
        shown = await self._look()
        return None if shown is None else shown.keys

    async def documents(self) -> Sequence[bytes] | None:
        """Signed documents."""
        await trio.lowlevel.checkpoint()
        return None if self._value is None else self._value.documents


class HubPrinters(Shown[Sequence[Printer]]):
    """The hub's printers."""

    @property
    def devices(self) -> frozenset[PrinterId]:
        """Which ones have a device, as far as is known."""
        return frozenset(printer.id for printer in self._value or () if printer.uri)

    @property
    def offered(self) -> frozenset[PrinterId]:
        """Which ones programs may print to, as far as is known."""
        return frozenset(printer.id for printer in self._value or () if printer.offered)

    @property
    def known(self) -> bool:
        """Whether the hub has said which, or that it has none."""
        return self._value is not None

    async def printers(self) -> Sequence[Printer] | None:
        """As they stand."""
        return await self._look()


class HubPeople(Shown[Sequence[SignedIn]]):
    """Who is signed in, as the hub says."""

    @property
    def empty(self) -> bool:
        """Whether nobody is signed in, as far as the hub said since the start."""
        return not self._value

    def confirm(self) -> None:
        """The hub says the same still."""
        self.show(self._value)

    async def people(self) -> Sequence[SignedIn] | None:
        """As they stand."""
        return await self._look()


class Wants:
    """All three, as the hub's last answer has them."""

    def __init__(self) -> None:
        self.policy = HubPolicy()
        self.printers = HubPrinters()
        self.people = HubPeople()

    def joined(self, member: Member) -> None:
        """This agent belongs to a hub that was not asked yet."""
        self.policy.show(PolicyWanted(keys=member.policy_keys, documents=None))
        self.printers.show(None)
        self.people.show(None)

    def left(self) -> None:
        """This agent belongs to no hub."""
        self.policy.show(PolicyWanted(keys=(), documents=()))
        self.printers.show(())
        self.people.show(())

    def take(self, member: Member, desired: Desired) -> None:
        """What the hub answered."""
        envelopes = [text.encode("utf-8", "backslashreplace") for text in desired.policies]
        documents = [envelope for envelope in envelopes if is_for(member.agent, envelope)]
        self.policy.show(PolicyWanted(keys=member.policy_keys, documents=documents))
        self.people.show([SignedIn(user=one.user, person=one.person, name=one.name) for one in desired.people])
        self.printers.show(_printers(desired))


def _printers(desired: Desired) -> list[Printer]:
    """Those to print to, where held jobs come out, and to which others send jobs; one may be all three."""
    places = {point.printer: point for point in (*desired.served, *desired.points)}
    points, served = ({one.printer for one in some} for some in (desired.points, desired.served))
    offered = [_printer(one, releases=one.id in points, serves=one.id in served) for one in desired.printers]
    known = {printer.id for printer in offered}
    others = (place for name, place in places.items() if name not in known)
    made = [*offered, *(_place(one, releases=one.printer in points, serves=one.printer in served) for one in others)]
    return _with_shares(made, desired)


def _with_shares(printers: list[Printer], desired: Desired) -> list[Printer]:
    """Those that are queues of this machine, which it prints for others and reaches by no network."""
    shares = {one.printer: one.id for one in desired.shares if one.printer and not one.stopped}
    missing = shares.keys() - {printer.id for printer in printers}
    here = [Printer(id=PrinterId(name), name=name, uri="", offered=False) for name in sorted(missing)]
    return [_shared(printer, shares.get(printer.id)) for printer in (*printers, *here)]


def _shared(printer: Printer, share: UUID | None) -> Printer:
    if share is None:
        return printer
    return attrs.evolve(printer, uri=f"tympan-share:{share}", serves=True, reach=PrinterReach.DIRECT)


def _printer(wanted: PrinterWanted, *, releases: bool, serves: bool) -> Printer:
    # The id is checked by the kernel, which says what is wrong with it.
    mode = PrinterMode.PULL if wanted.delivery is Delivery.PULL else PrinterMode.PUSH
    return Printer(
        id=PrinterId(wanted.id),
        name=wanted.name,
        uri=wanted.uri,
        mode=mode,
        fingerprint=wanted.fingerprint,
        location=wanted.location,
        releases=releases,
        serves=serves,
        reach=_reach(wanted.tunnel, serves=serves),
        terms=written(Terms(pull=wanted.pull, tunnel=wanted.tunnel, options=wanted.options)),
    )


def _reach(rules: TunnelRules | None, *, serves: bool) -> PrinterReach:
    """Who serves a device goes straight to it while it answers: a laptop that is taken along serves it no less."""
    if rules is None:
        return PrinterReach.DIRECT
    always = rules.use is TunnelUse.ALWAYS and not serves
    return PrinterReach.TUNNEL if always else PrinterReach.FALLBACK


def _place(wanted: PointWanted, *, releases: bool, serves: bool) -> Printer:
    return Printer(
        id=PrinterId(wanted.printer),
        name=wanted.name,
        uri=wanted.uri,
        fingerprint=wanted.fingerprint,
        location=wanted.location,
        offered=False,
        releases=releases,
        serves=serves,
    )
