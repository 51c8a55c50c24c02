"""Asks a device: its metadata over HTTP, then its attributes over IPP, at hosts that spoke for it and nowhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID, uuid4

import attrs
import trio

from tympan.plugin import Sighting
from tympan_discovery_wsd._codec import Metadata, Sort, get, read_metadata
from tympan_discovery_wsd._errors import WsdError
from tympan_discovery_wsd._limits import LOOK_S, METADATA_BYTES, METADATA_S, SAID_CHARS
from tympan_discovery_wsd._reach import bracketed, places
from tympan_discovery_wsd._view import Device
from tympan_net.device_look import DeviceLook, Silence
from tympan_net.http_client import ClientLimits, FirstUse, HttpClient, NetError
from tympan_net.neighbours import mac_of
from tympan_wire.device import Description
from tympan_wire.ipp.device import clean, plain_serial, plain_uuid

METHOD: Final = "wsd"
Look = Callable[[Sequence[str]], Awaitable[DeviceLook | Silence]]
"""Asks a device on any of some URIs; ``tympan_net.device_look.look_at``."""

_OK: Final = 200
_HEADERS: Final = {"content-type": "application/soap+xml; charset=utf-8", "accept": "application/soap+xml"}
_LIMITS: Final = ClientLimits(
    connect_timeout_s=METADATA_S / 2,
    handshake_timeout_s=METADATA_S / 2,
    send_timeout_s=METADATA_S,
    answer_timeout_s=METADATA_S,
    answer_bytes=METADATA_BYTES,
    header_bytes=16 << 10,
    connections=1,
)


@attrs.frozen(kw_only=True)
class Answer:
    """What a device answered.

    Attributes:
        sighting: None when it is no printer.
        serial: As it said.
        heard: Whether anything answered at all.
    """

    sighting: Sighting | None
    serial: str = ""
    heard: bool = True


async def ask(device: Device, look: Look, ports: Sequence[int], sender: UUID, now: dt.datetime) -> Answer:
    """What a device is."""
    said = await metadata(device, sender)
    if device.match.sort is Sort.UNTOLD and not (said and said.printer):
        return Answer(sighting=None, heard=said is not None)
    host = device.hosts[0]
    seen: DeviceLook | Silence = Silence(why=f"It did not answer within {LOOK_S:g} s.")
    with trio.move_on_after(LOOK_S):
        seen = await look([uri for port in ports for uri in _uris(host, port)])
    heard = said is not None or isinstance(seen, DeviceLook)
    model = _model(said or Metadata(), seen)
    description = _description(device, said or Metadata(), seen, model)
    sighting = _sighting(device, said, seen, description, now)
    sighting = attrs.evolve(sighting, mac=await mac_of(device.hosts))
    # The metadata's serial number first: it is what the device says over either IP, also where it takes no jobs.
    serial = plain_serial(said.serial, model) if said else ""
    return Answer(sighting=sighting, serial=serial or description.serial, heard=heard)


async def metadata(device: Device, sender: UUID) -> Metadata | None:
    """What a device says over WS-Transfer at the first of its addresses that answers; None when none does."""
    for url in places(device.match.addresses, device.hosts):
        with trio.move_on_after(METADATA_S):
            try:
                return await _fetched(url, get(uuid4(), device.wording, device.endpoint, sender))
            except (NetError, WsdError, ValueError):
                continue
    return None


async def _fetched(url: str, question: bytes) -> Metadata:
    async with HttpClient(trust=FirstUse(), limits=_LIMITS, direct=True) as client:
        answer = await client.post_stream(url, _HEADERS, question)
    if answer.status != _OK:
        raise WsdError(f"it answered with status {answer.status}")
    return read_metadata(answer.body)


def _uris(host: str, port: int) -> tuple[str, ...]:
    schemes = ("ipps",) if port == 443 else ("ipps", "ipp")
    return tuple(f"{scheme}://{bracketed(host)}:{port}" for scheme in schemes)


def _model(said: Metadata, seen: DeviceLook | Silence) -> str:
    """What it is, in its own words over IPP first: which of its numbers are known to be nobody's depends on it."""
    spoken = seen.description.make_and_model if isinstance(seen, DeviceLook) else ""
    return spoken or _clean(_make_and_model(said))


def _description(device: Device, said: Metadata, seen: DeviceLook | Silence, model: str) -> Description:
    """Its own words over IPP, and what only its metadata has."""
    heard = Description(
        uuid=plain_uuid(device.uuid, model),
        serial=plain_serial(said.serial, model),
        name=_clean(said.name),
        make_and_model=model,
        firmware=_clean(said.firmware),
        more_info=_page(said.page),
    )
    if isinstance(seen, Silence):
        return heard
    spoken = seen.description
    return attrs.evolve(
        spoken,
        uuid=spoken.uuid or heard.uuid,
        serial=spoken.serial or heard.serial,
        name=spoken.name or heard.name,
        make_and_model=model,
        firmware=spoken.firmware or heard.firmware,
        more_info=spoken.more_info or heard.more_info,
    )


def _sighting(
    device: Device, said: Metadata | None, seen: DeviceLook | Silence, description: Description, now: dt.datetime
) -> Sighting:
    services = [address for address in (said.print_addresses if said else ()) if _page(address)]
    return Sighting(
        method=METHOD,
        key=device.key,
        seen_at=now,
        uri=seen.uri if isinstance(seen, DeviceLook) else "",
        addresses=device.hosts,
        fingerprint=seen.fingerprint if isinstance(seen, DeviceLook) else "",
        services=tuple(services),
        description=description,
        detail=f"It speaks no IPP where that is usual: {seen.why}" if isinstance(seen, Silence) else "",
    )


def _make_and_model(said: Metadata) -> str:
    known = said.model.lower().startswith(said.manufacturer.lower())
    return said.model if known else f"{said.manufacturer} {said.model}".strip()


def _page(url: str) -> str:
    plain = url.isascii() and url.isprintable() and not any(sign in url for sign in ' "<>\\')
    return url if plain and url.startswith(("http://", "https://")) else ""


def _clean(text: str) -> str:
    return clean(text, SAID_CHARS)
