"""``tympan print``: prints a file through the agent's own endpoint, as any program would."""

from __future__ import annotations

import contextlib
import getpass
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import trio

from tympan_cli._agent_link import LOOPBACK, AgentLink, home, need_agent
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._files import PRINTABLE, media_type_of
from tympan_cli._interrupt import noticed_ctrl_c
from tympan_cli._limits import JOB_NAME_BYTES, PIECE_BYTES, WAIT_STEP_S
from tympan_cli._output import as_json, console, moment, say, show
from tympan_cli._printers import choose, endpoint
from tympan_cli._text import counted, safe
from tympan_cli._ticket import ticket
from tympan_cli._words import COLORS, SIDES

if TYPE_CHECKING:
    from tympan_wire.ipp import Attribute

ENDPOINT: Final = "endpoint.ipp"
"""The capability that takes documents."""
OVER: Final = ("completed", "aborted", "canceled", "expired", "unknown")
FOR_RELEASE: Final = "job-held-for-release"
"""``job-state-reasons`` of a job that waits for its owner at a device, and for nothing else."""


@click.command("print")
@click.argument("file", type=PRINTABLE)
@click.option("--printer", "-p", "wanted", help="Its id or name; may be left out when there is one only.")
@click.option("--copies", "-n", type=click.IntRange(1, 9999), metavar="N", help="How many.")
@click.option(
    "--sides", type=click.Choice(list(SIDES)), metavar="SIDES", help="one; or both, turned over the long or short edge."
)
@click.option("--color", type=click.Choice(COLORS), metavar="MODE", help="auto, color or monochrome.")
@click.option("--media", metavar="NAME", help="PWG media name, such as iso_a4_210x297mm.")
@click.option("--pages", metavar="RANGES", help="Pages to print, such as 1-3,7.")
@click.option(
    "further",
    "-o",
    multiple=True,
    metavar="NAME=VALUE",
    help="A further option by its IPP name, such as media-source=tray-1, or of the driver's own: x-NAME=VALUE.",
)
@click.option("--title", help="Name of the job; the file's name unless told.")
@click.option("--format", "media_type", help="Media type; told by the file's name unless given.")
@click.option("--wait", is_flag=True, help="Wait until the device says how it ended, or a pull printer holds the job.")
@as_json
def print_file(file: Path, wanted: str | None, as_json: bool, **options: Any) -> None:
    """Print FILE."""
    place = home()
    wished = ticket(options)
    if not file.stat().st_size:
        raise CommandError(f"{file.name!r} is empty", next_step="Name a file that holds a document.")
    link = need_agent(place)
    printer = choose(link, wanted, to_print=True)
    # by its number: a machine whose list of hosts has no localhost prints too
    uri = endpoint(place, printer["id"], link).replace("//localhost:", f"//{LOOPBACK}:", 1)
    try:
        with _progress(file.stat().st_size) as advance:
            number = trio.run(_send, uri, file, wished, options, advance)
    except CommandError as error:
        if (off := _endpoint_off(link)) is not None:
            raise off from error
        raise
    except KeyboardInterrupt as error:
        cause, next_step = (
            "interrupted while the document was handed over",
            "See in 'tympan jobs' whether it was taken.",
        )
        raise CommandError(cause, next_step=next_step, status=Exit.INTERRUPTED) from error
    row = _wait(link, number, printer) if options["wait"] else link.ask("jobs.show", job=str(number))
    show(row, as_json, lambda _: say(_sentence(row, printer)))
    well = row["state"] == "completed" or (_is_kept(row, printer) and row["reason"] == FOR_RELEASE)
    if options["wait"] and not well:
        sys.exit(Exit.PROBLEMS)


async def _send(
    uri: str, file: Path, wished: list[Attribute], options: dict[str, Any], advance: Callable[[int], None]
) -> int:
    from tympan_net.ipp_client import IppClient, IppStatusError, PeerError, Retry
    from tympan_wire.ipp import attr

    media_type = media_type_of(file, options["media_type"])
    name = attr.name_("job-name", job_name(options["title"] or file.name))
    try:
        async with IppClient(uri, user=_user()) as client:
            handle = await client.create_job([name], wished)
            pieces = _pieces(file, advance)
            try:
                await client.send_document(handle.job_id, pieces, document_format=media_type, last=True)
            except IppStatusError:
                with contextlib.suppress(PeerError):  # refused: no empty job is left to wait for its document
                    await client.cancel_job(handle.job_id)
                raise
    except PeerError as error:
        status = Exit.UNAVAILABLE if error.retry is Retry.LATER else Exit.REFUSED
        raise CommandError(str(error), next_step="See 'tympan doctor' and 'tympan jobs'.", status=status) from error
    return handle.job_id


def _endpoint_off(link: AgentLink) -> CommandError | None:
    """The cause when what takes documents does not run, which looks like a busy server from outside."""
    for row in link.ask("plugins"):
        if ENDPOINT in row["capabilities"] and row["status"] != "running":
            cause = f"nothing takes documents, as {row['id']} is {row['status']}: {row['reason']}"
            return CommandError(cause, next_step="See 'tympan plugins'.", status=Exit.REFUSED)
    return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "anonymous"  # an account without a name, as in some containers


def job_name(text: str) -> str:
    """``text`` as a job-name: UTF-8 of at most 255 octets, cut between characters."""
    return text.encode("utf-8", "replace")[:JOB_NAME_BYTES].decode("utf-8", "ignore")


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


def _is_kept(row: dict[str, Any], printer: dict[str, Any]) -> bool:
    """Whether a pull printer holds the job: nothing becomes of it before its owner does something."""
    return bool(printer["mode"] == "pull" and row["state"] == "held")


def _wait(link: AgentLink, number: int, printer: dict[str, Any]) -> dict[str, Any]:
    with noticed_ctrl_c() as pressed, console(stderr=True).status("Printing ...") as spinner:
        while not pressed():
            row: dict[str, Any] = link.ask("jobs.show", job=str(number))
            if row["state"] in OVER or _is_kept(row, printer):
                return row
            spinner.update(_progress_line(row))
            time.sleep(WAIT_STEP_S)
    cause, next_step = f"job {number} goes on without being waited for", f"See 'tympan job {number}'."
    raise CommandError(cause, next_step=next_step, status=Exit.INTERRUPTED)


def _progress_line(row: dict[str, Any]) -> str:
    done = counted(row["impressions_completed"], "impression")
    return safe(f"Job {row['number']} is {row['state']}, {done} done" + (f": {row['detail']}" if row["detail"] else ""))


def _sentence(row: dict[str, Any], printer: dict[str, Any]) -> str:
    detail = f": {row['detail'].rstrip('.')}" if row["detail"] else ""
    until, see = "", f"'tympan job {row['number']}'"
    if _is_kept(row, printer):
        until, see = f" until {moment(row['retry_at'])}" if row["retry_at"] else "", "'tympan held'"
    return f"job {row['number']} on {printer['id']} is {row['state']}{until}{detail}; see {see}"
