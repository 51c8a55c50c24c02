"""What the hub wants, as the kernel takes it: ``PolicySource``, ``PrinterSource`` and ``PeopleSource``.

None means not known yet, and what the kernel was given before holds; to belong to no hub is known.
"""

from __future__ import annotations

from collections.abc import Sequence

import trio

from tympan.plugin import Member, Printer, PrinterId, PrinterMode, SignedIn
from tympan_hub_sync._audience import is_for
from tympan_wire.hub import Delivery, Desired, PrinterWanted


class HubPolicy:
    """The hub's policy and the keys that sign it."""

    def __init__(self) -> None:
        self._keys: Sequence[bytes] | None = None
        self._documents: Sequence[bytes] | None = None
        self._changed = trio.Event()

    def show(self, keys: Sequence[bytes] | None, documents: Sequence[bytes] | None) -> None:
        """Gives others from now on."""
        self._keys, self._documents = keys, documents
        self._changed.set()

    async def keys(self) -> Sequence[bytes] | None:
        """Pinned at enrolment."""
        await trio.lowlevel.checkpoint()
        self._changed = trio.Event()  # what changes from here on is looked at again
        return self._keys

    async def documents(self) -> Sequence[bytes] | None:
        """Signed documents."""
        await trio.lowlevel.checkpoint()
        return self._documents

    async def wait_changed(self) -> None:
        """Returns when there are others."""
        await self._changed.wait()


class HubPrinters:
    """The hub's printers."""

    def __init__(self) -> None:
        self._printers: Sequence[Printer] | None = None
        self._changed = trio.Event()

    @property
    def ids(self) -> frozenset[PrinterId]:
        """Which ones, as far as is known."""
        return frozenset(printer.id for printer in self._printers or ())

    @property
    def known(self) -> bool:
        """Whether the hub has said which, or that it has none."""
        return self._printers is not None

    def show(self, printers: Sequence[Printer] | None) -> None:
        """Gives others from now on."""
        self._printers = printers
        self._changed.set()

    async def printers(self) -> Sequence[Printer] | None:
        """As they stand."""
        await trio.lowlevel.checkpoint()
        self._changed = trio.Event()
        return self._printers

    async def wait_changed(self) -> None:
        """Returns when there are others."""
        await self._changed.wait()


class HubPeople:
    """Who is signed in, as the hub says."""

    def __init__(self) -> None:
        self._people: Sequence[SignedIn] | None = None
        self._changed = trio.Event()

    def show(self, people: Sequence[SignedIn] | None) -> None:
        """Gives others from now on, or the same confirmed anew."""
        self._people = people
        self._changed.set()

    @property
    def empty(self) -> bool:
        """Whether nobody is signed in, as far as the hub said since the start."""
        return not self._people

    def confirm(self) -> None:
        """The hub says the same still."""
        self.show(self._people)

    async def people(self) -> Sequence[SignedIn] | None:
        """As they stand."""
        await trio.lowlevel.checkpoint()
        self._changed = trio.Event()
        return self._people

    async def wait_changed(self) -> None:
        """Returns when there are others, or the same confirmed anew."""
        await self._changed.wait()


class Wants:
    """All three, as the hub's last answer has them."""

    def __init__(self) -> None:
        self.policy = HubPolicy()
        self.printers = HubPrinters()
        self.people = HubPeople()

    def joined(self, member: Member) -> None:
        """This agent belongs to a hub that was not asked yet."""
        self.policy.show(member.policy_keys, None)
        self.printers.show(None)
        self.people.show(None)

    def left(self) -> None:
        """This agent belongs to no hub."""
        self.policy.show((), ())
        self.printers.show(())
        self.people.show(())

    def take(self, member: Member, desired: Desired) -> None:
        """What the hub answered."""
        envelopes = [text.encode("utf-8", "backslashreplace") for text in desired.policies]
        documents = [envelope for envelope in envelopes if is_for(member.agent, envelope)]
        self.policy.show(member.policy_keys, documents)
        self.people.show([SignedIn(user=one.user, person=one.person, name=one.name) for one in desired.people])
        self.printers.show([_printer(wanted) for wanted in desired.printers])


def _printer(wanted: PrinterWanted) -> Printer:
    # The id is checked by the kernel, which says what is wrong with it.
    mode = PrinterMode.PULL if wanted.delivery is Delivery.PULL else PrinterMode.PUSH
    return Printer(
        id=PrinterId(wanted.id),
        name=wanted.name,
        uri=wanted.uri,
        mode=mode,
        fingerprint=wanted.fingerprint,
        location=wanted.location,
    )
