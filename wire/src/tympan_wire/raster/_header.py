"""What a raster page says of itself, whichever of the two formats it came in."""

from enum import IntEnum, StrEnum

from attrs import frozen


class RasterFormat(StrEnum):
    """The two raster formats, by media type."""

    PWG = "image/pwg-raster"
    URF = "image/urf"


class ColorSpace(StrEnum):
    """What the samples of a pixel mean; names follow pwg-raster-document-type-supported (PWG 5102.4)."""

    BLACK = "black"
    SGRAY = "sgray"
    DEVICE_W = "device-w"
    RGB = "rgb"
    SRGB = "srgb"
    ADOBE_RGB = "adobe-rgb"
    CIELAB = "cielab"
    CMYK = "cmyk"
    DEVICE_N = "device-n"

    @property
    def is_mono(self) -> bool:
        """Whether no page in this space can hold colour."""
        return self in (ColorSpace.BLACK, ColorSpace.SGRAY, ColorSpace.DEVICE_W)


class Quality(IntEnum):
    """print-quality (RFC 8011 section 5.2.13), and 0 for the printer's default."""

    DEFAULT = 0
    DRAFT = 3
    NORMAL = 4
    HIGH = 5


@frozen(kw_only=True)
class PageHeader:
    """One page's header.

    URF knows fewer fields than PWG raster; those it lacks keep their default.

    Attributes:
        format: Which of the two formats.
        width_px: Pixels in a line.
        height_px: Lines in the page.
        x_dpi: Pixels per inch across the feed; as `y_dpi` along it.
        color_space: What the samples mean.
        num_colors: Samples in a pixel.
        bits_per_pixel: 1, or 8 or 16 times `num_colors`.
        duplex: Whether pages are printed on both sides.
        tumble: Whether the back is turned over the short edge.
        num_copies: Copies the header asks for; 0 leaves it to the ticket.
        total_page_count: What the header claims; 0 is unknown, and any other number may be wrong.
        page_size_points: Width and height in points of 1/72 inch, as the header rounds them; (0, 0) when it names none.
        page_size_name: PWG self-describing media name, or whatever the driver wrote; empty in URF.
        quality: `print-quality` number; 0 for the default.
        media_type: PWG media type keyword; in URF the name of its index.
        media_position: Tray number; 0 for automatic.
    """

    format: RasterFormat = RasterFormat.PWG
    width_px: int
    height_px: int
    x_dpi: int
    y_dpi: int
    color_space: ColorSpace
    bits_per_pixel: int
    num_colors: int
    duplex: bool = False
    tumble: bool = False
    num_copies: int = 0
    total_page_count: int = 0
    page_size_points: tuple[int, int] = (0, 0)
    page_size_name: str = ""
    quality: int = Quality.DEFAULT
    media_type: str = ""
    media_color: str = ""
    media_position: int = 0
    media_weight_gsm: int = 0
    orientation: int = 0
    cross_feed_transform: int = 1
    feed_transform: int = 1
    image_box_px: tuple[int, int, int, int] = (0, 0, 0, 0)
    alternate_primary: int = 0
    content_optimize: str = ""
    rendering_intent: str = ""

    @property
    def bytes_per_line(self) -> int:
        """Decoded bytes in a line."""
        return -(-self.width_px * self.bits_per_pixel // 8)

    @property
    def unit_bytes(self) -> int:
        """Bytes of what one line code repeats: a pixel, or eight of them at one bit each."""
        return max(1, self.bits_per_pixel // 8)

    @property
    def size_um(self) -> tuple[int, int]:
        """Width and height of the page in micrometres, from its pixels and resolution."""
        return round(self.width_px * 25_400 / self.x_dpi), round(self.height_px * 25_400 / self.y_dpi)


@frozen(kw_only=True)
class RasterPage:
    """One whole page, walked.

    Attributes:
        number: From 1.
        header: What the page says of itself.
        has_color: Whether any pixel is not a gray.
    """

    number: int
    header: PageHeader
    has_color: bool
