"""WS-Discovery messages and the metadata of devices, read and written. No socket, clock or thread.

Both wordings are read; a message is believed in the wording its action is in. Types are names, compared by namespace.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from uuid import UUID

import attrs

from tympan_discovery_wsd._errors import WsdError
from tympan_discovery_wsd._limits import MATCHES, METADATA_BYTES, NAMES, PACKET_BYTES, SAID_CHARS
from tympan_discovery_wsd._names import (
    METADATA,
    PNPX,
    PRINT_DEVICE,
    PRINT_SERVICE,
    PROFILES,
    PUBLICATION,
    SOAP,
    TRANSFER,
    WORDINGS,
    QName,
    Wording,
)
from tympan_discovery_wsd._xml import Node, tree


class Kind(StrEnum):
    """What a message is."""

    HELLO = "Hello"
    BYE = "Bye"
    PROBE = "Probe"
    PROBE_MATCHES = "ProbeMatches"
    RESOLVE = "Resolve"
    RESOLVE_MATCHES = "ResolveMatches"


class Sort(StrEnum):
    """What a device is, as far as its types tell."""

    PRINTER = "printer"
    OTHER = "other"
    UNTOLD = "untold"


@attrs.frozen(kw_only=True)
class Match:
    """A device that speaks, or is spoken for.

    Attributes:
        endpoint: Its stable name, mostly ``urn:uuid:…``.
        types: What it is.
        addresses: Where its metadata lies (XAddrs), best first; often none.
        version: Grows when its metadata changes.
    """

    endpoint: str
    types: tuple[QName, ...] = ()
    addresses: tuple[str, ...] = ()
    version: int = 0

    @property
    def sort(self) -> Sort:
        """What it is."""
        return sort_of(self.types)


@attrs.frozen(kw_only=True)
class Heard:
    """A message.

    Attributes:
        kind: What it is.
        wording: In which edition.
        id: Its own; the same in every repetition.
        relates_to: The question's, of an answer.
        matches: Whom it is about.
    """

    kind: Kind
    wording: Wording
    id: str
    relates_to: str
    matches: tuple[Match, ...]


@attrs.frozen(kw_only=True)
class Metadata:
    """What a device says of itself over WS-Transfer; "" where it does not."""

    name: str = ""
    firmware: str = ""
    serial: str = ""
    manufacturer: str = ""
    model: str = ""
    page: str = ""
    categories: tuple[str, ...] = ()
    services: tuple[QName, ...] = ()
    print_addresses: tuple[str, ...] = ()

    @property
    def printer(self) -> bool:
        """Whether it prints."""
        return PRINT_SERVICE in self.services or any("Printers" in word.split() for word in self.categories)


_RELATED: Final = {Kind.PROBE_MATCHES: "ProbeMatch", Kind.RESOLVE_MATCHES: "ResolveMatch"}


def sort_of(types: tuple[QName, ...]) -> Sort:
    """What a device of these types is."""
    if PRINT_DEVICE in types or PRINT_SERVICE in types:
        return Sort.PRINTER
    return Sort.UNTOLD if set(types) <= PROFILES else Sort.OTHER


def read(packet: bytes) -> Heard:
    """A datagram.

    Raises:
        WsdError: It is no message of this protocol, or beyond a limit.
    """
    envelope = tree(packet, PACKET_BYTES)
    header, body = _parts(envelope)
    wording, kind = _action(header)
    said = body.first(f"{{{wording.discovery}}}{kind}")
    if said is None:
        raise WsdError("its body is not what its action says")
    inner = said.all(f"{{{wording.discovery}}}{_RELATED[kind]}") if kind in _RELATED else iter([said])
    matches = tuple(_match(node, wording) for node, _ in zip(inner, range(MATCHES), strict=False))
    address = f"{{{wording.addressing}}}"
    return Heard(
        kind=kind,
        wording=wording,
        id=_short(header.said(f"{address}MessageID")),
        relates_to=_short(header.said(f"{address}RelatesTo")),
        matches=tuple(match for match in matches if match.endpoint),
    )


def read_metadata(answer: bytes) -> Metadata:
    """An answer to a Get.

    Raises:
        WsdError: It is none, or beyond a limit.
    """
    _, body = _parts(tree(answer, METADATA_BYTES))
    whole = body.first(f"{{{METADATA}}}Metadata")
    if whole is None:
        raise WsdError("it holds no metadata")
    sections = list(whole.all(f"{{{METADATA}}}MetadataSection"))[:NAMES]
    found = Metadata()
    for wording in WORDINGS:
        for section in sections:
            found = _section(found, section, wording)
    return found


def probe(message: UUID, wording: Wording) -> bytes:
    """Asks who is there. For any device: some firmware fails at matching two types, so answers are told apart here."""
    types = f'<d:Types xmlns:p="{wording.profile}">p:Device</d:Types>'
    return _multicast(message, wording, Kind.PROBE, types)


def resolve(message: UUID, wording: Wording, endpoint: str) -> bytes:
    """Asks where a device is."""
    where = f"<a:EndpointReference><a:Address>{_escaped(endpoint)}</a:Address></a:EndpointReference>"
    return _multicast(message, wording, Kind.RESOLVE, where)


def get(message: UUID, wording: Wording, endpoint: str, sender: UUID) -> bytes:
    """Asks a device for its metadata."""
    headers = (
        f"<a:To>{_escaped(endpoint)}</a:To><a:Action>{TRANSFER}/Get</a:Action>"
        f"<a:MessageID>{message.urn}</a:MessageID>"
        f"<a:ReplyTo><a:Address>{wording.anonymous}</a:Address></a:ReplyTo>"
        f"<a:From><a:Address>{sender.urn}</a:Address></a:From>"
    )
    return _envelope(wording, headers, "")


def _escaped(text: str) -> str:
    from html import escape  # a table of all HTML's names, which an agent without such devices near it need not hold

    return escape(text, quote=False)


def _multicast(message: UUID, wording: Wording, kind: Kind, inner: str) -> bytes:
    headers = (
        f"<a:Action>{wording.discovery}/{kind}</a:Action><a:MessageID>{message.urn}</a:MessageID>"
        f"<a:To>{wording.to}</a:To>"
    )
    return _envelope(wording, headers, f"<d:{kind}>{inner}</d:{kind}>")


def _envelope(wording: Wording, headers: str, body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{wording.addressing}" xmlns:d="{wording.discovery}">'
        f"<s:Header>{headers}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def _parts(envelope: Node) -> tuple[Node, Node]:
    header, body = envelope.first(f"{{{SOAP}}}Header"), envelope.first(f"{{{SOAP}}}Body")
    if (envelope.namespace, envelope.name) != (SOAP, "Envelope") or header is None or body is None:
        raise WsdError("it is no SOAP 1.2 envelope")
    return header, body


def _action(header: Node) -> tuple[Wording, Kind]:
    for wording in WORDINGS:
        namespace, _, name = header.said(f"{{{wording.addressing}}}Action").rpartition("/")
        if namespace == wording.discovery and name in list(Kind):
            return wording, Kind(name)
    raise WsdError("it has no action of WS-Discovery")


def _match(node: Node, wording: Wording) -> Match:
    discovery = f"{{{wording.discovery}}}"
    types = node.first(f"{discovery}Types")
    version = node.said(f"{discovery}MetadataVersion")
    return Match(
        endpoint=_short(node.said(f"{{{wording.addressing}}}EndpointReference", f"{{{wording.addressing}}}Address")),
        types=types.qnames()[:NAMES] if types else (),
        addresses=tuple(node.said(f"{discovery}XAddrs").split()[:NAMES]),
        version=int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0,
    )


def _section(found: Metadata, section: Node, wording: Wording) -> Metadata:
    profile = f"{{{wording.profile}}}"
    device, model = section.first(f"{profile}ThisDevice"), section.first(f"{profile}ThisModel")
    relationship = section.first(f"{profile}Relationship")
    if device is not None:
        found = attrs.evolve(
            found,
            name=_short(device.said(f"{profile}FriendlyName")) or found.name,
            firmware=_short(device.said(f"{profile}FirmwareVersion")) or found.firmware,
            serial=_short(device.said(f"{profile}SerialNumber")) or found.serial,
        )
    if model is not None:
        found = attrs.evolve(
            found,
            manufacturer=_short(model.said(f"{profile}Manufacturer")) or found.manufacturer,
            model=_short(model.said(f"{profile}ModelName")) or found.model,
            page=_short(model.said(f"{profile}PresentationUrl")) or found.page,
            categories=_categories(found, model, device),
        )
    return _related(found, relationship, wording) if relationship is not None else found


def _categories(found: Metadata, *nodes: Node | None) -> tuple[str, ...]:
    said = [node.said(f"{{{PNPX}}}DeviceCategory") for node in nodes if node is not None]
    return (*found.categories, *(_short(text) for text in said if text))[:NAMES]


def _related(found: Metadata, relationship: Node, wording: Wording) -> Metadata:
    for hosted in list(relationship.all(f"{{{wording.profile}}}Hosted"))[:NAMES]:
        types = hosted.first(f"{{{wording.profile}}}Types")
        names = types.qnames() if types else ()
        addresses = [
            _short(node.said(f"{{{addressing.addressing}}}Address"))
            for addressing in WORDINGS
            for node in hosted.all(f"{{{addressing.addressing}}}EndpointReference")
        ]
        where = tuple(addresses) if PRINT_SERVICE in names else ()
        found = attrs.evolve(
            found,
            services=(*found.services, *names)[:NAMES],
            print_addresses=(*found.print_addresses, *where)[:NAMES],
        )
    return found


def _short(text: str) -> str:
    return text[:SAID_CHARS]


COMPUTER: Final = QName(PUBLICATION, "Computer")
"""What Windows and Debian's wsdd say they are; seen and passed over."""
