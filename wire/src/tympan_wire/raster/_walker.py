"""A raster document's pages, as its bytes arrive."""

from tympan_wire.raster._errors import RasterError, TruncatedRaster
from tympan_wire.raster._header import PageHeader, RasterFormat, RasterPage
from tympan_wire.raster._limits import RasterLimits
from tympan_wire.raster._pwg import PWG_HEADER_BYTES, PWG_MAGIC, decode_pwg_header
from tympan_wire.raster._urf import URF_FILE_HEADER_BYTES, URF_HEADER_BYTES, URF_MAGIC, decode_urf_header
from tympan_wire.raster._walk import PageWalk


class RasterWalker:
    """Counts the pages of a PWG raster or URF document and says of each whether it has colour.

    Sans I/O; holds at most one header or one code between calls.

    Args:
        limits: How large the document may be.

    Attributes:
        format: Which of the two formats it is; None until the first bytes said so.
        page_count: Whole pages walked so far; stays true after an error.
    """

    def __init__(self, limits: RasterLimits | None = None) -> None:
        self.format: RasterFormat | None = None
        self.page_count = 0
        self._limits = limits or RasterLimits()
        self._held = b""
        self._offset = 0
        self._claimed_pages = 0
        self._header: PageHeader | None = None
        self._walk: PageWalk | None = None
        self._error: RasterError | None = None

    def feed(self, data: bytes | bytearray | memoryview) -> list[RasterPage]:
        """Take more of the document; gives the pages that are now complete.

        Raises:
            RasterError: The document is malformed; the walker stays shut.
        """
        if self._error is not None:
            raise self._error
        data = self._held + bytes(data) if self._held else bytes(data)
        pages: list[RasterPage] = []
        try:
            at = self._consume(data, pages)
        except RasterError as error:
            self._error = error
            raise
        self._held = data[at:]
        self._offset += at
        return pages

    def finish(self) -> None:
        """Say that no more bytes come.

        Raises:
            RasterError: `TruncatedRaster` when the document ends inside a page or has none.
        """
        if self._error is not None:
            raise self._error
        if self._walk is not None or self._held or not self.page_count:
            end = self._offset + len(self._held)
            self._error = TruncatedRaster(f"the document ends inside page {self.page_count + 1}", end)
            raise self._error

    def _consume(self, data: bytes, pages: list[RasterPage]) -> int:
        at = 0
        while True:
            before = at
            if self.format is None:
                at = self._begin_document(data)
            elif self._walk is None:
                at = self._begin_page(data, at)
            else:
                at = self._walk.advance(data, at, self._offset)
                if self._walk.done:
                    pages.append(self._end_page())
            if at == before:
                return at

    def _begin_document(self, data: bytes) -> int:
        if data.startswith(PWG_MAGIC):
            self.format = RasterFormat.PWG
            return len(PWG_MAGIC)
        if data.startswith(URF_MAGIC):
            if len(data) < URF_FILE_HEADER_BYTES:
                return 0
            self.format = RasterFormat.URF
            self._claimed_pages = int.from_bytes(data[len(URF_MAGIC) : URF_FILE_HEADER_BYTES], "big")
            return URF_FILE_HEADER_BYTES
        if PWG_MAGIC.startswith(data) or URF_MAGIC.startswith(data):
            return 0
        raise RasterError("neither PWG raster nor URF", 0)

    def _begin_page(self, data: bytes, at: int) -> int:
        size = PWG_HEADER_BYTES if self.format is RasterFormat.PWG else URF_HEADER_BYTES
        if len(data) - at < size:
            return at
        raw, offset = data[at : at + size], self._offset + at
        if self.format is RasterFormat.PWG:
            header = decode_pwg_header(raw, offset)
        else:
            header = decode_urf_header(raw, offset, total_page_count=self._claimed_pages)
        self._check(header, offset)
        self._header, self._walk = header, PageWalk(header)
        return at + size

    def _check(self, header: PageHeader, offset: int) -> None:
        fault = self._limits.fault(header, self.page_count)
        if fault:
            raise RasterError(fault, offset)

    def _end_page(self) -> RasterPage:
        if self._header is None or self._walk is None:
            raise AssertionError("a page ended that never began")
        self.page_count += 1
        page = RasterPage(number=self.page_count, header=self._header, has_color=self._walk.has_color)
        self._header = self._walk = None
        return page
