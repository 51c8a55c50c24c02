"""How large a raster document may be; each number stops a hostile header, none a real printer."""

from attrs import frozen


@frozen(kw_only=True)
class RasterLimits:
    """The bounds a walker holds a document to.

    Attributes:
        pages: Pages in one document.
        side_px: Width or height of a page in pixels; A0 at 2400 dpi has 112,348.
        page_px: Width times height; A0 at 1200 dpi has 2.2 thousand million.
        line_bytes: Bytes in one decoded line; bounds what a walker holds of a line to be judged.
    """

    pages: int = 100_000
    side_px: int = 131_072
    page_px: int = 4_000_000_000
    line_bytes: int = 1_048_576
