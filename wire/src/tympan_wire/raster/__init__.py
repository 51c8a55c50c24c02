"""PWG raster and URF: page headers, a walk that counts pages undecoded, and a writer (docs/formats/raster.md)."""

from tympan_wire.raster._errors import RasterError, TruncatedRaster, UnwritablePage
from tympan_wire.raster._header import ColorSpace, PageHeader, Quality, RasterFormat, RasterPage
from tympan_wire.raster._limits import RasterLimits
from tympan_wire.raster._pwg import PWG_HEADER_BYTES, PWG_MAGIC, decode_pwg_header, encode_pwg_header
from tympan_wire.raster._urf import (
    URF_FILE_HEADER_BYTES,
    URF_HEADER_BYTES,
    URF_MAGIC,
    decode_urf_header,
    encode_urf_file_header,
    encode_urf_header,
)
from tympan_wire.raster._walker import RasterWalker
from tympan_wire.raster._writer import PwgWriter, RasterWriter, encode_header, encode_line, encode_rows

__all__ = [
    "PWG_HEADER_BYTES",
    "PWG_MAGIC",
    "URF_FILE_HEADER_BYTES",
    "URF_HEADER_BYTES",
    "URF_MAGIC",
    "ColorSpace",
    "PageHeader",
    "PwgWriter",
    "Quality",
    "RasterError",
    "RasterFormat",
    "RasterLimits",
    "RasterPage",
    "RasterWalker",
    "RasterWriter",
    "TruncatedRaster",
    "UnwritablePage",
    "decode_pwg_header",
    "decode_urf_header",
    "encode_header",
    "encode_line",
    "encode_pwg_header",
    "encode_rows",
    "encode_urf_file_header",
    "encode_urf_header",
]
