"""What a device is by its announcements alone, and where it can be asked. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import quote

import attrs

from tympan_discovery_bonjour._announcement import Announcement, ServiceType, Txt
from tympan_discovery_bonjour._folding import Device
from tympan_wire.device import Description
from tympan_wire.ipp.device import clean, plain_page, plain_serial, plain_uuid

_SCHEMES = {
    ServiceType.IPPS: "ipps",
    ServiceType.IPP: "ipp",
    ServiceType.RAW: "socket",
    ServiceType.LPD: "lpd",
    ServiceType.SCAN: "http",
}
_USUAL_PORT = {ServiceType.IPP: 631, ServiceType.IPPS: 631}
_CHARS = 127


def hints(device: Device) -> Description:
    """What the announcements say, the best of them first."""
    told = [_hints(one.txt) for one in device]
    whole = told[0]
    for other in told[1:]:
        whole = filled(whole, other)
    return attrs.evolve(whole, name=whole.name or clean(device[0].instance, _CHARS))


def filled(told: Description, hint: Description) -> Description:
    """A description whose blanks are filled from another."""
    blank = {name: value for name, value in attrs.asdict(told, recurse=False).items() if value in ("", (), None)}
    return attrs.evolve(told, **{name: getattr(hint, name) for name in blank})


def addresses(device: Device) -> tuple[str, ...]:
    """IP addresses, those that everybody can use first."""
    every = dict.fromkeys(address for one in device for address in one.addresses)
    return tuple(sorted(every, key=_reach))


def ipp_uris(device: Device) -> tuple[str, ...]:
    """Where it may be asked by IPP: where it says so, else at the usual ports; IPPS first, each at two addresses."""
    hosts = [_bracketed(address) for address in addresses(device)[:2]]
    said = [one for one in device if one.type in _USUAL_PORT]
    if said:
        return tuple(uri(one, host) for host in hosts for one in said)
    return tuple(f"{scheme}://{host}:631" for host in hosts[:1] for scheme in ("ipps", "ipp"))


def other_uris(device: Device) -> tuple[str, ...]:
    """What else it offers."""
    hosts = addresses(device)
    return tuple(uri(one, _bracketed(hosts[0])) for one in device if hosts and one.type not in _USUAL_PORT)


def prints(device: Device) -> bool:
    """Whether it says that it prints, and not only that it scans."""
    return any(one.type is not ServiceType.SCAN for one in device)


def uri(one: Announcement, host: str) -> str:
    """A service as a URI."""
    path = one.txt.get("rs" if one.type is ServiceType.SCAN else "rp")
    path = "" if one.type is ServiceType.RAW else quote(path.strip("/")[:200], safe="/%:@!$&'()*+,;=-._~")
    return f"{_SCHEMES[one.type]}://{host}:{one.port}" + (f"/{path}" if path else "")


def _hints(txt: Txt) -> Description:
    maker, model = txt.get("usb_MFG"), txt.get("usb_MDL")
    name = txt.get("ty") or txt.get("product").strip("()") or f"{maker} {model}".strip()
    model_name = clean(name, _CHARS)
    return Description(
        uuid=plain_uuid(txt.get("UUID"), model_name),
        serial=plain_serial(txt.get("usb_SER"), model_name),
        make_and_model=model_name,
        location=clean(txt.get("note"), _CHARS),
        formats=_formats(txt.get("pdl").split(",")),
        color=txt.flag("Color"),
        sides=_sides(txt.flag("Duplex")),
        more_info=plain_page(txt.get("adminurl")),
    )


def _formats(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in words if "/" in word and word.isprintable()))


def _sides(duplex: bool | None) -> tuple[str, ...]:
    both = ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
    return () if duplex is None else both if duplex else both[:1]


def _reach(address: str) -> int:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return 3 if parsed.is_link_local else 1 if parsed.version == 6 else 0


def _bracketed(address: str) -> str:
    return f"[{address.replace('%', '%25')}]" if ":" in address else address
