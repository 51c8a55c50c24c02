"""The devices of all printers: which address and certificate each is asked under, shared by route and watcher.

- Nothing is sent to a device before its certificate is pinned, where it speaks TLS.
- Once a certificate is pinned the device is never asked without TLS again, whatever its URI says.
- A certificate that could not be pinned is not trusted: it is pinned again at the next question, and nothing is sent.
- How the printer is defined is looked up at every question: a job in progress follows a certificate just accepted.
- A plain URI whose device offers IPPS on the same host, or wants nothing else, is left for that as soon as IPPS works.

Owns: the ``Device`` of each line; ``close`` closes them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import attrs
import trio

from tympan.plugin import Host, Printer, PrinterId, TympanError
from tympan_ipp_submission._address import Address, offered, secured
from tympan_ipp_submission._device import Device
from tympan_ipp_submission._errors import (
    DeviceAway,
    DeviceWantsTls,
    PinNotKept,
    PrinterRemoved,
    SubmissionError,
)
from tympan_ipp_submission._limits import ATTACH_TIMEOUT_S, UPGRADE_RETRY_S
from tympan_ipp_submission._model import DeviceFacts
from tympan_wire.ipp import Message


class Line:
    """The way to one printer's device.

    Args:
        host: The kernel.
        printer: As defined now.

    Attributes:
        printer: The same; its fingerprint follows the definition and pins made here.
        active: Deliveries under way.
    """

    def __init__(self, host: Host, printer: Printer) -> None:
        self.printer = printer
        self.active = 0
        self._host = host
        self._device: Device | None = None
        self._opening = trio.Lock()
        self._upgrade_after = -1.0

    async def device(self) -> Device:
        """The device at the address and under the certificate to be used now.

        Raises:
            PrinterRemoved: The printer is not defined any more.
            SubmissionError: It would have to be trusted first and cannot be reached for that.
        """
        async with self._opening:
            await self._follow_definition()
            if self._device is None:
                self._device = await self._open()
            return self._device

    async def _follow_definition(self) -> None:
        """Takes over another trust; another address is the business of another line."""
        defined = self._host.printers.get(self.printer.id)
        if defined is None:
            raise PrinterRemoved(f"The printer {self.printer.id} was removed.")
        if defined.uri == self.printer.uri and defined.fingerprint != self.printer.fingerprint:
            await self.close()
            self.printer, self._upgrade_after = defined, -1.0

    async def look(self, wanted: tuple[str, ...]) -> tuple[DeviceFacts, Message]:
        """Asks for printer attributes, and moves to IPPS where that is offered and works."""
        device = await self.device()
        try:
            facts, answer = await device.facts(wanted)
        except DeviceWantsTls:
            return await self._forced(device.address, wanted)
        better = None if device.address.secure else offered(device.address, facts.uris)
        if better is None or trio.current_time() < self._upgrade_after:
            return facts, answer
        return await self._upgrade(better, wanted) or (facts, answer)

    def want_look(self) -> None:
        """Has the watcher look at the device soon: a job heard that it changed."""
        self._host.printers.want(self.printer.id)

    async def rest(self) -> None:
        """Closes idle connections while no job is under way."""
        if self._device is not None and not self.active:
            await self._device.aclose()

    async def close(self) -> None:
        """Closes everything."""
        device, self._device = self._device, None
        if device is not None:
            await device.aclose()

    async def _open(self) -> Device:
        address = Address.parse(self.printer.uri)
        if self.printer.fingerprint:
            place = address if address.secure else await self._secure_place(address)
            return Device(place, self.printer.fingerprint)
        if not address.secure:
            return Device(address)
        fingerprint = await Device.first_fingerprint(address)
        await self._pin(address, fingerprint)
        return Device(address, fingerprint)

    async def _secure_place(self, address: Address) -> Address:
        kept = await self._host.state.get(self._key)
        return Address.parse(kept.decode()) if kept else secured(address)

    async def _forced(self, plain: Address, wanted: tuple[str, ...]) -> tuple[DeviceFacts, Message]:
        """Asks over TLS at the port where the device answers nothing without."""
        found = None if plain.secure else await self._upgrade(secured(plain), wanted)
        if found is not None:
            return found
        device = await self.device()  # somebody else may have been quicker
        if not device.address.secure:
            raise DeviceWantsTls("It answers over TLS only, and cannot be asked so at its address.")
        return await device.facts(wanted)

    async def _upgrade(self, better: Address, wanted: tuple[str, ...]) -> tuple[DeviceFacts, Message] | None:
        """Tries IPPS; None when it cannot be had, which is allowed only because nothing is pinned yet."""
        async with self._opening:
            if self._device is not None and self._device.address.secure:
                return None
            self._upgrade_after = trio.current_time() + UPGRADE_RETRY_S
            try:
                fingerprint = await Device.first_fingerprint(better)
                device = Device(better, fingerprint)
                found = await device.facts(wanted)
            except SubmissionError as error:
                self._host.log("the device offers IPPS but cannot be asked so", printer=self.printer.id, why=str(error))
                return None
            try:
                await self._pin(better, fingerprint)
            except PinNotKept:
                await device.aclose()
                raise
            plain, self._device = self._device, device
        if plain is not None:
            await plain.aclose()
        return found

    async def _pin(self, address: Address, fingerprint: str) -> None:
        """The address is kept before the pin: a pin without it would ask at a port the device may not have."""
        try:
            await self._host.state.put(self._key, address.uri.encode())
            self._host.printers.pin(self.printer.id, fingerprint)
        except TympanError as error:
            self._upgrade_after = -1.0
            self._host.log("a device's certificate could not be pinned", printer=self.printer.id, why=str(error))
            raise PinNotKept(f"The device's certificate could not be written down: {error.sentence}.") from error
        self.printer = attrs.evolve(self.printer, fingerprint=fingerprint)

    @property
    def _key(self) -> str:
        return f"secure/{self.printer.id}"


class Fleet:
    """Lines by printer; the meeting point of the plugin's route and service.

    The service brings the host; a route that is asked before waits for it.
    """

    def __init__(self) -> None:
        self._host: Host | None = None
        self._attached = trio.Event()
        self._lines: dict[PrinterId, Line] = {}

    @contextmanager
    def attached(self, host: Host) -> Iterator[None]:
        """Serves routes while the block runs."""
        self._host = host
        self._attached.set()
        try:
            yield
        finally:
            self._host = None
            self._attached = trio.Event()

    def is_away(self, printer: Printer) -> bool:
        """Whether a printer's device did not answer when it was asked last."""
        seen = self._host.printers.snapshot(printer.id) if self._host is not None else None
        return seen is not None and not seen.reachable

    async def host(self) -> Host:
        """The host; raises ``DeviceAway`` when the service does not come up."""
        with trio.move_on_after(ATTACH_TIMEOUT_S):
            await self._attached.wait()
        if self._host is None:
            raise DeviceAway("The part of the agent that watches devices has not started.")
        return self._host

    async def line(self, printer: PrinterId) -> Line:
        """The line of a printer as it is defined now, whatever an older ``Printer`` value says."""
        host = await self.host()
        defined = host.printers.get(printer)
        if defined is None:
            raise PrinterRemoved(f"The printer {printer} was removed.")
        known = self._lines.get(printer)
        if known is not None and known.printer.uri == defined.uri:
            return known
        line = self._lines[printer] = Line(host, defined)
        if known is not None:
            await known.close()
        return line

    def active(self, printer: PrinterId) -> int:
        """Deliveries under way to a printer."""
        line = self._lines.get(printer)
        return line.active if line else 0

    async def rest(self, printer: PrinterId) -> None:
        """Closes the idle connections to a printer's device while no job is under way."""
        line = self._lines.get(printer)
        if line is not None:
            await line.rest()

    async def close(self) -> None:
        """Closes every line."""
        lines, self._lines = list(self._lines.values()), {}
        with trio.CancelScope(shield=True), trio.move_on_after(1.0):
            for line in lines:
                await line.close()
