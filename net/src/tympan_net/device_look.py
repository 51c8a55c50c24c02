"""Looks at a device: asks what is at an address, once, and believes nothing.

* It ends: one deadline over everything, however many addresses and whatever the device does, and a bound of bytes.
* Encrypted addresses come first. Any certificate will do, since nothing is confided to it; its fingerprint is told.
* Redirects are not followed, and nothing but attributes is asked for.
* That nobody answers is a value and no error: most of what a discovery looks at is no printer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import trio
from attrs import frozen

from tympan_net._errors import HttpStatusError, IppStatusError, NetError, PeerMisbehaved, Unreachable
from tympan_net._limits import KIB, LOOK_BYTES, LOOK_CHARS, LOOK_S, LOOK_STEP_S, LOOK_URIS, ClientLimits
from tympan_net.ipp_client import IppClient
from tympan_net.tls import FirstUse
from tympan_wire.device import Description
from tympan_wire.ipp.device import ASKED, clean, describe_device

__all__ = ["USUAL_PATHS", "DeviceLook", "Silence", "look_at"]

USUAL_PATHS: Final = ("/ipp/print", "/ipp/printer", "/ipp", "/")
"""Where devices have their printer: IPP Everywhere's, two older ones, and the root of small print servers."""

_ENCRYPTED: Final = ("ipps", "https")


@frozen(kw_only=True)
class DeviceLook:
    """What a device answered.

    Attributes:
        uri: The address that answered, with its path.
        fingerprint: SHA-256 of its certificate (DER), hex; "" where it has none.
        description: What it says of itself.
    """

    uri: str
    fingerprint: str
    description: Description


@frozen(kw_only=True)
class Silence:
    """No device answered.

    Attributes:
        why: A sentence: of the address that came furthest.
    """

    why: str


async def look_at(
    uris: Sequence[str],
    *,
    usual_paths: bool = True,
    within_s: float = LOOK_S,
    opened: trio.SocketStream | None = None,
) -> DeviceLook | Silence:
    """Asks the addresses one after the other until one answers.

    Args:
        uris: ipp, ipps, http or https; encrypted ones are asked first.
        usual_paths: whether an address without a path is asked at ``USUAL_PATHS``.
        within_s: for all of it.
        opened: a connection to the server of these URIs on which nothing was said yet: the first is asked over it. To
            close it afterwards is the caller's.
    """
    with trio.move_on_after(within_s):
        return await _first_answer(_in_order(uris, usual_paths=usual_paths), _steps(within_s), opened)
    return Silence(why=f"It did not answer within {within_s:g} s; try again when it is less busy.")


async def _first_answer(
    uris: Iterable[str], limits: ClientLimits, opened: trio.SocketStream | None
) -> DeviceLook | Silence:
    gone: set[str] = set()
    furthest: Exception | None = None
    for uri in uris:
        server = _server(uri)
        if server in gone:
            continue
        try:
            return await _ask(uri, limits, opened)
        except (NetError, ValueError) as error:
            furthest = max(furthest or error, error, key=_distance)
            if not _may_be_elsewhere(error):
                gone.add(server)
        opened = None
    return Silence(why=clean(str(furthest or "No address was told."), LOOK_CHARS))


async def _ask(uri: str, limits: ClientLimits, opened: trio.SocketStream | None) -> DeviceLook:
    async with IppClient(uri, trust=FirstUse(), limits=limits, opened=opened) as client:
        said = await client.get_printer_attributes(*ASKED)
        if not said.attributes:
            raise PeerMisbehaved(uri, "it names no attribute of a printer")
        return DeviceLook(uri=uri, fingerprint=client.fingerprint or "", description=describe_device(said))


def _in_order(uris: Sequence[str], *, usual_paths: bool) -> list[str]:
    every = [each for uri in uris[:LOOK_URIS] for each in _with_paths(uri, usual_paths=usual_paths)]
    return sorted(dict.fromkeys(every), key=lambda uri: not uri.lower().startswith(_ENCRYPTED))[:LOOK_URIS]


def _with_paths(uri: str, *, usual_paths: bool) -> Iterator[str]:
    stem = uri.rstrip("/")
    if usual_paths and stem.count("/") == 2:
        yield from (f"{stem}{path}" for path in USUAL_PATHS)
    else:
        yield uri


def _server(uri: str) -> str:
    return "/".join(uri.split("/")[:3])


def _steps(within_s: float) -> ClientLimits:
    """A device that says nothing at one address leaves time for the others."""
    step_s = min(LOOK_STEP_S, within_s)
    return ClientLimits(
        connect_timeout_s=step_s,
        handshake_timeout_s=step_s,
        send_timeout_s=step_s,
        answer_timeout_s=step_s,
        answer_bytes=LOOK_BYTES,
        header_bytes=16 * KIB,
    )


def _may_be_elsewhere(error: Exception) -> bool:
    """Whether something answered that may have its printer at another path."""
    return isinstance(error, HttpStatusError | IppStatusError | PeerMisbehaved)


def _distance(error: Exception) -> int:
    """How far an attempt came: what answers and refuses tells more than what is not there."""
    ranks = ((IppStatusError, 4), (HttpStatusError, 3), (Unreachable, 1), (NetError, 2))
    return next((rank for kind, rank in ranks if isinstance(error, kind)), 0)
