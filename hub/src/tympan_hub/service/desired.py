"""The desired state of an agent: level-triggered, the whole of it, named by a hash of what it says."""

import hashlib

import attrs

from tympan_hub.domain.ids import SERVICE
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.sign_ins import Present
from tympan_hub.ports import Bearer, Clock, Units
from tympan_wire.hub import Delivery, Desired, DesiredRequest, PrinterWanted, SignedInPerson, encode


class DesiredService:
    """Tells agents what the hub wants of them."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    async def of(self, bearer: Bearer, request: DesiredRequest) -> Desired:
        """The state this agent shall have; ``unchanged`` when it has it."""
        async with self._units.reading() as unit:
            editions = (await unit.policies.current(SERVICE), await unit.policies.current(bearer.tenant))
            printers = await unit.printers.all(bearer.tenant)
            people = await unit.sign_ins.present(bearer.tenant, bearer.agent, self._clock.now())
        state = Desired(
            edition="",
            policies=tuple(edition.envelope for edition in editions if edition is not None),
            printers=tuple(_wanted(printer) for printer in printers),
            people=tuple(map(signed_in, people)),
        )
        edition = hashlib.sha256(encode(state)).hexdigest()
        if request.known == edition:
            return Desired(edition=edition, unchanged=True)
        return attrs.evolve(state, edition=edition)


def signed_in(present: Present) -> SignedInPerson:
    """A sign-in as agents are told of it."""
    return SignedInPerson(user=present.sign_in.user, person=present.sign_in.person, name=present.name)


def _wanted(printer: Printer) -> PrinterWanted:
    return PrinterWanted(
        id=printer.id,
        name=printer.name,
        uri=printer.uri,
        delivery=Delivery(printer.delivery.value),
        location=printer.location,
        fingerprint=printer.fingerprint,
    )
