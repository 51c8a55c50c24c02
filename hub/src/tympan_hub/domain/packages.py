"""A Debian package that is handed to one computer: the package as it was published, with an enrolment in it.

- A package is an archive of three members (deb(5)); what is installed lies in the last one, and stays octet for octet.
- The enrolment is one more file among the package's own control files. dpkg keeps those in its own folder, from which
  the package's script takes it, as root, and it is gone.
- Sizes come from the file itself and are bounded: a package nobody can read so is handed out by other ways.
"""

import gzip
import io
import lzma
import tarfile
from typing import Final

from attrs import frozen

MAGIC: Final = b"!<arch>\n"
_HEADER: Final = 60
_END: Final = b"`\n"
_CONTROL: Final = ("control.tar.xz", "control.tar.gz")
_UNPACKED_MOST: Final = 8 << 20
"""Of the control files: scripts and sums; ours have some hundred KiB."""

HEAD_BYTES: Final = 4 << 20
"""So much of a package is read to find its control files, which stand at its beginning."""

ENROLMENT_NAME: Final = "./enrolment"


@frozen(kw_only=True)
class Enrolment:
    """What a computer joins with: the hub's address, and a token that is good once."""

    hub: str
    token: str

    @property
    def text(self) -> str:
        """As ``/etc/tympan/enrolment`` holds it."""
        return f"hub={self.hub}\ntoken={self.token}\n"


@frozen(kw_only=True)
class Personal:
    """How a package becomes one computer's: its new beginning, and from where on the old one follows."""

    beginning: bytes
    rest_from: int


def personal(head: bytes, enrolment: Enrolment) -> Personal | None:
    """A package with an enrolment in it; None for one whose control files cannot be read here.

    Args:
        head: The first ``HEAD_BYTES`` of the package, or all of it.
        enrolment: What is put in.
    """
    try:
        return _personal(head, enrolment)
    except (ValueError, EOFError, OSError, lzma.LZMAError, tarfile.TarError):
        return None


def _personal(head: bytes, enrolment: Enrolment) -> Personal | None:
    if not head.startswith(MAGIC):
        return None
    at = len(MAGIC)
    for _ in range(2):
        name, size = _member(head, at)
        begin = at + _HEADER
        end = begin + size + size % 2
        if end > len(head):
            return None
        if name in _CONTROL:
            changed = _packed(name, _with(_unpacked(name, head[begin : begin + size]), enrolment))
            header = head[at : at + 48] + f"{len(changed):<10}".encode() + _END
            padding = b"\n" if len(changed) % 2 else b""
            return Personal(beginning=head[:at] + header + changed + padding, rest_from=end)
        at = end
    return None


def _member(head: bytes, at: int) -> tuple[str, int]:
    header = head[at : at + _HEADER]
    if len(header) < _HEADER or header[58:] != _END:
        raise ValueError("no member of an archive")
    size = int(header[48:58].decode("ascii"))
    if size < 0:
        raise ValueError("no size of a member")
    return header[:16].decode("ascii").rstrip().rstrip("/"), size


def _unpacked(name: str, content: bytes) -> bytes:
    opener = lzma.open if name.endswith(".xz") else gzip.open
    with opener(io.BytesIO(content)) as opened:
        unpacked = bytes(opened.read(_UNPACKED_MOST + 1))
    if len(unpacked) > _UNPACKED_MOST:
        raise ValueError("control files are longer than any of ours")
    return unpacked


def _packed(name: str, content: bytes) -> bytes:
    return lzma.compress(content) if name.endswith(".xz") else gzip.compress(content, mtime=0)


def _with(control: bytes, enrolment: Enrolment) -> bytes:
    """The control files with one more, which root alone reads."""
    made, content = io.BytesIO(), enrolment.text.encode()
    with (
        tarfile.open(fileobj=io.BytesIO(control)) as old,
        tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as new,
    ):
        for member in old:
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
        told = tarfile.TarInfo(ENROLMENT_NAME)
        told.size, told.mode = len(content), 0o600
        new.addfile(told, io.BytesIO(content))
    return made.getvalue()
