"""Walking the coded lines of one page without decoding its pixels (PWG 5102.4 section 4.4).

A line group is a count byte (the line stands count + 1 times) and codes until the line is full:

    0..127    the next unit, repeated code + 1 times
    128       the rest of the line is blank
    129..255  257 - code units, each by itself

- Work is bound by the coded bytes, never by the pixels they stand for.
- Nothing is kept between calls but the place in the line, so memory does not grow with the line or the page.
"""

import contextlib
from typing import Final

from tympan_wire.raster._color import GrayTest, gray_test
from tympan_wire.raster._errors import RasterError
from tympan_wire.raster._header import PageHeader

BLANK_CODE: Final = 128
UNITS: Final = [code + 1 for code in range(128)] + [1 << 32] + [257 - code for code in range(129, 256)]
"""How many units of the line a code stands for; 128 stands for the rest, so for more than any line has."""


class PageWalk:
    """Where one page's walk stands."""

    def __init__(self, header: PageHeader) -> None:
        self.rows_left = header.height_px
        self.has_color = False
        unit = header.unit_bytes
        self._line_units = header.bytes_per_line // unit
        self._units_left = 0
        self._gray = gray_test(header)
        self._steps = [1 + unit] * 128 + [1] + [1 + unit * (257 - code) for code in range(129, 256)]

    def advance(self, data: bytes, at: int, offset: int) -> int:
        """Walk on through whole codes.

        Args:
            data: Bytes at hand.
            at: Where in them to go on.
            offset: Where `data` stands in the document, for errors.

        Returns:
            Where the walk stopped: at the page's end (`rows_left` is 0) or before a code that is not all there.

        Raises:
            RasterError: The codes do not fill their lines or the page exactly.
        """
        end = len(data)
        while at < end and (self.rows_left or self._units_left):
            if not self._units_left:
                self._begin_line(data[at], offset + at)
                at += 1
            stop = self._line(data, at)
            if self._units_left < 0:
                raise RasterError("a line is longer than its page is wide", offset + stop)
            at = stop
            if self._units_left:
                break
        return at

    @property
    def done(self) -> bool:
        """Whether the page's last line is full."""
        return not self.rows_left and not self._units_left

    def _begin_line(self, count: int, offset: int) -> None:
        if count >= self.rows_left:
            raise RasterError(f"a line stands {count + 1} times with {self.rows_left} left in the page", offset)
        self.rows_left -= count + 1
        self._units_left = self._line_units

    def _line(self, data: bytes, at: int) -> int:
        """Walk the current line's codes, as far as they are whole; gives where it stopped."""
        start = at
        at, left = self._four_by_four(data, at)
        steps, units, end = self._steps, UNITS, len(data)
        code = 0
        while left > 0 and at < end:
            code = data[at]
            at += steps[code]
            left -= units[code]
        if at > end:
            at -= steps[code]
            left += units[code]
        elif code == BLANK_CODE:
            left = 0
        self._units_left = left
        if self._gray is not None:
            self._judge(data, start, at, self._gray)
        return at

    def _four_by_four(self, data: bytes, at: int) -> tuple[int, int]:
        """Walk whole codes four at a time, short of the line's last; gives where that ended and the units then left."""
        steps, units, left, end = self._steps, UNITS, self._units_left, len(data)
        before, left_before = at, left
        # A page has a million codes: one look at both ends for four of them takes a third off the walk.
        with contextlib.suppress(IndexError):
            while left > 0 and at <= end:
                before, left_before = at, left
                at += steps[a := data[at]]
                at += steps[b := data[at]]
                at += steps[c := data[at]]
                at += steps[d := data[at]]
                left -= units[a] + units[b] + units[c] + units[d]
        # The last four may have gone past the line, or past the bytes at hand: they are walked again one by one.
        return before, left_before

    def _judge(self, data: bytes, at: int, end: int, gray: GrayTest) -> None:
        """Look for colour in whole codes; the first one found ends the search for the page."""
        match, steps = gray.codes.match, self._steps
        doubtful: list[bytes] = []
        while at < end:
            found = match(data, at, end)
            at = found.end() if found else at
            if at < end:
                after = at + steps[data[at]]
                doubtful.append(data[at + 1 : after])
                at = after
        # What the pattern left over is judged in one go: a photograph's line has a hundred literals.
        if doubtful and not gray.near(b"".join(doubtful)):
            self.has_color = True
            self._gray = None
