"""Every number of this plugin: what it bounds, in which unit, and why."""

from __future__ import annotations

from typing import Final

ANSWER_S: Final = 100.0
"""From order to last answer; below the 120 s the kernel gives an inspection, so that what is known is still told."""
START_S: Final = 20.0
"""From the start of a worker to its greeting: a cold interpreter on a busy machine."""
CLOSE_S: Final = 5.0
"""To reap a worker that was killed."""
IDLE_S: Final = 20.0
"""A worker stays this long after its last document, unless the setting says otherwise."""

WORKER_MEMORY_BYTES: Final = 1536 * 1024 * 1024
"""Address space of a worker: a document cannot take the machine's memory."""
WORKER_CPU_S: Final = 90
"""Processor seconds for one document; the system ends a worker that takes more."""
WORKER_NICE: Final = 10
"""Statistics give way to printing."""

FRAME_BYTES: Final = 16 * 1024 * 1024
"""One message between agent and worker: 100,000 page numbers fit five times."""
INLINE_BYTES: Final = 64 * 1024 * 1024
"""Sealed bytes handed over the pipe; larger documents are in a file."""
HELD_BYTES: Final = 32 * 1024 * 1024
"""A PDF up to this is opened at once; a larger one is read chunk by chunk."""
PIECE_BYTES: Final = 64 * 1024
"""Read at once where a document is read from first to last."""

DOCUMENT_PAGES: Final = 100_000
"""More pages than any device prints in one job; counting ends there."""
DOCUMENT_SIZES: Final = 1000
"""Different page sizes told of one document."""
COLOR_PAGES_MAX: Final = 2000
"""Pages of a PDF that are searched for colour, unless the setting says otherwise."""
COLOR_S: Final = 30.0
"""Seconds of that search, unless the setting says otherwise."""
COLOR_SCALE: Final = 0.5
"""36 dpi: a coloured square of 5 points is still found."""
COLOR_PX: Final = 1_000_000
"""Pixels of a page rendered for that search; an A0 sheet at 36 dpi has two million and is rendered smaller."""
COLOR_SIDE_PX: Final = 4096
"""Longest side of it, for strips."""
COLOR_STEP: Final = 8
"""Difference between channels, of 255, from which a pixel counts as coloured; below is the noise of compression."""
GRAY_OBJECTS: Final = 500
"""Objects of a page that are looked at one by one; beyond, rendering is cheaper."""
GRAY_STEP: Final = 4
"""Difference between channels, of 255, of the black that PDFium makes of pure CMYK black."""
PICTURE_PX: Final = 150_000_000
"""Pixels of a JPEG that is decoded; the largest cameras have 150 million."""

SIZE_STEP_UM: Final = 1000
"""How far a page may be off a standard size in each direction: points and pixels are rounded."""

SNIFF_BYTES: Final = 8192
"""Looked at to tell a format."""
TEXT_LINES: Final = 60
"""Lines on a page of plain text: 6 to the inch on 11 inches, with half an inch free above and below."""
TEXT_COLUMNS: Final = 80
"""Characters in a line of plain text before it is wrapped."""
POSTSCRIPT_LINE_BYTES: Final = 64 * 1024
"""Longest line looked at as one; the conventions allow 255."""
POSTSCRIPT_ALIASES: Final = 64
"""Short names for colour operators that are followed."""
SCAN_BYTES: Final = 256 * 1024 * 1024
"""Of a PDF that does not open, searched for its page tree."""
SCAN_OBJECT_BYTES: Final = 1024 * 1024
"""Longest object kept during that search."""
SCAN_DEPTH: Final = 64
"""Levels of a page tree."""
