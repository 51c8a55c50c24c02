"""The root of every error this distribution raises.

WireError
├── sealed.SealedError    sealed documents and key envelopes (sealed/_errors.py)
├── raster.RasterError    PWG raster and URF, read (raster/_errors.py)
├── raster.UnwritablePage    PWG raster and URF, written (raster/_errors.py)
├── dsse.BadEnvelope      signed envelopes (dsse/_envelope.py)
├── grants.BadGrant       release grants (grants/_errors.py)
├── updates.BadUpdateFile  channels of updates (updates/_errors.py)
└── ipp.IppProtocolError   IPP messages (ipp/_errors.py)
"""

from enum import StrEnum
from typing import ClassVar


class Retry(StrEnum):
    """Whether doing the same thing again can help."""

    NEVER = "never"
    LATER = "later"
    NOW = "now"


class WireError(Exception):
    """Bytes that do not say what their format promises.

    Attributes:
        retry: Whether the same bytes can succeed on another try.
        user_message: One sentence for the user: the cause and the next step.
    """

    retry: ClassVar[Retry] = Retry.NEVER
    user_message: ClassVar[str] = "The data is damaged. Send the document again."
