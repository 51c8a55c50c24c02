"""What can be wrong with a raster document.

RasterError             malformed, or beyond a limit
└── TruncatedRaster     sound so far, and not all there
UnwritablePage          a page that was to be written, and that the format cannot say or a limit forbids
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


class UnwritablePage(WireError):
    """A page that cannot be written: its format has no words for it, it is beyond a limit, or its rows are not its own.

    The fault is with who writes; nothing of the page is in the document, unless its rows were at fault.
    """

    user_message: ClassVar[str] = "A page cannot be drawn as the printer wants it. Choose another paper or quality."
