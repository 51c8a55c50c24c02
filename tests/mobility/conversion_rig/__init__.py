"""A hub's converters with the real programs in the real sandbox, and documents of each kind."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
from hub_rig import Bench, bench

from conversion_rig._documents import (
    BLOCKS,
    DOCUMENTS,
    HEIC,
    blocks,
    bomb,
    corners,
    docx,
    encoded,
    held_turned,
    packed,
    page_that_fetches,
    unlike,
)
from conversion_rig._shell import Shell, until_gone
from tympan_hub.adapters.converters import found_converters
from tympan_hub.adapters.rooms import Rooms
from tympan_hub.adapters.sandbox import ProcessSandbox
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.people import Person
from tympan_hub.ports.conversion import Found
from tympan_hub.service.conversions import ConversionService, Document

LONGEST_S = 90.0


@attrs.frozen
class Made:
    """A PDF, as others read it."""

    content: bytes
    pages: int
    sheet: tuple[int, int]
    """The first page in millimetres, wide and high."""

    text: str


@attrs.frozen
class Desk:
    """Somebody who hands documents in."""

    hub: Bench
    service: ConversionService
    tenant: TenantId
    person: Person
    folder: Path

    async def convert(self, content: bytes, name: str = "", media_type: str = "") -> Made:
        """The PDF of a document; raises what the service does."""
        document = document_of(content, name, media_type)
        async with self.service.pdf(self.tenant, self.person, document) as made:
            return await asyncio.to_thread(read, made.path)

    async def another(self, name: str) -> Desk:
        """Somebody of another tenant at the same hub."""
        tenant = await self.hub.tenant(name)
        return attrs.evolve(self, tenant=tenant, person=await self.hub.person(tenant))

    def left(self) -> list[str]:
        """Files of documents that still lie in the hub's folder."""
        return [str(path) for path in (self.folder / "rooms").rglob("*") if path.is_file() and path.name != "lock"]


def document_of(content: bytes, name: str = "", media_type: str = "") -> Document:
    """A document as it comes in."""

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    return Document(content=pieces(), name=name, media_type=media_type)


@asynccontextmanager
async def desk(
    folder: Path, *, seconds: float = LONGEST_S, found: tuple[Found, ...] | None = None, problem: str = ""
) -> AsyncIterator[Desk]:
    """A hub with its converters; ``problem`` is what its sandbox shall say of itself."""
    rooms = Rooms(folder / "rooms")
    rooms.open()
    async with bench(folder / "hub") as hub:
        tenant = await hub.tenant()
        sandbox = ProcessSandbox(rooms, seconds=seconds)
        assert sandbox.problem == problem, f"{sandbox.problem}: make system"
        service = ConversionService(hub.units, sandbox, found_converters() if found is None else found)
        yield Desk(hub, service, tenant, await hub.person(tenant), folder)
    rooms.close()


def at_desk(
    folder: Path,
    do: Callable[[Desk], Awaitable[None]],
    *,
    seconds: float = LONGEST_S,
    found: tuple[Found, ...] | None = None,
    problem: str = "",
) -> None:
    """Runs a test at a desk, and sees that nothing is left."""

    async def run() -> None:
        async with desk(folder, seconds=seconds, found=found, problem=problem) as here:
            await do(here)
            assert here.left() == []

    asyncio.run(run())


def read(path: Path) -> Made:
    """What poppler says of a PDF."""
    told = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True, timeout=60).stdout
    pages = next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pages:"))
    size = next(line.split() for line in told.splitlines() if line.startswith("Page size:"))
    sheet = (round(float(size[2]) / 72 * 25.4), round(float(size[4]) / 72 * 25.4))
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True, timeout=60).stdout
    return Made(path.read_bytes(), pages, sheet, text)


def written(content: bytes, name: str, ending: str, folder: Path) -> bytes:
    """A document in another format, as LibreOffice saves it."""
    source, into = folder / name, folder / "written"
    source.write_bytes(content)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    saving = ("--convert-to", ending, "--outdir", into, source)
    subprocess.run(["soffice", "--headless", "--norestore", profile, *saving], check=True, capture_output=True)
    return (into / f"{source.stem}.{ending}").read_bytes()


@attrs.define
class Listener:
    """A server on loopback that counts."""

    port: int = 0
    asked: list[str] = attrs.field(factory=list)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener on a free port."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_OPTIONS(self) -> None:
            self.do_GET()

        def do_PROPFIND(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.port = server.server_address[1]
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield listener
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


__all__ = [
    "BLOCKS",
    "DOCUMENTS",
    "HEIC",
    "Desk",
    "Listener",
    "Made",
    "Shell",
    "at_desk",
    "blocks",
    "bomb",
    "corners",
    "desk",
    "document_of",
    "docx",
    "encoded",
    "held_turned",
    "listening",
    "packed",
    "page_that_fetches",
    "read",
    "unlike",
    "until_gone",
    "written",
]
