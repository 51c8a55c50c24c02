"""Pictures: each on a page of its own, as large as it says it is and no larger than the sheet. A JPEG keeps its bytes.

- The size a picture says it has is looked at before a pixel of it is read.
- What was taken with a loss goes into the PDF as JPEG, everything else without one.
"""

import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from tympan_hub.converters._program import Ends, Program, run
from tympan_hub.converters._sheets import wanted_sheet
from tympan_hub.domain.converting import Exit
from tympan_hub.domain.sniffing import Kind

if TYPE_CHECKING:
    import pikepdf
    from PIL.Image import Image

CONVERTER: Final = Program(
    module="tympan_hub.converters.pictures",
    kinds=frozenset({Kind.JPEG, Kind.PNG, Kind.GIF, Kind.WEBP, Kind.TIFF, Kind.BMP, Kind.HEIC, Kind.AVIF}),
)
_PIXELS: Final = 120_000_000
"""A picture may have: A2 at 600 dpi is 140 million, a telephone's largest 108; each takes four bytes and more."""

_PAGES: Final = 500
"""Pictures in one file, as scanners put pages into a TIFF."""

_MARGIN_PT: Final = 14.2  # 5 mm, where printers can print
_DPI: Final = 96.0
"""Of a picture that does not say, as browsers take it."""

_LOSSY: Final = frozenset({"JPEG", "MPO", "HEIF", "AVIF", "WEBP"})
_QUALITY: Final = 92
_TURNS: Final = {3: 180, 6: 90, 8: 270}
"""Turns to the right that EXIF asks for (CIPA DC-008, 4.6.4 A); mirrored ones are turned in pixels."""

_ORIENTATION: Final = 0x0112
_FLATE: Final = 6


@frozen(kw_only=True)
class _Drawn:
    """A picture as it goes into the PDF."""

    data: bytes
    filter: str
    space: str
    size: tuple[int, int]
    dpi: float
    turn: int = 0


def convert(source: Path, into: Path) -> None:
    """Makes a PDF of a picture, or of all in the file."""
    import pikepdf
    from pi_heif import register_heif_opener
    from PIL import Image, ImageSequence, UnidentifiedImageError

    register_heif_opener()
    Image.MAX_IMAGE_PIXELS = _PIXELS
    try:
        with Image.open(source) as picture, pikepdf.new() as document:
            _check(picture)
            several = picture.format == "TIFF" and getattr(picture, "n_frames", 1) > 1
            for number, frame in enumerate(ImageSequence.Iterator(picture) if several else (picture,)):
                if number == _PAGES:
                    raise Ends(Exit.TOO_LARGE)
                _check(frame)
                _add_page(document, _drawn(frame, source))
            document.save(into)
    except Image.DecompressionBombError as error:
        raise Ends(Exit.TOO_LARGE) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, zlib.error) as error:
        raise Ends(Exit.BROKEN) from error


def _check(picture: "Image") -> None:
    if picture.width * picture.height > _PIXELS:
        raise Ends(Exit.TOO_LARGE)


def _drawn(picture: "Image", source: Path) -> _Drawn:
    orientation = picture.getexif().get(_ORIENTATION, 1)
    dpi = float(picture.info.get("dpi", (_DPI, _DPI))[0] or _DPI)
    dpi = dpi if dpi > 1 else _DPI
    if picture.format in ("JPEG", "MPO") and picture.mode in ("L", "RGB") and orientation in (1, *_TURNS):
        picture.load()  # a broken one is told now, and not at the printer
        space = "/DeviceGray" if picture.mode == "L" else "/DeviceRGB"
        turn = _TURNS.get(orientation, 0)
        return _Drawn(data=source.read_bytes(), filter="/DCTDecode", space=space, size=picture.size, dpi=dpi, turn=turn)
    return _redrawn(picture, dpi)


def _redrawn(picture: "Image", dpi: float) -> _Drawn:
    from PIL import ImageOps

    lossy = picture.format in _LOSSY
    upright = ImageOps.exif_transpose(picture)
    flat = _flat(upright)
    space = "/DeviceGray" if flat.mode == "L" else "/DeviceRGB"
    if not lossy:
        data = zlib.compress(flat.tobytes(), _FLATE)
        return _Drawn(data=data, filter="/FlateDecode", space=space, size=flat.size, dpi=dpi)
    taken = BytesIO()
    flat.save(taken, "JPEG", quality=_QUALITY)
    return _Drawn(data=taken.getvalue(), filter="/DCTDecode", space=space, size=flat.size, dpi=dpi)


def _flat(picture: "Image") -> "Image":
    """In grey or RGB; what is transparent lies on white paper."""
    from PIL import Image

    if picture.has_transparency_data:
        whole = picture.convert("RGBA")
        paper = Image.new("RGB", whole.size, "white")
        paper.paste(whole, mask=whole.getchannel("A"))
        return paper
    if picture.mode.startswith("I;16"):
        return picture.convert("I").point(lambda value: value / 256).convert("L")
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


def _add_page(document: "pikepdf.Pdf", drawn: _Drawn) -> None:
    """A page as wide or as high as the sheet, whichever way the picture lies."""
    import pikepdf

    width, height = drawn.size if drawn.turn in (0, 180) else drawn.size[::-1]
    upright = wanted_sheet().size_pt
    sheet = upright if height >= width else upright[::-1]
    scale = min(
        72 / drawn.dpi, *((side - 2 * _MARGIN_PT) / length for side, length in zip(sheet, (width, height), strict=True))
    )
    wide, high = drawn.size[0] * scale, drawn.size[1] * scale
    lying = sheet if drawn.turn in (0, 180) else sheet[::-1]
    left, below = (lying[0] - wide) / 2, (lying[1] - high) / 2
    image = pikepdf.Stream(
        document,
        drawn.data,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=drawn.size[0],
        Height=drawn.size[1],
        ColorSpace=pikepdf.Name(drawn.space),
        BitsPerComponent=8,
        Filter=pikepdf.Name(drawn.filter),
    )
    page = document.add_blank_page(page_size=lying)
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Picture=image))
    page.Contents = pikepdf.Stream(
        document, f"q {wide:.3f} 0 0 {high:.3f} {left:.3f} {below:.3f} cm /Picture Do Q".encode()
    )
    if drawn.turn:
        page.Rotate = drawn.turn


if __name__ == "__main__":
    run(convert)
