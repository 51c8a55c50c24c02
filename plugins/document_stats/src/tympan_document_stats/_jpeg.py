"""Statistics of JPEG (ISO 10918): one page, its colour by components and pixels."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from tympan_document_stats._color import has_color
from tympan_document_stats._limits import PICTURE_PX
from tympan_document_stats._model import Facts, unreadable
from tympan_document_stats._sniff import Format
from tympan_document_stats._source import Source

_EIGHTH: Final = 8
"""JPEG decodes to an eighth for almost nothing; noise is averaged out on the way."""
Image.MAX_IMAGE_PIXELS = None  # the bound is PICTURE_PX, and an answer instead of a warning


def read_jpeg(source: Source) -> Facts:
    """Facts of a picture."""
    try:
        source.stream.seek(0)
        with Image.open(io.BufferedReader(source.stream), formats=("JPEG",)) as picture:
            return _facts(picture)
    except (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, OverflowError) as error:
        return unreadable(Format.JPEG, "the picture ends early" if "trunc" in str(error) else "the picture is damaged")
    except MemoryError:
        return Facts(format=Format.JPEG, pages=1, problem="partly read: the picture is too large to tell its colours")


def _facts(picture: Image.Image) -> Facts:
    width, height = picture.size
    if width * height > PICTURE_PX:
        raise MemoryError
    gray = picture.mode == "L"
    if not gray:
        picture.draft("RGB" if picture.mode == "RGB" else None, (max(1, width // _EIGHTH), max(1, height // _EIGHTH)))
    picture.load()
    colored = not gray and has_color(picture.convert("RGB").tobytes())
    return Facts(format=Format.JPEG, pages=1, color_pages=(1,) if colored else ())
