"""Release points: administrators make them, people find them by the code on the device."""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.ids import PrinterId, TenantId
from tympan_hub.domain.people import Person
from tympan_hub.domain.printers import Look, Printer
from tympan_hub.domain.proximity import Proximity
from tympan_hub.ports import Clock, Secrets, Units, WakeUps


@frozen(kw_only=True)
class PointShown:
    """A release point as administrators see it.

    Attributes:
        printer: The printer that was defined on the device.
        code: Its short code, as it is typed.
        proximity: What is wanted as proof here; None: as each queue says.
        kiosk: Whether there is a link for a screen beside it.
        created_at: When it was made.
        look: How its device is; None when nobody saw it.
    """

    printer: Printer
    code: str
    proximity: Proximity | None = None
    kiosk: bool = False
    created_at: dt.datetime
    look: Look | None = None


@frozen(kw_only=True)
class PointSeen:
    """A release point as somebody sees it who stands before it.

    Attributes:
        printer: The printer's id: what releases name.
        name: For people.
        location: For people.
        code: Its short code.
        look: How its device is, truly; None when nobody saw it.
        wanted: The strongest proof that any of their held jobs wants here.
    """

    printer: PrinterId
    name: str
    location: str
    code: str
    look: Look | None
    wanted: Proximity


@frozen(kw_only=True)
class KioskShown:
    """What a screen beside a device shows.

    Attributes:
        name: Of the device.
        location: Of it.
        code: Its short code.
        rotating: The code of the moment; the QR code leads to ``/r/<code>?p=<rotating>``.
        lasts_s: For how many seconds it is shown.
        look: How its device is; None when nobody saw it.
    """

    name: str
    location: str
    code: str
    rotating: str
    lasts_s: int
    look: Look | None


class PointService:
    """Release points of a tenant."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._wakeups = wakeups

    async def all(self, tenant: TenantId, by: Person) -> tuple[PointShown, ...]:
        """All, by the printers' names; for those who oversee the tenant."""
        raise NotImplementedError

    async def get(self, tenant: TenantId, by: Person, printer: PrinterId) -> PointShown:
        """One of those; raises ``NotFound``."""
        raise NotImplementedError

    async def make(self, tenant: TenantId, by: Person, printers: tuple[PrinterId, ...]) -> tuple[PointShown, ...]:
        """Makes release points of printers; one that is one already stays as it is.

        Raises:
            NotFound: There is no such printer.
            BadInput: One has no device of its own.
        """
        raise NotImplementedError

    async def set_proximity(
        self, tenant: TenantId, by: Person, printer: PrinterId, proximity: Proximity | None
    ) -> PointShown:
        """What is wanted as proof at this one, whatever the queues say; None: as they say."""
        raise NotImplementedError

    async def remove(self, tenant: TenantId, by: Person, printer: PrinterId) -> None:
        """Nothing is released there any more."""
        raise NotImplementedError

    async def renew(self, tenant: TenantId, by: Person, printer: PrinterId) -> PointShown:
        """A new code and secret: the old sticker and the old screen are worthless."""
        raise NotImplementedError

    async def found(self, tenant: TenantId, by: Person, code: str) -> PointSeen:
        """The release point of a code somebody typed or scanned.

        Raises:
            NotFound: There is none, for this tenant.
            TooMany: They guessed too often lately.
        """
        raise NotImplementedError

    async def seen(self, tenant: TenantId, by: Person, printer: PrinterId) -> PointSeen:
        """The same, by the printer's id: for pages that got there before."""
        raise NotImplementedError

    async def prove(self, tenant: TenantId, by: Person, printer: PrinterId, proof: str) -> str:
        """A ticket for this person and device, good 5 minutes; given to `ReleaseService.ask` as ``proof``.

        Args:
            tenant: Whose.
            by: Who stands there.
            printer: The release point.
            proof: The code of its sticker, or of its screen, or a ticket of before.

        Raises:
            NotAllowed: It proves nothing, or was used before.
            TooMany: They guessed too often lately.
        """
        raise NotImplementedError

    async def kiosk_link(self, tenant: TenantId, by: Person, printer: PrinterId) -> str:
        """A new token for the page of the screen beside it, ``/kiosk/<token>``; the last one is worthless."""
        raise NotImplementedError

    async def kiosk(self, token: str) -> KioskShown:
        """What the screen with this token shows; raises ``NotFound``."""
        raise NotImplementedError
