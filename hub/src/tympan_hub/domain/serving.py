"""Agents that print what comes through the tunnel for a printer, as the hub knows them."""

import datetime as dt
from enum import StrEnum

from attrs import frozen

from tympan_hub.domain.ids import AgentId, PrinterId
from tympan_hub.domain.limits.tunnel import FEW
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.tunnel_use import TunnelChoice


@frozen(kw_only=True)
class Receiver:
    """An agent that was not revoked, and what it told of itself.

    Attributes:
        agent: Which.
        name: For people.
        recipient: Its key for envelopes; b"" while it has none.
        seen_at: When it was heard of last.
        runs: Whether ``tunnel.receive`` runs there; None before it told what it has.
        key_waits: Whether its key changed, or was never signed, and no administrator confirmed it yet.
    """

    agent: AgentId
    name: str
    recipient: bytes
    seen_at: dt.datetime
    runs: bool | None = None
    key_waits: bool = False


class Hindrance(StrEnum):
    """Why an agent that is meant to print for a printer is given nothing."""

    NONE = ""
    NO_KEY = "no-key"
    """It has no key for envelopes: an agent of an earlier release."""
    KEY_WAITS = "key-waits"
    """Its key changed, or was never signed, and was not confirmed: others do not believe it."""
    POLICY = "policy"
    """Policy has ``tunnel.receive`` off for it."""
    OFF = "off"
    """It runs without ``tunnel.receive``, which nobody switched on for it."""
    SILENT = "silent"
    """It was not heard of for days."""


def hindrance_of(receiver: Receiver, verdict: Verdict | None, since: dt.datetime) -> Hindrance:
    """Why an agent is given nothing.

    Args:
        receiver: Which.
        verdict: What policy says of ``tunnel.receive`` there; None for nothing.
        since: One that was not heard of since is away for long.
    """
    if verdict is Verdict.OFF:
        return Hindrance.POLICY
    if not receiver.recipient:
        return Hindrance.NO_KEY
    if receiver.key_waits:
        return Hindrance.KEY_WAITS
    if verdict is not Verdict.ON and receiver.runs is False:
        return Hindrance.OFF
    return Hindrance.SILENT if receiver.seen_at < since else Hindrance.NONE


@frozen(kw_only=True)
class Server:
    """An agent that is meant to print what comes through the hub for a printer.

    Attributes:
        receiver: Which, and what it told.
        hindrance: Why it is given nothing; ``NONE`` where it is.
        connected: Whether it is connected now.
        reaches: Whether the device answers it, as it said last.
        alive: Whether it counts as one of those that print: nothing hinders it, and it was heard of just now.
    """

    receiver: Receiver
    hindrance: Hindrance
    connected: bool
    reaches: bool
    alive: bool


@frozen(kw_only=True)
class Served:
    """Who prints what comes through the hub for a printer.

    Attributes:
        printer: Which.
        name: For people.
        on: Whether the service owner has the tunnel on.
        choice: What was chosen for it.
        servers: Those meant to print, those that can first.
        shared: Whether it is a queue that an agent shares, which prints it alone.
    """

    printer: PrinterId
    name: str
    on: bool
    choice: TunnelChoice
    servers: tuple[Server, ...] = ()
    shared: bool = False

    @property
    def alive(self) -> int:
        """How many can print now."""
        return sum(server.alive for server in self.servers)

    @property
    def is_few(self) -> bool:
        """Whether jobs may go through the hub, and when the last agent fails nothing comes out any more."""
        return self.on and self.choice.on and not self.shared and self.alive <= FEW
