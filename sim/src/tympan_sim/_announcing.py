"""Announcing: the printers of a site by Bonjour, as their models do (RFC 6763, Bonjour Printing 1.2.1).

- python-zeroconf does it in a thread of its own; trio is never held.
- Each printer has a host name of its own, its services one instance name, and `_printer._tcp` on port 0 defends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from typing import Any, Final

import trio

from tympan_sim._addresses import Address
from tympan_sim._errors import ProfileInvalid
from tympan_sim._limits import ANNOUNCE_S, ANNOUNCED_AT_ONCE, GOOD_BYE_S
from tympan_sim._profiles import Profile

Announced = tuple[Profile, Address]
Service = tuple[str, Profile, int, dict[str, str]]
_TTL_S: Final = 120


@contextlib.asynccontextmanager
async def announcing(printers: Sequence[Announced], host: str) -> AsyncIterator[None]:
    """Announces printers on the link of an address for as long as the context lasts, and then says good-bye.

    Raises:
        ProfileInvalid: `host` is no address of one link.
    """
    try:
        if ipaddress.ip_address(host).is_unspecified:
            raise ValueError
    except ValueError as error:
        raise ProfileInvalid(f"printers are announced at an address, and {host!r} is none of one link") from error
    with trio.fail_after(ANNOUNCE_S):
        announcer = await trio.to_thread.run_sync(_Announcer, host)
    try:
        with trio.fail_after(ANNOUNCE_S):
            await trio.to_thread.run_sync(announcer.announce, printers)
        yield
    finally:
        with trio.CancelScope(shield=True), trio.move_on_after(GOOD_BYE_S):
            await trio.to_thread.run_sync(announcer.close, abandon_on_cancel=True)


class _Announcer:
    """Owns: python-zeroconf's thread and sockets. Its methods block."""

    def __init__(self, host: str) -> None:
        from zeroconf import Zeroconf  # costs a tenth of a second, so only where somebody announces

        self._host = host
        self._zeroconf = Zeroconf(interfaces=[host])

    def announce(self, printers: Sequence[Announced]) -> None:
        loop = self._zeroconf.loop
        assert loop is not None  # noqa: S101 - it has one from its start on
        asyncio.run_coroutine_threadsafe(self._announce(printers), loop).result()

    async def _announce(self, printers: Sequence[Announced]) -> None:
        every = [each for profile, address in printers for each in services(profile, address)]
        for at in range(0, len(every), ANNOUNCED_AT_ONCE):
            some = every[at : at + ANNOUNCED_AT_ONCE]
            sent = [await self._register(*each) for each in some]
            await asyncio.gather(*sent)

    async def _register(self, kind: str, profile: Profile, port: int, txt: dict[str, str]) -> Awaitable[Any]:
        from zeroconf import ServiceInfo

        info = ServiceInfo(
            f"{kind}._tcp.local.",
            f"{profile.instance}.{kind}._tcp.local.",
            addresses=[socket.inet_pton(socket.AF_INET6 if ":" in self._host else socket.AF_INET, self._host)],
            port=port,
            properties=txt,
            server=f"{profile.name}.local.",
            host_ttl=_TTL_S,
        )
        # Names are the caller's affair: to ask for each whether it is free would take a minute for 500 printers.
        return await self._zeroconf.async_register_service(info, cooperating_responders=True)

    def close(self) -> None:
        self._zeroconf.close()


def services(profile: Profile, address: Address) -> Iterator[Service]:
    """The services of a printer: type, printer, port, TXT."""
    yield "_printer", profile, 0, {}
    yield "_ipp", profile, address.port, txt_record(profile)
    if address.tls:
        yield "_ipps", profile, address.port, {**txt_record(profile), "TLS": "1.3"}


def txt_record(profile: Profile) -> dict[str, str]:
    """What a printer says beside its address."""
    said = {
        "txtvers": "1",
        "qtotal": "1",
        "rp": f"ipp/print/{profile.name}",
        "ty": profile.make_and_model,
        "note": profile.location,
        "product": f"({profile.make_and_model})",
        "pdl": ",".join(profile.formats),
        "UUID": profile.uuid.removeprefix("urn:uuid:"),
        "Color": "T" if profile.color else "F",
        "Duplex": "T" if profile.duplex else "F",
        "usb_MFG": "Tympan",
        "usb_MDL": profile.make_and_model,
    }
    return said | ({"usb_SER": profile.serial} if profile.serial else {})
