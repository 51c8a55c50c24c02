"""What an agent's report says of a device, cleaned and made a sighting of."""

import datetime as dt
import hashlib
from typing import Final

import attrs

from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.limits.sightings import SIGHTING_BYTES, SIGHTING_KEY_CHARS
from tympan_hub.domain.limits.values import WORD_CHARS
from tympan_hub.domain.sightings import (
    NO_DEVICE,
    Description,
    Name,
    Sighting,
    Supply,
    Trace,
    addresses_of,
    cleaned,
    device_uri,
    fingerprint_of,
    is_method,
    mac_of,
    place,
    serial_of,
    service_uris,
)
from tympan_hub.domain.text import plain
from tympan_wire import hub as wire
from tympan_wire.hub import encode

_NEVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)


def name_of(agent: AgentId, report: wire.SightingReport) -> Name:
    """What names a sighting."""
    return Name(agent, report.method, plain(report.key, SIGHTING_KEY_CHARS))


def is_sane(report: wire.SightingReport) -> bool:
    """Whether a report is one a device could cause: of a method, with a key, and of a size that is kept."""
    key = plain(report.key, SIGHTING_KEY_CHARS)
    if not is_method(report.method) or not key or len(report.key) > SIGHTING_KEY_CHARS:
        return False
    return len(encode(report)) <= SIGHTING_BYTES


def sighting_of(name: Name, report: wire.SightingReport, at: dt.datetime, now: dt.datetime) -> Sighting:
    """What a report tells, cleaned: seen at a time, and as if for the first time now."""
    described, uri = cleaned(_described(report)), device_uri(report.uri)
    addresses = addresses_of(report.addresses)
    sighting = Sighting(
        trace=Trace(
            name=name,
            first_seen_at=now,
            seen_at=at,
            uuid=described.uuid,
            serial=serial_of(described),
            fingerprint=fingerprint_of(report.fingerprint),
            mac=mac_of(report.mac),
            host=place(addresses, uri, report.host),
            model=described.make_and_model,
        ),
        uri=uri,
        host_name=plain(report.host, WORD_CHARS),
        addresses=addresses,
        services=service_uris(report.services),
        description=described,
        detail=plain(report.detail, 4 * WORD_CHARS),
    )
    return attrs.evolve(sighting, trace=attrs.evolve(sighting.trace, digest=digest_of(sighting)))


def digest_of(sighting: Sighting) -> str:
    """Of all a sighting tells, but for when."""
    trace = attrs.evolve(
        sighting.trace,
        device=NO_DEVICE,
        first_seen_at=_NEVER,
        seen_at=_NEVER,
        uuid_shared=False,
        certificate_shared=False,
        digest="",
    )
    return hashlib.sha256(repr(attrs.evolve(sighting, trace=trace)).encode()).hexdigest()


def _described(report: wire.SightingReport) -> Description:
    told = report.description
    values = {name: getattr(told, name) for name in attrs.fields_dict(Description) if name != "supplies"}
    supplies = (Supply(name=one.name, kind=one.kind, color=one.color, percent=one.percent) for one in told.supplies)
    return Description(**values, supplies=tuple(supplies))
