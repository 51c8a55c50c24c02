"""What can be wrong with a raster document.

RasterError             malformed, or beyond a limit
└── TruncatedRaster     sound so far, and not all there
"""

from typing import ClassVar

from tympan_wire._errors import Retry, WireError


class RasterError(WireError):
    """Bytes that are not PWG raster or URF, or go beyond a limit.

    Attributes:
        offset: Where in the document the fault lies, in bytes from its beginning.
    """

    user_message: ClassVar[str] = "The raster document is damaged. Print it again from its application."

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} (at byte {offset})")
        self.offset = offset


class TruncatedRaster(RasterError):
    """The document ends inside a page, or before its first."""

    retry: ClassVar[Retry] = Retry.LATER
    user_message: ClassVar[str] = "The raster document has not arrived whole. Print it again."
