"""How large a raster document may be; each number stops a hostile header, none a real printer."""

from attrs import frozen

from tympan_wire.raster._header import PageHeader


@frozen(kw_only=True)
class RasterLimits:
    """The bounds a walker holds a document to, and a writer keeps to itself.

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

    def fault(self, header: PageHeader, pages_before: int) -> str:
        """What is beyond a limit in a page with so many before it; "" when nothing is."""
        width, height = header.width_px, header.height_px
        if pages_before >= self.pages:
            return f"more than {self.pages} pages"
        if min(width, height, header.x_dpi, header.y_dpi) <= 0:
            return "a page without extent or resolution"
        if max(width, height) > self.side_px or width * height > self.page_px:
            return f"a page of {width} by {height} pixels"
        return f"lines of {header.bytes_per_line} bytes" if header.bytes_per_line > self.line_bytes else ""
