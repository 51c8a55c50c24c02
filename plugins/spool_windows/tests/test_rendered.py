"""Pages drawn on a surface of the tests, which keeps them as pictures; compared with pdfium's own rendering."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat

from tympan_spool_windows._frames import Order, Way
from tympan_spool_windows._layout import Band, Place, Sheet
from tympan_spool_windows._plate import PressError
from tympan_spool_windows._rendered import RenderedPlate

DOCUMENTS = Path(__file__).parents[3] / "tests" / "documents"
A4 = Sheet(
    width=827, height=1169, left=12, top=16, printable_width=803, printable_height=1137, dpi_across=100, dpi_down=100
)


class PictureSurface:
    """Satisfies ``Surface``: a picture of what can be printed on for each side."""

    number = 7
    sheet = A4

    def __init__(self) -> None:
        self.pages: list[Image.Image] = []
        self.drawn = 0
        self.widest = 0
        self.finished = self.aborted = False

    def begin_page(self) -> None:
        self._page = Image.new("RGB", (A4.printable_width, A4.printable_height), "white")

    def draw(self, where: Place, band: Band, pixels: bytes, *, width: int, gray: bool) -> None:
        stride = len(pixels) // band.lines
        mode, raw = ("L", "L") if gray else ("RGB", "BGRX")
        picture = Image.frombuffer(mode, (width, band.lines), pixels, "raw", raw, stride, 1)
        self._page.paste(picture.resize((where.width, band.height)).convert("RGB"), (where.left, band.top))
        self.drawn += band.lines
        self.widest = max(self.widest, width)

    def end_page(self) -> None:
        self.pages.append(self._page)

    def finish(self) -> None:
        self.finished = True

    def abort(self) -> None:
        self.aborted = True


def order(**more: object) -> Order:
    told = {"queue": "Desk", "title": "Plan", "way": Way.RENDERED, "media_type": "application/pdf", "dpi": 100, **more}
    return Order(**told)  # type: ignore[arg-type]


def printed(document: bytes, **more: object) -> tuple[PictureSurface, int]:
    surface, told = PictureSurface(), []
    plate = RenderedPlate(order(**more), surface)
    for start in range(0, len(document), 1000):
        plate.write(document[start : start + 1000])
    plate.finish(lambda: told.append(1))
    return surface, len(told)


def own(path: Path, number: int = 0) -> Image.Image:
    """The page as pdfium renders it on the whole paper, cut to what can be printed on."""
    picture: Image.Image = pypdfium2.PdfDocument(path)[number].render(scale=100 / 72).to_pil().convert("RGB")
    return picture.resize((A4.width, A4.height)).crop(
        (A4.left, A4.top, A4.left + A4.printable_width, A4.top + A4.printable_height)
    )


def difference(one: Image.Image, other: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def test_a_page_looks_as_pdfium_renders_it_at_the_place_it_has_on_the_paper() -> None:
    path = DOCUMENTS / "01-a4-1p-gray.pdf"
    surface, told = printed(path.read_bytes())
    [page] = surface.pages
    assert told == 1 and surface.finished and not surface.aborted
    assert difference(page, own(path)) < 1
    assert difference(page, Image.new("RGB", page.size, "white")) > 1


def test_bands_without_a_mark_are_not_drawn() -> None:
    surface, _ = printed((DOCUMENTS / "01-a4-1p-gray.pdf").read_bytes(), dpi=100)
    assert 0 < surface.drawn < A4.height


def test_a_landscape_page_is_turned_onto_the_upright_paper() -> None:
    surface, told = printed((DOCUMENTS / "04-landscape-color-duplex-1.7.pdf").read_bytes(), pages="1")
    left, right = (surface.pages[0].crop(box) for box in ((0, 0, 400, 1137), (403, 0, 803, 1137)))
    assert told == 1
    assert min(ImageStat.Stat(left).mean) < 254 and min(ImageStat.Stat(right).mean) < 255


def test_pages_and_copies_are_those_asked_for() -> None:
    document = (DOCUMENTS / "02-a4-100p-10color.pdf").read_bytes()
    surface, told = printed(document, pages="2-3,7", copies=2)
    assert told == len(surface.pages) == 6
    assert difference(surface.pages[1], own(DOCUMENTS / "02-a4-100p-10color.pdf", 2)) < 1
    assert difference(surface.pages[0], surface.pages[3]) == 0


def test_grey_is_grey() -> None:
    document = (DOCUMENTS / "04-landscape-color-duplex-1.7.pdf").read_bytes()
    colored, gray = (printed(document, pages="1", gray=gray)[0].pages[0] for gray in (False, True))
    assert max(ImageStat.Stat(colored.convert("HSV")).extrema[1]) > 100
    assert max(ImageStat.Stat(gray.convert("HSV")).extrema[1]) == 0


def test_a_device_of_more_dots_than_are_rendered_gets_the_same_page() -> None:
    path = DOCUMENTS / "01-a4-1p-gray.pdf"
    surface, _ = printed(path.read_bytes(), dpi=50)
    assert surface.widest < A4.width
    assert difference(surface.pages[0], own(path)) < 6


def test_a_photograph_fills_the_sheet_turned() -> None:
    path = DOCUMENTS / "16-color-1200x900.jpg"
    surface, told = printed(path.read_bytes(), media_type="image/jpeg")
    turned = Image.open(path).convert("RGB").transpose(Image.Transpose.ROTATE_90)
    scale = min(A4.printable_width / turned.width, A4.printable_height / turned.height)
    wanted = turned.resize((round(turned.width * scale), round(turned.height * scale)))
    sheet = Image.new("RGB", (A4.printable_width, A4.printable_height), "white")
    sheet.paste(wanted, ((sheet.width - wanted.width) // 2, (sheet.height - wanted.height) // 2))
    assert told == 1
    assert difference(surface.pages[0], sheet) < 3


@pytest.mark.parametrize(
    ("document", "more", "said"),
    [
        (b"%PDF-1.7\nnothing", {}, "damaged"),
        (b"", {}, "damaged"),
        (b"\xff\xd8 no picture", {"media_type": "image/jpeg"}, "damaged"),
        ((DOCUMENTS / "06-encrypted-user-rc4.pdf").read_bytes(), {}, "password"),
        ((DOCUMENTS / "01-a4-1p-gray.pdf").read_bytes(), {"pages": "9"}, "None of the pages"),
    ],
    ids=["broken", "empty", "no-jpeg", "password", "no-such-page"],
)
def test_what_does_not_render_ends_no_job(document: bytes, more: dict[str, object], said: str) -> None:
    surface = PictureSurface()
    plate = RenderedPlate(order(**more), surface)
    plate.write(document)
    with pytest.raises(PressError, match=said):
        plate.finish(lambda: None)
    assert not surface.finished and surface.pages == []


def test_attack_a_document_beyond_the_limit_is_refused_before_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_spool_windows._rendered.DOCUMENT_BYTES", 1000)
    plate = RenderedPlate(order(), PictureSurface())
    plate.write(bytes(1000))
    with pytest.raises(PressError, match="too big"):
        plate.write(b"x")
