"""Agents that print what comes through the tunnel for a printer, as the hub knows them."""

import datetime as dt
from enum import StrEnum

from attrs import frozen

from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.policy import Verdict


@frozen(kw_only=True)
class Receiver:
    """An agent that was not revoked, and what it told of itself.

    Attributes:
        agent: Which.
        name: For people.
        recipient: Its key for envelopes; b"" while it has none.
        seen_at: When it was heard of last.
        runs: Whether ``tunnel.receive`` runs there; None before it told what it has.
    """

    agent: AgentId
    name: str
    recipient: bytes
    seen_at: dt.datetime
    runs: bool | None = None


class Hindrance(StrEnum):
    """Why an agent that is meant to print for a printer is given nothing."""

    NONE = ""
    NO_KEY = "no-key"
    """It has no key for envelopes: an agent of an earlier release."""
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
    if verdict is not Verdict.ON and receiver.runs is False:
        return Hindrance.OFF
    return Hindrance.SILENT if receiver.seen_at < since else Hindrance.NONE
