"""Sightings: that an agent saw a device by a method, when, and what the device says of itself.

- All of it was said by strangers in a network. It is cut to size and cleaned where it comes in (`described`), and
  nothing of it is proved.
- A sighting is named by agent, method and the agent's own key. Evidence of which device it is stands in its `Trace`.
"""

import datetime as dt
import re
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import attrs
from attrs import frozen

from tympan_hub.domain.ids import AgentId, DeviceId
from tympan_hub.domain.limits.devices import DEVICE_FORMATS, DEVICE_MEDIA, DEVICE_WORDS
from tympan_hub.domain.limits.values import URI_OCTETS, WORD_CHARS
from tympan_hub.domain.printers import SCHEMES, is_fingerprint
from tympan_hub.domain.text import plain

IMPORT: Final = "import"
"""The method of devices that administrators entered by hand; no agent has it."""

BY_HAND: Final = AgentId("")
"""Who saw those."""

NO_DEVICE: Final = DeviceId("")
"""The device of a sighting that was put to none yet."""

NOT_SWEPT: Final = dt.datetime.fromtimestamp(0, dt.UTC)
"""When a sweep ended of a method by which an agent saw something and has not finished looking."""

_METHOD = re.compile(r"[a-z][a-z0-9-]{0,31}")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_COLOR = re.compile(r"#[0-9a-f]{6}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NO_SERIALS: Final = frozenset({"unknown", "none", "n/a", "na", "serial", "123456", "1234567", "12345678", "123456789",
                                "1234567890", "xxxxxxxxxx"})  # fmt: skip
_MAKERS: Final = {"hewlett-packard": "hp", "eastman": "kodak", "konica": "konicaminolta", "fuji": "fujifilm"}
"""Makers that write their name in more than one way; by the first word of it."""

_SERIAL_LEAST: Final = 4
"""Characters of a serial number that tells devices apart; shorter ones are counters."""


class Pause(StrEnum):
    """Why what an agent had in view counts no more, though nobody said that it went."""

    NONE = ""
    AWAY = "away"
    OFF = "off"


class Name(NamedTuple):
    """What names a sighting in its tenant."""

    agent: AgentId
    method: str
    key: str


@frozen(kw_only=True)
class Supply:
    """A supply of a device; ``percent`` is what is left, or None when it does not say."""

    name: str
    kind: str = ""
    color: str = ""
    percent: int | None = None


@frozen(kw_only=True)
class Description:
    """What a device says of itself, as in `tympan_wire.device.Description`; "" , () and None: it does not say."""

    uuid: str = ""
    serial: str = ""
    name: str = ""
    make_and_model: str = ""
    location: str = ""
    firmware: str = ""
    formats: tuple[str, ...] = ()
    color: bool | None = None
    sides: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    state: str = ""
    reasons: tuple[str, ...] = ()
    supplies: tuple[Supply, ...] = ()
    more_info: str = ""

    @property
    def read(self) -> bool:
        """Whether the device itself was asked for its attributes, and not only for its name."""
        return bool(self.formats)


@frozen(kw_only=True)
class Trace:
    """What a sighting tells of which device it is.

    Attributes:
        name: Which sighting.
        device: The device it was said to be; "" when none yet.
        in_view: Whether the agent sees it still.
        first_seen_at: When that began, the first time.
        seen_at: When it was heard of last.
        uuid: As it says; "" for none.
        serial: Its maker and serial number; "" for none.
        fingerprint: Of its certificate; "" for none.
        mac: Its hardware address; "" where nobody knows.
        host: Its address, else its name in the network; "" for none.
        model: As it calls itself.
        uuid_shared: Several devices were seen to have this uuid.
        certificate_shared: The same of its certificate.
        digest: Of all that was told, to know when something is new.
        paused: Why its agent does not look for the time being (``Pause``), so that it is not in view.
        swept_at: When the last sweep of its agent by this method ended; what is in view was seen again then.
    """

    name: Name
    device: DeviceId = NO_DEVICE
    in_view: bool = True
    first_seen_at: dt.datetime
    seen_at: dt.datetime
    uuid: str = ""
    serial: str = ""
    fingerprint: str = ""
    mac: str = ""
    host: str = ""
    model: str = ""
    uuid_shared: bool = False
    certificate_shared: bool = False
    digest: str = ""
    paused: Pause = Pause.NONE
    swept_at: dt.datetime = attrs.field(default=NOT_SWEPT, repr=False)

    @property
    def weak(self) -> bool:
        """Whether nothing in it is meant to name a device for good."""
        return not self.uuid and not self.serial


@frozen(kw_only=True)
class Sighting:
    """A device as an agent sees it.

    Attributes:
        trace: Which device it is.
        uri: Where it takes jobs by IPP; "" where no such address was found.
        host_name: Its name in the network.
        addresses: Its IP addresses.
        services: What else it offers, as URIs.
        description: What it says of itself.
        detail: Why it did not answer, a sentence.
    """

    trace: Trace
    uri: str = ""
    host_name: str = ""
    addresses: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    description: Description = attrs.field(factory=Description)
    detail: str = ""


@frozen(kw_only=True)
class Sweep:
    """A sweep of an agent that ended: all it has in view by this method was seen again then.

    Attributes:
        agent: Whose.
        method: By which discovery.
        at: When it ended.
        in_view: Devices it saw.
        took_ms: How long it took.
        packets: Packets it sent; None where nobody counts them.
        dropped: Records the agent dropped since it started.
        again: When the agent was asked to tell all it has in view once more, in seconds since 1970; 0 for never.
    """

    agent: AgentId
    method: str
    at: dt.datetime
    in_view: int = 0
    took_ms: int = 0
    packets: int | None = None
    dropped: int = 0
    again: int = 0


def is_method(text: str) -> bool:
    """Whether a text can be the method of an agent."""
    return _METHOD.fullmatch(text) is not None and text != IMPORT


def cleaned(told: Description) -> Description:
    """What a stranger told, cut to size and without what is not for people's eyes."""
    uuid = told.uuid.lower().removeprefix("urn:uuid:")
    return Description(
        uuid=uuid if _UUID.fullmatch(uuid) and len(set(uuid)) > 2 else "",
        serial=plain(told.serial, WORD_CHARS),
        name=plain(told.name, WORD_CHARS),
        make_and_model=plain(told.make_and_model, WORD_CHARS),
        location=plain(told.location, WORD_CHARS),
        firmware=plain(told.firmware, WORD_CHARS),
        formats=words(told.formats, DEVICE_FORMATS),
        color=told.color,
        sides=words(told.sides, DEVICE_WORDS),
        media=words(told.media, DEVICE_MEDIA),
        state=plain(told.state, WORD_CHARS),
        reasons=words(told.reasons, DEVICE_WORDS),
        supplies=tuple(_supply(one) for one in told.supplies[:DEVICE_WORDS]),
        more_info=web_page(told.more_info),
    )


def words(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """A list of a stranger's words: so many, each once, none empty."""
    some = (plain(text, WORD_CHARS) for text, _ in zip(texts, range(4 * most), strict=False))
    return tuple(dict.fromkeys(word for word in some if word))[:most]


def web_page(uri: str) -> str:
    """The address of a page people may be sent to, else ""."""
    return _uri(uri, ("http", "https"))


def device_uri(uri: str) -> str:
    """The address of a device, else ""."""
    return _uri(uri, SCHEMES)


def service_uris(uris: Iterable[str]) -> tuple[str, ...]:
    """Addresses of what a device offers beside; what is no address is left out."""
    schemes = ("ipp", "ipps", "http", "https", "lpd", "socket", "uscan", "uscans", "wsd")
    some = (_uri(uri, schemes) for uri, _ in zip(uris, range(4 * DEVICE_WORDS), strict=False))
    return tuple(dict.fromkeys(uri for uri in some if uri))[:DEVICE_WORDS]


def addresses_of(texts: Iterable[str]) -> tuple[str, ...]:
    """IP addresses in their one spelling, IPv4 first; what is none is left out."""
    found = set()
    for text, _ in zip(texts, range(4 * DEVICE_WORDS), strict=False):
        try:
            found.add(ip_address(text.partition("%")[0]))
        except ValueError:
            continue
    ordered = sorted(found, key=lambda one: (one.version, one.is_link_local, int(one)))
    return tuple(map(str, ordered[:DEVICE_WORDS]))


def place(addresses: tuple[str, ...], uri: str, host: str) -> str:
    """What stands for where a device is: an address before a name, for agents know different names."""
    if addresses:
        return addresses[0]
    named = _host(uri)
    literal = addresses_of([named])
    return literal[0] if literal else plain(host or named, WORD_CHARS).casefold().rstrip(".")


def mac_of(text: str) -> str:
    """A hardware address, else ""."""
    mac = text.lower().replace("-", ":")
    return mac if _MAC.fullmatch(mac) and mac not in ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff") else ""


def fingerprint_of(text: str) -> str:
    """A fingerprint, else ""."""
    return text if is_fingerprint(text) else ""


def serial_of(described: Description) -> str:
    """Maker and serial number; "" where the number is one that many have."""
    number = described.serial.casefold().replace(" ", "")
    if len(number) < _SERIAL_LEAST or number in _NO_SERIALS or len(set(number)) == 1:
        return ""
    maker = next(iter(described.make_and_model.casefold().split()), "")
    return f"{_MAKERS.get(maker, maker)} {number}"[:WORD_CHARS]


def _supply(told: Supply) -> Supply:
    percent = told.percent if told.percent is not None and 0 <= told.percent <= 100 else None
    color = told.color.lower() if _COLOR.fullmatch(told.color.lower()) else ""
    return Supply(name=plain(told.name, WORD_CHARS), kind=plain(told.kind, WORD_CHARS), color=color, percent=percent)


def _uri(uri: str, schemes: tuple[str, ...]) -> str:
    if (
        len(uri) > URI_OCTETS
        or not uri.isascii()
        or not uri.isprintable()
        or any(one in uri for one in " <>\"'\\^`{|}")
    ):
        return ""
    try:
        parts = urlsplit(uri)
        fits = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        return ""
    return uri if fits else ""


def _host(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""
