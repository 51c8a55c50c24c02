"""Office documents: by LibreOffice, one process for each document, with a profile of its own that goes with it."""

import shutil
import subprocess
import zipfile
import zlib
from pathlib import Path
from typing import Final

from tympan_hub.converters._program import Ends, Program, run
from tympan_hub.converters._sheets import docx_on, rtf_on, wanted_sheet
from tympan_hub.domain.converting import Exit
from tympan_hub.domain.sniffing import Kind

_OFFICES: Final = ("soffice", "libreoffice")
CONVERTER: Final = Program(
    module="tympan_hub.converters.office",
    kinds=frozenset(
        {
            Kind.DOCX,
            Kind.XLSX,
            Kind.PPTX,
            Kind.ODT,
            Kind.ODS,
            Kind.ODP,
            Kind.ODG,
            Kind.DOC,
            Kind.XLS,
            Kind.PPT,
            Kind.RTF,
            Kind.CSV,
        }
    ),
    fetches=True,
    needs=_OFFICES,
    package="libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
)
_UNPACKED_BYTES: Final = 512 << 20
"""What the parts of a packed document may have together; the memory of the office is several times as much."""

_PARTS: Final = 20_000
"""Parts of a packed document."""

_PIECE: Final = 1 << 20
_ENTRY: Final = "META-INF/manifest.xml"
_MANIFEST_BYTES: Final = 8 << 20
_UTF8: Final = 76


def convert(source: Path, into: Path) -> None:
    """Prints a document."""
    packed = zipfile.is_zipfile(source) and source.suffix != f".{Kind.RTF.ending}"
    if packed:
        _check_packed(source)
    document = _on_a_sheet(source, into.parent, packed=packed)
    office = next(filter(None, map(shutil.which, _OFFICES)), "")
    subprocess.run(
        [
            office,
            "--headless",
            "--norestore",
            f"-env:UserInstallation={(into.parent / 'profile').as_uri()}",
            *_reading(source),
            "--convert-to",
            "pdf",
            "--outdir",
            str(into.parent),
            str(document),
        ],
        check=False,  # it ends with 0 also when it could not load the document
    )
    made = into.parent / f"{source.stem}.pdf"
    if not made.exists():
        raise Ends(Exit.BROKEN)
    made.replace(into)


def _on_a_sheet(source: Path, folder: Path, *, packed: bool) -> Path:
    """The document to be printed: letters that name no paper get one."""
    if packed and source.suffix == f".{Kind.DOCX.ending}":
        return docx_on(source, folder, wanted_sheet())
    if source.suffix != f".{Kind.RTF.ending}":
        return source
    made = folder / source.name
    made.write_bytes(rtf_on(source.read_bytes(), wanted_sheet()))
    return made


def _reading(source: Path) -> tuple[str, ...]:
    """How a table of text is read: by the separator that its first line has most of."""
    if source.suffix != f".{Kind.CSV.ending}":
        return ()
    with source.open("rb") as table:
        first = table.readline(_PIECE)
    separator = max(b",;\t", key=first.count)
    return (f"--infilter=CSV:{separator},34,{_UTF8},1",)


def _check_packed(source: Path) -> None:
    """Unpacks all parts into nothing: what they truly have is counted, whatever the package says of them."""
    left = _UNPACKED_BYTES
    try:
        with zipfile.ZipFile(source) as packed:
            parts = packed.infolist()
            if len(parts) > _PARTS or sum(part.file_size for part in parts) > left:
                raise Ends(Exit.TOO_LARGE)
            if any(part.flag_bits & 1 for part in parts) or _is_locked(packed):
                raise Ends(Exit.PASSWORD)
            for part in parts:
                left -= _size(packed, part, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Ends(Exit.BROKEN) from error


def _size(packed: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> int:
    size = 0
    with packed.open(part) as content:
        while piece := content.read(_PIECE):
            size += len(piece)
            if size > most:
                raise Ends(Exit.TOO_LARGE)
    return size


def _is_locked(packed: zipfile.ZipFile) -> bool:
    """Whether an OpenDocument has encrypted parts (part 2, 4.8)."""
    if _ENTRY not in packed.namelist():
        return False
    with packed.open(_ENTRY) as manifest:
        return b"encryption-data" in manifest.read(_MANIFEST_BYTES)


if __name__ == "__main__":
    run(convert)
