"""Documents become PDFs, by converters that run in a sandbox. Nothing of a document is kept.

- What a document truly is decides which converter it is given, and not what its sender calls it.
- A document lies in a private folder from its first byte on; the folder is erased before the answer has ended.
- Tenants take turns, and none has more documents here than its share.
- Policy may switch the hub's converters off (``mobility.convert``): they see what they convert.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import frozen

from tympan_hub.domain.converting import not_converted
from tympan_hub.domain.errors import NotAllowed, TooLarge, Trouble
from tympan_hub.domain.hand_ins import SEALED_FORMATS
from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.domain.limits.conversions import DOCUMENT_BYTES, NAME_CHARS
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.policy import MOBILITY_CONVERT, Verdict, binding
from tympan_hub.domain.sheets import Sheet
from tympan_hub.domain.sniffing import Kind, kind_of
from tympan_hub.ports import Unit, Units
from tympan_hub.ports.conversion import Converter, Found, Sandbox
from tympan_hub.service.turns import Turns


@frozen(kw_only=True)
class Document:
    """A document as it comes in.

    Attributes:
        content: Its bytes.
        media_type: What its sender calls it.
        name: The file's name its sender gives; "" for none.
        sheet: What it is set on, if it names no sheet of its own.
    """

    content: AsyncIterator[bytes]
    media_type: str = ""
    name: str = ""
    sheet: Sheet = Sheet.A4


@frozen(kw_only=True)
class Converted:
    """A PDF that lies there until the end of the `ConversionService.pdf` that gave it.

    Attributes:
        path: Where.
        size: Its bytes.
        kind: What it was made of.
    """

    path: Path
    size: int
    kind: Kind


@frozen(kw_only=True)
class Ready:
    """A document as agents print it; it lies there until the end of the `ConversionService.ready` that gave it.

    Attributes:
        path: Where.
        size: Its bytes.
        media_type: What it is.
    """

    path: Path
    size: int
    media_type: str


@frozen(kw_only=True)
class ConverterShown:
    """A converter, as those who ask what there is are told of it.

    Attributes:
        name: Its entry point.
        media_types: What it takes; empty for one that does not load.
        problem: Why it is away, as a sentence; "" when it is not.
    """

    name: str
    media_types: tuple[str, ...] = ()
    problem: str = ""


class ConversionService:
    """Converts."""

    def __init__(self, units: Units, sandbox: Sandbox, found: Collection[Found], turns: Turns | None = None) -> None:
        self._units = units
        self._sandbox = sandbox
        self._found = tuple(found)
        self._turns = turns or Turns()

    @property
    def sandbox(self) -> str:
        """What converters are kept from, for the hub's operator."""
        return self._sandbox.told

    def shown(self) -> tuple[ConverterShown, ...]:
        """All converters there are, and why some are away."""
        return tuple(
            ConverterShown(
                name=one.name, media_types=tuple(sorted(one.media_types)), problem=one.problem or self._away(one)
            )
            for one in self._found
        )

    async def list(self, tenant: TenantId, by: Person) -> tuple[ConverterShown, ...]:
        """As `shown`; nothing while policy switches them off."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        return self.shown() if await self.allowed(tenant) else ()

    async def allowed(self, tenant: TenantId) -> bool:
        """Whether policy lets the hub convert for a tenant."""
        async with self._units.reading() as unit:
            return not await _is_off(unit, tenant)

    @asynccontextmanager
    async def pdf(self, tenant: TenantId, by: Person, document: Document) -> AsyncIterator[Converted]:
        """Makes a PDF of a document; it, and all that was read, is gone at the end.

        Raises:
            NotAllowed: Policy keeps the hub from it.
            TooLarge: More bytes came than a document may have.
            NoRoom: Too many documents wait already.
            NotConverted: No PDF can be made of it; says why.
        """
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        if not await self.allowed(tenant):
            raise _not_here()
        async with self._came(tenant, document, DOCUMENT_BYTES) as came:
            yield await self._made(tenant, await asyncio.to_thread(_kind, came, document), came, document.sheet)

    @asynccontextmanager
    async def ready(self, tenant: TenantId, by: Person, document: Document, most: int) -> AsyncIterator[Ready]:
        """A document as agents print it: its PDF, or where policy switches converters off what needs none, as it came.

        Args:
            tenant: Whose.
            by: Who hands it in.
            document: It.
            most: Bytes it may have.

        Raises:
            NotAllowed: Policy keeps the hub from converting, and it is to be.
            TooLarge: More bytes came than a document may have.
            NoRoom: Too many documents wait already.
            NotConverted: No PDF can be made of it; says why.
        """
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        converts = await self.allowed(tenant)
        async with self._came(tenant, document, most) as came:
            kind = await asyncio.to_thread(_kind, came, document)
            if converts:
                made = await self._made(tenant, kind, came, document.sheet)
                yield Ready(path=made.path, size=made.size, media_type=Kind.PDF.value)
            elif kind.value in SEALED_FORMATS:
                yield Ready(path=came, size=came.stat().st_size, media_type=kind.value)
            else:
                raise _not_here()

    @asynccontextmanager
    async def _came(self, tenant: TenantId, document: Document, most: int) -> AsyncIterator[Path]:
        """Where a document lies that came whole; it is erased at the end."""
        with self._turns.place(tenant), self._sandbox.room() as room:
            came = room / "came"
            await _keep(document.content, came, most)
            yield came

    async def _made(self, tenant: TenantId, kind: Kind, came: Path, sheet: Sheet) -> Converted:
        converter = self._chosen(kind)
        source, into = came.with_name(f"document.{kind.ending}"), came.with_name("result.pdf")
        await asyncio.to_thread(came.rename, source)
        async with self._turns.turn(tenant):
            trouble = await self._sandbox.run(converter.command, source, into, sheet)
        if trouble is not None:
            raise not_converted(trouble)
        return Converted(path=into, size=into.stat().st_size, kind=kind)

    def _chosen(self, kind: Kind) -> Converter:
        """The first that takes it and runs here; a stranger's comes by its name before ours when it shall."""
        if kind is Kind.LOCKED:
            raise not_converted(Trouble.PASSWORD)
        taking = [one for one in self._found if kind.value in one.media_types]
        for one in taking:
            if one.converter is not None and not self._away(one):
                return one.converter
        raise not_converted(Trouble.AWAY if taking else Trouble.UNSUPPORTED)

    def _away(self, one: Found) -> str:
        if one.converter is None:
            return one.problem
        if one.converter.fetches and self._sandbox.problem:
            return f"it could fetch what documents name, and cannot be kept from it: {self._sandbox.problem}"
        return one.converter.missing()


def _kind(came: Path, document: Document) -> Kind:
    with came.open("rb") as content:
        kind = kind_of(content, document.media_type[:NAME_CHARS], document.name[-NAME_CHARS:])
    if kind is None:
        raise not_converted(Trouble.BROKEN if not came.stat().st_size else Trouble.UNSUPPORTED)
    return kind


def _not_here() -> NotAllowed:
    return NotAllowed("documents are not converted by this hub", next_step="Save it as PDF, and print that.")


async def _keep(content: AsyncIterator[bytes], came: Path, most: int) -> None:
    """Puts the bytes to disk as they come."""
    taken = 0
    with came.open("xb") as file:
        async for piece in content:
            taken += len(piece)
            if taken > most:
                raise TooLarge(f"a document has at most {most >> 20} MiB", next_step="Split it.")
            await asyncio.to_thread(file.write, piece)


async def _is_off(unit: Unit, tenant: TenantId) -> bool:
    editions = [await unit.policies.current(scope) for scope in (SERVICE, tenant)]
    return any(binding(edition, MOBILITY_CONVERT) is Verdict.OFF for edition in editions)
