"""PDF: looked at and passed on, every byte as it came."""

import shutil
from pathlib import Path
from typing import Final

from tympan_hub.converters._program import Ends, Program, run
from tympan_hub.domain.converting import Exit
from tympan_hub.domain.sniffing import Kind

CONVERTER: Final = Program(module="tympan_hub.converters.pdf", kinds=frozenset({Kind.PDF}))


def convert(source: Path, into: Path) -> None:
    """Passes a PDF on that opens without a password and has a page."""
    import pikepdf

    try:
        with pikepdf.open(source) as document:
            if not document.pages:
                raise Ends(Exit.BROKEN)
            len(document.pages[-1].obj.keys())  # the tree leads as far as its last page
    except pikepdf.PasswordError as error:
        raise Ends(Exit.PASSWORD) from error
    except pikepdf.PdfError as error:
        raise Ends(Exit.BROKEN) from error
    shutil.copyfile(source, into)


if __name__ == "__main__":
    run(convert)
