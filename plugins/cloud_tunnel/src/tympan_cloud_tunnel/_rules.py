"""Rules of the tunnel: which jobs go through it and why, and what a standing at the hub means for a job here. Pure."""

from __future__ import annotations

from typing import Final

from tympan.plugin import (
    Aborted,
    CanceledAtDevice,
    Claimed,
    Completed,
    DeviceSnapshot,
    Job,
    LostTrack,
    NotMine,
    Outcome,
    Printer,
    PrinterReach,
    SendAgain,
)
from tympan_cloud_tunnel._model import Step
from tympan_wire.hub import CrossingStanding, CrossingState, TunnelRules

ALWAYS: Final = "through the hub, as all jobs of this printer"
FALLBACK: Final = "through the hub, for the device does not answer this computer"
_DIRECT: Final = "jobs of this printer go straight to its device"
_CAME: Final = "it came through the hub, and goes to its device from here"
_ANSWERS: Final = "its device answers this computer"

SOMEBODY: Final = "another computer"

PRINTED: Final = frozenset({CrossingState.BEGUN, CrossingState.COMPLETED, CrossingState.ABORTED, CrossingState.LOST})
"""Another agent may have given it to the device."""

UNPRINTED: Final = frozenset({CrossingState.ABORTED, CrossingState.LOST})
"""Of those, ends of which nobody says that somebody prints it."""

OPEN: Final = frozenset({CrossingState.WAITING, CrossingState.TAKEN})
"""Nothing of it was given to a device."""


def context_of(tenant: str) -> bytes:
    """What envelopes of the tunnel are bound to: one of a mirrored job is no good here."""
    return b"tympan tunnel " + tenant.encode()


def way(job: Job, printer: Printer, seen: DeviceSnapshot | None) -> Claimed | NotMine:
    """Whether a job goes through the hub, and why.

    Args:
        job: The job.
        printer: Where it shall come out.
        seen: What was last seen of its device from here.
    """
    if job.shared:
        return NotMine(reason=_CAME)
    if printer.reach is PrinterReach.DIRECT:
        return NotMine(reason=_DIRECT)
    if printer.reach is PrinterReach.TUNNEL:
        return Claimed(note=ALWAYS)
    return NotMine(reason=_ANSWERS) if answers(seen) else Claimed(note=FALLBACK)


def answers(seen: DeviceSnapshot | None) -> bool:
    """Whether a device is not known to be out of reach."""
    return seen is None or seen.reachable


def rate_of(rules: TunnelRules, own: int) -> int:
    """Bytes a second to be uploaded at most: the lower of what the hub and this machine say; 0 for no bound."""
    return min((rate for rate in (rules.rate, own) if rate > 0), default=0)


def told(standing: CrossingStanding) -> str:
    """How a job fares that did not end, for people."""
    by = standing.by or SOMEBODY
    if standing.state is CrossingState.WAITING:
        return "It waits at the hub for a computer near the device."
    if standing.state is CrossingState.TAKEN:
        return f"It is on its way to {by}."
    return standing.detail or f"{by} prints it."


def end_of(standing: CrossingStanding, step: Step, *, canceled: bool) -> Outcome | SendAgain | None:
    """What became of a job; None while it goes on.

    Args:
        standing: As the hub has it.
        step: How far it was known to have come.
        canceled: Whether somebody here canceled it.
    """
    by = standing.by or SOMEBODY
    match standing.state:
        case CrossingState.COMPLETED:
            return Completed(impressions=standing.impressions, detail=standing.detail or f"Printed by {by}.")
        case CrossingState.ABORTED:
            reason = standing.reason if standing.reason != "none" else "aborted-by-system"
            return Aborted(reason=reason, detail=standing.detail or f"{by} gave it up.")
        case CrossingState.LOST:
            return LostTrack(detail=standing.detail or f"{by} began with it and was not heard of again.")
        case CrossingState.CANCELED if step is Step.RECALLED and not canceled:
            return SendAgain(why=_ANSWERS)
        case CrossingState.CANCELED:
            return CanceledAtDevice(detail=standing.detail or "Canceled; nothing was printed.")
        case CrossingState.EXPIRED if step is Step.RECALLED:
            return SendAgain(why=_ANSWERS)
        case CrossingState.EXPIRED:
            detail = "No computer near the device printed it in its time; print it again when one is on."
            return Aborted(reason="aborted-by-system", detail=standing.detail or detail)
        case CrossingState.ABSENT if step is Step.BEGUN:
            return LostTrack(detail="The hub has forgotten a job that another computer had begun with.")
        case CrossingState.ABSENT:
            return SendAgain(why="the hub has nothing of it")
    return None
