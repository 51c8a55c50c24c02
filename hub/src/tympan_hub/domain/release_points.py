"""Release points: devices at which held jobs may come out, found by a short code.

- A code is no secret: it stands on the device. It says which device is meant, in the whole hub.
- The secret makes the codes that a screen beside the device shows; it never leaves the hub.
"""

import datetime as dt
import re
import secrets
from typing import Final

from attrs import frozen

from tympan_hub.domain.ids import PrinterId, TenantId, TokenHash
from tympan_hub.domain.limits.pull import CODE_CHARS
from tympan_hub.domain.pull import Proximity

LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXY"
"""31 digits and letters; none that looks like another: no 0 and O, no 1 and I, no Z beside 2."""

_CODE: Final = re.compile(f"[{LETTERS}]{{{CODE_CHARS}}}")


@frozen(kw_only=True)
class ReleasePoint:
    """A device at which held jobs may come out.

    Attributes:
        tenant: Whose it is.
        printer: The printer that was defined on it.
        code: Its short code, unique in the hub, as `code_from` makes it.
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


def new_code() -> str:
    """A code nobody can foresee."""
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_CHARS))


def code_from(text: str) -> str | None:
    """A code as somebody typed it, in the form it is kept in; None for what is none."""
    typed = re.sub(r"[\s.-]", "", text[: 4 * CODE_CHARS]).upper()
    return typed if _CODE.fullmatch(typed) else None


def spelled(code: str) -> str:
    """A code as it is shown: in two halves."""
    return f"{code[: CODE_CHARS // 2]}-{code[CODE_CHARS // 2 :]}"


def sealed_about(tenant: TenantId, printer: PrinterId) -> str:
    """What a point's secret is sealed with."""
    return f"release point {tenant} {printer}"
