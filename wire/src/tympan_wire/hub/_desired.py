"""What the hub wants of an agent: policy, printers, queues and commands.

Level-triggered: the whole state every time, so that losing, repeating or reordering answers harms nothing.
"""

import datetime as dt
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from attrs import frozen

from tympan_wire.hub._codec import tagged
from tympan_wire.hub._discovery import ScanWanted, TellAgain
from tympan_wire.hub._releases import PointWanted, PullRules
from tympan_wire.hub._shares import ShareOption, ShareWanted
from tympan_wire.hub._sign_in import SignedInPerson
from tympan_wire.hub._tunnel import TunnelRules


class Delivery(StrEnum):
    """Whether a printer's jobs go out at once or wait for their owner at the device."""

    PUSH = "push"
    PULL = "pull"


@frozen(kw_only=True)
class PrinterWanted:
    """A printer this agent shall know.

    Attributes:
        id: Name in URIs, unique in the tenant: lower-case letters, digits and "-", at most 63.
        name: For people, at most 127 octets.
        uri: The device; "" for a pull queue that serves many.
        delivery: Push or pull.
        location: For people.
        fingerprint: SHA-256 of the device's certificate (DER), hex, when an administrator confirmed one; else "".
        pull: How it holds jobs; None for one that does not.
        tunnel: How its jobs go through the hub; None where they do not.
        options: What a job may ask of it, for a printer that another agent shares.
    """

    id: str
    name: str
    uri: str
    delivery: Delivery = Delivery.PUSH
    location: str = ""
    fingerprint: str = ""
    pull: PullRules | None = None
    tunnel: TunnelRules | None = None
    options: tuple[ShareOption, ...] = ()


@frozen(kw_only=True)
class InstallQueue:
    """Make a queue of the operating system for a printer."""

    KIND: ClassVar[str] = "install-queue"
    printer: str


@frozen(kw_only=True)
class RemoveQueue:
    """Remove the queue of a printer."""

    KIND: ClassVar[str] = "remove-queue"
    printer: str


@frozen(kw_only=True)
class CancelJob:
    """Cancel a job, in the name of a person."""

    KIND: ClassVar[str] = "cancel-job"
    job: UUID
    by: str


@frozen(kw_only=True)
class CheckDevice:
    """Look whether a device answers, and what it is."""

    KIND: ClassVar[str] = "check-device"
    uri: str


@frozen(kw_only=True)
class UnknownOrder:
    """An order of a newer hub; answered as not understood."""

    name: str


Order = InstallQueue | RemoveQueue | CancelJob | CheckDevice | UnknownOrder
tagged(Order, "kind", UnknownOrder)


@frozen(kw_only=True)
class Command:
    """An order to be carried out once.

    Attributes:
        id: The same in every repetition; an agent that knows the answer gives it again and does nothing.
        fence: Grows with every lease of this command; an answer with an older one is refused.
        expires_at: When the hub takes it for undone.
        order: What to do.
    """

    id: UUID
    fence: int
    expires_at: dt.datetime
    order: Order


@frozen(kw_only=True)
class DesiredRequest:
    """Asks for the desired state.

    Attributes:
        known: The edition the agent has.
        dated: It takes policy documents that end, and that come again under the same number with a later end.
    """

    known: str = ""
    dated: bool = False


@frozen(kw_only=True)
class Desired:
    """The desired state.

    Attributes:
        edition: Names this state; the same state has the same edition.
        unchanged: The agent has this edition already, and nothing else is told.
        policies: Signed policy documents (DSSE envelopes as text).
        printers: All this agent shall know.
        commands: Waiting for this agent, oldest first.
        people: Who is signed in at this agent and may use it; who is not named is not.
        at: When this is said, by the hub's clock, by which commands expire: the agent's own may be wrong. No part of
            the edition; None from hubs that do not say it.
        scans: Addresses this agent shall be looking at now.
        again: Methods of which all that is in view shall be told once more.
        points: Devices at which held jobs may come out.
        served: Devices whose jobs this agent may be given through the hub.
        shares: What the hub wants of the queues this agent shares.
    """

    edition: str
    unchanged: bool = False
    policies: tuple[str, ...] = ()
    printers: tuple[PrinterWanted, ...] = ()
    commands: tuple[Command, ...] = ()
    people: tuple[SignedInPerson, ...] = ()
    at: dt.datetime | None = None
    scans: tuple[ScanWanted, ...] = ()
    again: tuple[TellAgain, ...] = ()
    points: tuple[PointWanted, ...] = ()
    served: tuple[PointWanted, ...] = ()
    shares: tuple[ShareWanted, ...] = ()
