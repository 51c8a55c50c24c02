"""A picture as a document of one page: a JPEG goes to a device that takes none as a PDF of it would.

- It stands as its camera was held, within the margin where printers can print, and is never enlarged.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import pypdfium2
from attrs import frozen

from tympan_ipp_submission._errors import RenderFailed
from tympan_ipp_submission._limits import PICTURE_PIXELS

if TYPE_CHECKING:
    from PIL import Image

_A4_PT: Final = (595.276, 841.890)
_MARGIN_PT: Final = 14.2  # 5 mm
_DPI: Final = 96.0
"""Of a picture that tells none."""

_ORIENTATION: Final = 0x0112
_TURNS: Final = {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}
"""Exif (CIPA DC-008, 4.6.4 A): how far clockwise it is turned to be seen upright, after it was mirrored."""

_MIRRORED: Final = frozenset({2, 4, 5, 7})
"""Exif: those whose left is their right."""


@frozen(kw_only=True)
class _Held:
    """A picture as its file tells of it.

    Attributes:
        size: Width and height in pixels, as they lie in the file.
        dpi: Pixels to an inch.
        turn: How far clockwise it is turned to be seen upright.
        mirrored: Whether it is mirrored before that.
    """

    size: tuple[int, int]
    dpi: float
    turn: int
    mirrored: bool


def page_of(jpeg: bytes, sheet_pt: tuple[float, float] | None) -> pypdfium2.PdfDocument:
    """A document whose page has it.

    Args:
        jpeg: The picture.
        sheet_pt: The paper in points, upright; None for A4.

    Raises:
        RenderFailed: It is damaged, or has too many pixels.
    """
    held = _held(jpeg)
    width, height = held.size
    on_its_side = held.turn in (90, 270)
    lies = (width > height) != on_its_side
    sheet = sheet_pt or _A4_PT
    long, short = max(sheet), min(sheet)
    seen = (long, short) if lies else (short, long)
    across, down = seen[::-1] if on_its_side else seen
    scale = min(72 / held.dpi, (across - 2 * _MARGIN_PT) / width, (down - 2 * _MARGIN_PT) / height)
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(across, down)
    image = pypdfium2.PdfImage.new(document)
    try:
        image.load_jpeg(io.BytesIO(jpeg), inline=True)
    except pypdfium2.PdfiumError as error:
        raise _damaged() from error
    left, below = (across - width * scale) / 2, (down - height * scale) / 2
    matrix = pypdfium2.PdfMatrix().scale(width * scale, height * scale)
    if held.mirrored:
        matrix = matrix.scale(-1, 1).translate(width * scale, 0)
    image.set_matrix(matrix.translate(left, below))
    page.insert_obj(image)
    page.set_rotation(held.turn)
    page.gen_content()
    page.close()
    return document


def _check_whole(picture: Image.Image) -> None:
    """Reads all of it, in the least size there is: pdfium draws what there is of one that was cut off."""
    if picture.width * picture.height > PICTURE_PIXELS:
        raise _too_large()
    picture.draft("L", (1, 1))
    picture.load()


def _held(jpeg: bytes) -> _Held:
    """What its file tells; raises as `page_of`."""
    from PIL import Image  # a PDF, the usual case, does without

    Image.MAX_IMAGE_PIXELS = None  # the bound is PICTURE_PIXELS, looked at before any pixel is read
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            told = float(picture.info.get("dpi", (_DPI, _DPI))[0] or _DPI)
            orientation = int(picture.getexif().get(_ORIENTATION, 1))
            size = picture.size  # before it is read in the least size there is
            _check_whole(picture)
    except (OSError, SyntaxError, ValueError, TypeError, EOFError) as error:
        raise _damaged() from error
    turn, mirrored = _TURNS.get(orientation, 0), orientation in _MIRRORED
    return _Held(size=size, dpi=told if told > 1 else _DPI, turn=turn, mirrored=mirrored)


def _too_large() -> RenderFailed:
    return RenderFailed(
        "The picture has too many pixels, and the device cannot take it as it is; make it smaller.",
        reason="document-format-error",
    )


def _damaged() -> RenderFailed:
    return RenderFailed(
        "The picture is damaged, and the device cannot take it as it is; save it anew.", reason="document-format-error"
    )
