"""``tympan print``: prints a file through the agent's own endpoint, as any program would."""

from __future__ import annotations

import getpass
import mimetypes
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import trio

from tympan_cli import _offline as offline
from tympan_cli._agent_link import AgentLink, CommandError, need_agent
from tympan_cli._exits import Exit
from tympan_cli._output import as_json, console, show
from tympan_cli._printers import endpoint

if TYPE_CHECKING:
    from tympan_wire.ipp import Attribute

PIECE_BYTES: Final = 256 * 1024
WAIT_STEP_S: Final = 0.2
OVER = ("completed", "aborted", "canceled", "expired", "unknown")
SIDES: Final = {"one": "one-sided", "long": "two-sided-long-edge", "short": "two-sided-short-edge"}


@click.command("print")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--printer", "-p", "wanted", help="Its id or name; may be left out when there is one only.")
@click.option("--copies", "-n", type=click.IntRange(1, 9999), help="How many.")
@click.option("--sides", type=click.Choice(list(SIDES)), help="One side, or both turned over the long or short edge.")
@click.option("--color", type=click.Choice(["auto", "color", "monochrome"]), help="Colour mode.")
@click.option("--media", help="PWG media name, such as iso_a4_210x297mm.")
@click.option("--pages", help="Pages to print, such as 1-3,7.")
@click.option("--title", help="Name of the job; the file's name unless told.")
@click.option("--format", "media_type", help="Media type; told by the file's name unless given.")
@click.option("--wait", is_flag=True, help="Wait until the device says how it ended.")
@as_json
def print_file(file: Path, wanted: str | None, as_json: bool, **options: Any) -> None:
    """Print FILE."""
    place = offline.home()
    link = need_agent(place)
    printer = _choose(link, wanted)
    number = trio.run(_send, endpoint(place, printer["id"]), file, file.stat().st_size, options)
    row = _wait(link, number) if options["wait"] else link.ask("jobs.show", job=str(number))
    show(row, as_json, lambda _: click.echo(_sentence(row, printer)))
    if options["wait"] and row["state"] != "completed":
        sys.exit(Exit.PROBLEMS)


def _choose(link: AgentLink, wanted: str | None) -> dict[str, Any]:
    rows: list[dict[str, Any]] = link.ask("printers.list")
    matches = [row for row in rows if wanted is None or wanted in (row["id"], row["name"])]
    if len(matches) == 1:
        return matches[0]
    known = ", ".join(row["id"] for row in rows) or "none yet; see 'tympan printers add --help'"
    cause = f"there is no printer {wanted!r}" if wanted else "say which printer with --printer"
    raise CommandError(cause, next_step=f"Known printers: {known}.", status=Exit.NOT_FOUND)


async def _send(uri: str, file: Path, size: int, options: dict[str, Any]) -> int:
    from tympan_net.ipp_client import IppClient, PeerError  # noqa: PLC0415 - loaded only when printing
    from tympan_wire.ipp import attr  # noqa: PLC0415

    media_type = options["media_type"] or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    title = options["title"] or file.name
    with _progress(size) as advance:
        try:
            async with IppClient(uri, user=getpass.getuser()) as client:
                handle = await client.create_job([attr.name_("job-name", title[:255])], ticket(options))
                pieces = _pieces(file, advance)
                await client.send_document(handle.job_id, pieces, document_format=media_type, last=True)
        except PeerError as error:
            raise CommandError(str(error), status=Exit.UNAVAILABLE) from error
    return handle.job_id


def ticket(options: dict[str, Any]) -> list[Attribute]:
    """The job-template attributes (RFC 8011 section 5.2) of the options given."""
    from tympan_wire.ipp import Range, attr

    made: list[Attribute] = []
    if options["copies"]:
        made.append(attr.integer("copies", options["copies"]))
    if options["sides"]:
        made.append(attr.keyword("sides", SIDES[options["sides"]]))
    if options["color"]:
        made.append(attr.keyword("print-color-mode", options["color"]))
    if options["media"]:
        made.append(attr.keyword("media", options["media"]))
    if options["pages"]:
        made.append(attr.range_("page-ranges", *(Range(low, high) for low, high in page_ranges(options["pages"]))))
    return made


def page_ranges(text: str) -> list[tuple[int, int]]:
    """``1-3,7`` as [(1, 3), (7, 7)]; raises ``CommandError`` for anything else."""
    found = []
    for part in text.split(","):
        low, _, high = part.strip().partition("-")
        if not low.isdigit() or (high and not high.isdigit()) or int(low) < 1 or int(high or low) < int(low):
            raise CommandError(f"{text!r} are no pages", next_step="Write them such as 1-3,7.", status=Exit.USAGE)
        found.append((int(low), int(high or low)))
    return found


async def _pieces(file: Path, advance: Callable[[int], None]) -> AsyncIterator[bytes]:
    async with await trio.open_file(file, "rb") as source:
        while piece := await source.read(PIECE_BYTES):
            yield piece
            advance(len(piece))


class _progress:  # noqa: N801 - used as a with-statement's word
    """A progress bar on standard error when it is a terminal, nothing otherwise."""

    def __init__(self, total: int) -> None:
        self._bar: Any = None
        if sys.stderr.isatty() and total > PIECE_BYTES:
            from rich.progress import Progress

            self._bar = Progress(console=console(stderr=True), transient=True)
            self._task = self._bar.add_task("Sealing and sending", total=total)

    def __enter__(self) -> Callable[[int], None]:
        if self._bar is None:
            return lambda count: None
        self._bar.start()
        return lambda count: self._bar.advance(self._task, count)

    def __exit__(self, *details: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _wait(link: AgentLink, number: int) -> dict[str, Any]:
    async def watch() -> dict[str, Any]:
        while (row := link.ask("jobs.show", job=str(number)))["state"] not in OVER:
            told(row)
            await trio.sleep(WAIT_STEP_S)
        return dict(row)

    screen = console(stderr=True)
    with screen.status("Printing ...") as spinner:

        def told(row: dict[str, Any]) -> None:
            detail = row["detail"] or row["state"]
            spinner.update(f"Job {number}: {detail}, {row['impressions_completed']} impressions done")

        return trio.run(watch)


def _sentence(row: dict[str, Any], printer: dict[str, Any]) -> str:
    detail = f": {row['detail']}" if row["detail"] else ""
    return f"job {row['number']} on {printer['id']} is {row['state']}{detail}; see 'tympan job {row['number']}'"
