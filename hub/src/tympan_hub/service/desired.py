"""The desired state of an agent: level-triggered, the whole of it, named by a hash of what it says."""

import hashlib

import attrs

from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.printers import Printer
from tympan_hub.ports import Bearer, Units
from tympan_wire.hub import Delivery, Desired, DesiredRequest, PrinterWanted, encode


class DesiredService:
    """Tells agents what the hub wants of them."""

    def __init__(self, units: Units) -> None:
        self._units = units

    async def of(self, bearer: Bearer, request: DesiredRequest) -> Desired:
        """The state this agent shall have; ``unchanged`` when it has it."""
        async with self._units.reading() as unit:
            editions = (await unit.policies.current(SERVICE), await unit.policies.current(bearer.tenant))
            printers = await unit.printers.all(bearer.tenant)
        state = Desired(
            edition="",
            policies=tuple(edition.envelope for edition in editions if edition is not None),
            printers=tuple(_wanted(printer) for printer in printers),
        )
        edition = hashlib.sha256(encode(state)).hexdigest()
        if request.known == edition:
            return Desired(edition=edition, unchanged=True)
        return attrs.evolve(state, edition=edition)


def _wanted(printer: Printer) -> PrinterWanted:
    return PrinterWanted(
        id=printer.id,
        name=printer.name,
        uri=printer.uri,
        delivery=Delivery(printer.delivery.value),
        location=printer.location,
        fingerprint=printer.fingerprint,
    )
