"""The route: takes jobs sealed to the hub, and follows each to its true end at a device it does not see."""

from __future__ import annotations

import attrs
import trio

from tympan.plugin import (
    Aborted,
    CanceledAtDevice,
    Claimed,
    Deferred,
    Delivery,
    Job,
    LostTrack,
    NotMine,
    Outcome,
    Printer,
    SendAgain,
    StoreError,
    TympanError,
)
from tympan_cloud_tunnel._errors import NoWay
from tympan_cloud_tunnel._following import Following
from tympan_cloud_tunnel._limits import AGAIN_S, DETAIL_CHARS, FULL_S
from tympan_cloud_tunnel._model import Evidence, Step
from tympan_cloud_tunnel._parcel import Parcel
from tympan_cloud_tunnel._rules import way
from tympan_cloud_tunnel._station import Station
from tympan_wire.hub import CrossingStanding, CrossingState, HubMessageError, Operation, decode, encode

_NEVER_TWICE = Aborted(
    reason="aborted-by-system",
    detail="Another computer began with it before, and the hub gives no job away twice. Print the document anew.",
)
_NOTHING_LEFT = CanceledAtDevice(detail="Canceled before anything was sent.")


class TunnelRoute:
    """Delivers through the hub.

    Args:
        station: Shared with the sending end's service.
    """

    def __init__(self, station: Station) -> None:
        self._station = station

    async def claim(self, job: Job, printer: Printer) -> Claimed | NotMine:
        """Jobs of printers that are reached through the hub, always or now."""
        await trio.lowlevel.checkpoint()
        host = self._station.host
        if host is None:
            return NotMine(reason="the part of the agent that follows sent jobs has not started")
        return way(job, printer, host.printers.snapshot(printer.id))

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Uploads the job, offers it, and follows it to its end."""
        if delivery.cancel_requested:
            return _NOTHING_LEFT
        try:
            parcel = Parcel.of(await self._station.wait(), delivery)
            return await self._deliver(parcel)
        except StoreError:
            raise  # the kernel knows what to do about its own disk
        except (TympanError, HubMessageError) as error:
            return _later(error)

    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        """Asks the hub what became of a job that was, or may have been, offered."""
        evidence = Evidence.decoded(delivery.evidence)
        if evidence is None:
            return LostTrack(detail="What was noted about the job cannot be read; look whether its pages are there.")
        try:
            parcel = Parcel.of(await self._station.wait(), delivery)
        except NoWay as error:
            if delivery.cancel_requested:
                return LostTrack(detail=f"{error.sentence} It cannot be told whether another computer printed it.")
            return _later(error)
        return await Following(parcel=parcel, station=self._station, evidence=evidence).to_the_end()

    async def _deliver(self, parcel: Parcel) -> Outcome:
        most = parcel.rules.bytes_most
        if parcel.sealed_bytes > most:
            detail = f"The document is larger than the {most >> 20} MiB that may go through the hub; print it in parts."
            return Aborted(reason="aborted-by-system", detail=detail)
        envelopes = await parcel.envelopes(parcel.rules.readers)
        upload = await _unless_canceled(parcel)
        if upload is None:
            await parcel.abandon()
            return _NOTHING_LEFT
        evidence = Evidence(step=Step.OFFERED, upload=upload)
        then = "a computer near the device fetches it, and prints it"
        why = f"sealed for {len(envelopes)} of the computers near the device, and for nobody else"
        await parcel.delivery.checkpoint(evidence.encoded(), what="given to the hub", why=why, then=then)
        offer = parcel.offer(upload, envelopes)
        said = await parcel.link.hub.request(Operation.TUNNEL_OFFER, encode(offer))
        if decode(CrossingStanding, said).state is CrossingState.LOST:
            return _NEVER_TWICE  # its end was unknown, and somebody here let it go again
        found = await Following(parcel=parcel, station=self._station, evidence=evidence).to_the_end()
        return await _again(parcel.delivery, found) if isinstance(found, SendAgain) else found


async def _again(delivery: Delivery, found: SendAgain) -> Deferred:
    then = "it is sent again"
    await delivery.checkpoint(b"", what="nothing of it is at the hub", why=found.why, then=then)
    return Deferred(reason="job-restartable", detail=f"It is sent again: {found.why}.", retry_after_s=AGAIN_S)


@attrs.define
class _Wait:
    """What an upload waits for: shown as long as it does, and written into the job's story the first time."""

    _delivery: Delivery
    _nursery: trio.Nursery
    _why: str | None = None
    _written: bool = False

    def tell(self, why: str) -> None:
        """It waits for the hub, or goes on."""
        if why == self._why:
            return
        self._why = why
        if not why:
            self._delivery.progress(reason="job-transferring", detail="It is being uploaded to the hub, sealed.")
            return
        self._delivery.progress(reason="resources-are-not-ready", detail=f"It waits for the hub: {why}"[:DETAIL_CHARS])
        if not self._written:
            self._written = True
            self._nursery.start_soon(self._write, why[:DETAIL_CHARS])

    async def _write(self, why: str) -> None:
        await self._delivery.note("waits for room at the hub", why=why, then="it goes on by itself")


async def _unless_canceled(parcel: Parcel) -> str | None:
    """The upload's reference; None when somebody canceled the job meanwhile."""
    reference: str | None = None
    errors: list[TympanError] = []
    async with trio.open_nursery() as nursery:

        async def watch() -> None:
            await parcel.delivery.wait_cancel_requested()
            nursery.cancel_scope.cancel()

        wait = _Wait(parcel.delivery, nursery)
        nursery.start_soon(watch)
        wait.tell("")
        try:
            reference = await parcel.upload(wait.tell)
        except TympanError as error:
            errors.append(error)  # no group of it
        nursery.cancel_scope.cancel()
    if errors:
        raise errors[0]
    return reference


def _later(error: TympanError | HubMessageError) -> Deferred:
    """The hub is away, full, or says no: nothing is lost, and nobody is told that it failed."""
    detail = error.sentence if isinstance(error, TympanError) else f"The hub's answer cannot be read: {error}"
    return Deferred(reason="resources-are-not-ready", detail=detail[:DETAIL_CHARS], retry_after_s=FULL_S)
