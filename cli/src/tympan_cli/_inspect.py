"""``tympan inspect``: the statistics of a file, read by the same plugins the agent uses."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import click
import trio

from tympan.admin import AllowList, Home, collect, load, scan
from tympan.plugin import Inspector, PluginState, SharedDocument, Statistics
from tympan_cli import _offline as offline
from tympan_cli._agent_link import home
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._files import PRINTABLE, media_type_of
from tympan_cli._limits import INSPECT_S, PIECE_BYTES
from tympan_cli._output import as_json, console, show, show_listing
from tympan_wire.sealed import Sealer, new_key


@click.command("inspect")
@click.argument("file", type=PRINTABLE)
@click.option("--format", "media_type", help="Media type; told by the file's name unless given.")
@as_json
def inspect(file: Path, media_type: str | None, as_json: bool) -> None:
    """Count pages, sizes, colour and sides of FILE, without printing it."""
    declared = media_type_of(file, media_type)
    inspectors = _inspectors(home())
    chosen = [one for one in inspectors if declared in one.media_types] or inspectors
    with console(stderr=True).status("Counting ..."):
        statistics = trio.run(_ask, chosen, file, declared)
    row = {"file": file.name, "bytes": file.stat().st_size, **_row(statistics)}
    show(row, as_json, _render)


def _inspectors(place: Home) -> list[Inspector]:
    book = offline.policy(place)
    reasons, found = [], []
    for record, point in scan(AllowList(place)).values():
        if record.state is not PluginState.FOUND or record.manifest is None:
            continue
        if not any("statistics" in spec.key for spec in record.manifest.capabilities):
            continue
        status, reason = offline.decided(record, book)
        if status == "off":
            reasons.append(reason)
            continue
        offers = collect(load(point), record.id)
        found += [o.contribution.port for o in offers if isinstance(o.contribution.port, Inspector)]
    if not found:
        cause = "; ".join(reasons) or "no plugin that reads documents is installed"
        raise CommandError(cause, next_step="See 'tympan plugins'.", status=Exit.REFUSED)
    return found


class FileDocument:
    """A ``Document`` over a file of the user's, sealed for the worker into a temporary file that is removed."""

    def __init__(self, file: Path, media_type: str, sealed: Path) -> None:
        self._file = file
        self._sealed = sealed
        self.media_type = media_type
        self.size_bytes = file.stat().st_size

    async def stream(self) -> AsyncIterator[bytes]:
        """The bytes in pieces."""
        async with await trio.open_file(self._file, "rb") as source:
            while piece := await source.read(PIECE_BYTES):
                yield piece

    async def read(self, offset: int, count: int) -> bytes:
        """``count`` bytes from ``offset``."""
        async with await trio.open_file(self._file, "rb") as source:
            await source.seek(offset)
            return await source.read(count)

    def share(self) -> SharedDocument:
        """Seals the file for a worker."""
        key, document = new_key(), uuid.uuid4()
        sealer = Sealer(key, document)
        with self._file.open("rb") as source, self._sealed.open("wb") as target:
            target.write(sealer.header())
            while piece := source.read(PIECE_BYTES):
                target.write(sealer.update(piece))
            target.write(sealer.finish())
        return SharedDocument(key=key, document=document, path=str(self._sealed), size_bytes=self.size_bytes)


async def _ask(inspectors: list[Inspector], file: Path, media_type: str) -> Statistics:
    answer = Statistics(format=media_type, problem="no plugin reads this format")
    with tempfile.TemporaryDirectory(prefix="tympan-") as folder, trio.move_on_after(INSPECT_S):
        document = FileDocument(file, media_type, Path(folder) / "sealed")
        for inspector in inspectors:
            answer = await inspector.inspect(document, b"")
            if answer.readable:
                break
    return answer


def _row(statistics: Statistics) -> dict[str, Any]:
    return {
        "format": statistics.format,
        "pages": statistics.pages,
        "sizes": list(statistics.sizes),
        "color_pages": None if statistics.color_pages is None else list(statistics.color_pages),
        "duplex": statistics.duplex,
        "problem": statistics.problem,
    }


def _render(row: dict[str, Any]) -> None:
    from tympan_cli._listing import Cell, Column, Listing

    color = row["color_pages"]
    shown = "unknown" if color is None else ", ".join(map(str, color)) or "none"
    made = Listing(Column(), Column(wrap=True))
    made.add("file", row["file"])
    made.add("format", row["format"])
    made.add("pages", "unreadable" if row["pages"] is None else str(row["pages"]))
    made.add("sizes", ", ".join(row["sizes"]) or "none told")
    made.add("pages with colour", shown)
    made.add("asks for sides", row["duplex"] or "nothing")
    if row["problem"]:
        made.add("problem", Cell(text=row["problem"], style="yellow"))
    show_listing(made)
