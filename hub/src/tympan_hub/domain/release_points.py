"""Release points: devices at which held jobs may come out, found by a short code.

- A code is no secret: it stands on the device. It says which device is meant, in the whole hub.
- The secret makes the codes that a screen beside the device shows; it never leaves the hub.
"""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.ids import PrinterId, TenantId, TokenHash
from tympan_hub.domain.proximity import Proximity


@frozen(kw_only=True)
class ReleasePoint:
    """A device at which held jobs may come out.

    Attributes:
        tenant: Whose it is.
        printer: The printer that was defined on it.
        code: Its short code, unique in the hub, as `proximity.typed` reads it.
        secret: Of its rotating codes, sealed with the hub's key.
        proximity: What is wanted as proof here, whatever the queue says; None: as the queue says.
        kiosk: Of the link of the screen beside it; None while there is none.
        created_at: When it was made.
    """

    tenant: TenantId
    printer: PrinterId
    code: str
    secret: bytes
    proximity: Proximity | None = None
    kiosk: TokenHash | None = None
    created_at: dt.datetime

    def wants(self, queue: Proximity) -> Proximity:
        """What is wanted as proof for a job of a queue."""
        return queue if self.proximity is None else self.proximity


def sealed_about(tenant: TenantId, printer: PrinterId) -> str:
    """What a point's secret is sealed with."""
    return f"release point {tenant} {printer}"
