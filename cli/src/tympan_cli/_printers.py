"""``tympan printers``: define printers on this machine, and install queues for them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from tympan_cli._agent_link import AgentLink, find_agent, home, need_agent
from tympan_cli._errors import CommandError, in_utf8
from tympan_cli._exits import Exit
from tympan_cli._limits import SPOOLER_S
from tympan_cli._output import as_json, colored, console, moment, say, show, show_listing

if TYPE_CHECKING:
    from tympan.admin import Home, PrinterFile

MODES = ("push", "pull")
"""How a printer gives its jobs away (``PrinterMode``); a test compares."""
DEFAULT_PORT = 39149
KNOWN_SHOWN = 10
"""How many printers an error names."""


@click.group("printers")
def printers() -> None:
    """Define printers and install queues for them."""


@printers.command("add", short_help="define a printer on a device")
@click.argument("name")
@click.option("--uri", required=True, help="The device, such as ipp://printer.example/ipp/print.")
@click.option("--location", default="", help="Where it stands.")
@click.option("--mode", type=click.Choice(MODES), default="push", show_default=True, help="pull: it holds its jobs.")
@as_json
def add(name: str, uri: str, location: str, mode: str, as_json: bool) -> None:
    """Define a printer called NAME on a device."""
    in_utf8(name, uri, location)
    place = home()
    link = find_agent(place)
    if link is not None:
        row = link.ask("printers.add", name=name, uri=uri, location=location, mode=mode)
    else:
        row = _add_on_file(place, name, uri, mode, location)
    row["endpoint"] = endpoint(place, row["id"], link)
    show(row, as_json, lambda _: say(f"{row['id']} is defined; programs print to {row['endpoint']}"))


@printers.command("remove", short_help="forget a printer")
@click.argument("printer")
@as_json
def remove(printer: str, as_json: bool) -> None:
    """Remove a printer's definition; jobs already accepted wait until it is added again or they are canceled."""
    place = home()
    link = find_agent(place)
    row = link.ask("printers.remove", printer=printer) if link else _on_file(place, lambda file: file.remove(printer))
    show(row, as_json, lambda _: say(f"{row['id']} is removed"))


@printers.command("list", short_help="printers and their devices")
@as_json
def list_printers(as_json: bool) -> None:
    """List printers, their endpoints and what was last seen of their devices."""
    place = home()
    link = find_agent(place)
    rows = link.ask("printers.list") if link is not None else _rows_of_file(place)
    for row in rows:
        row["endpoint"] = endpoint(place, row["id"], link) if row["offered"] else ""
    show(rows, as_json, _render)


@printers.command("install", short_help="make a queue of the system for one")
@click.argument("printer")
@click.option("--queue", help="Name of the queue; the printer's id unless told.")
@as_json
def install(printer: str, queue: str | None, as_json: bool) -> None:
    """Make a queue of the operating system that prints to PRINTER, and prove it usable."""
    place = home()
    link = need_agent(place)
    found = choose(link, printer)
    uri = endpoint(place, found["id"], link)
    with console(stderr=True).status(f"Installing a queue for {found['name']} ..."):
        row = link.ask("queues.install", printer=found["id"], uri=uri, queue=queue or found["id"], within_s=SPOOLER_S)
    show(row, as_json, lambda _: say(f"queue {row['name']} prints to {found['name']} ({row['uri']})"))


@printers.command("uninstall", short_help="remove such a queue")
@click.argument("queue")
def uninstall(queue: str) -> None:
    """Remove a queue of the operating system that leads to this agent."""
    if not need_agent(home()).ask("queues.remove", queue=queue, within_s=SPOOLER_S):
        raise CommandError(f"there is no queue {queue!r}", status=Exit.NOT_FOUND, next_step="See 'lpstat -v'.")
    say(f"queue {queue} is removed")


@printers.command("trust", short_help="take a device's new certificate")
@click.argument("printer")
@click.option("--yes", is_flag=True, help="Do not ask.")
def trust(printer: str, yes: bool) -> None:
    """Forget the pinned certificate of PRINTER's device: the one it shows next is pinned."""
    link = need_agent(home())
    found = choose(link, printer)
    if not yes and not _on_purpose():
        say(f"the certificate pinned for {found['id']} stays")
        return
    link.ask("printers.trust", printer=found["id"])
    say(f"the certificate {found['id']} shows next is pinned")


def _on_purpose() -> bool:
    if not sys.stdin.isatty():
        cause = "a person has to say that the certificate changed on purpose, and nobody can be asked here"
        raise CommandError(cause, next_step="Add --yes if somebody did.", status=Exit.USAGE)
    return click.confirm("Did somebody replace the device or its certificate on purpose?", err=True)


def choose(link: AgentLink, wanted: str | None, *, to_print: bool = False) -> dict[str, Any]:
    """The printer with this id, or else this name; the only one there is when none is wanted.

    What is only there for held jobs to come out at is no choice ``to_print``.
    """
    rows: list[dict[str, Any]] = [row for row in link.ask("printers.list") if row["offered"] or not to_print]
    matches = [row for row in rows if wanted is None or wanted == row["id"]]
    matches = matches or [row for row in rows if wanted == row["name"]]
    if len(matches) == 1:
        return matches[0]
    if not rows:
        next_step = "Define one: tympan printers add NAME --uri ipp://HOST/ipp/print"
        raise CommandError("no printer is defined yet", next_step=next_step, status=Exit.NOT_FOUND)
    more = ", and more; see 'tympan printers list'" if len(rows) > KNOWN_SHOWN else ""
    known = f"Known printers: {', '.join(row['id'] for row in rows[:KNOWN_SHOWN])}{more}."
    if wanted is None:
        raise CommandError("say which printer with --printer", next_step=known, status=Exit.USAGE)
    raise CommandError(f"there is no printer {wanted!r}", next_step=known, status=Exit.NOT_FOUND)


def endpoint(place: Home, printer: str, link: AgentLink | None) -> str:
    """Where programs print to: the running agent's port, or the one it will use."""
    from tympan.admin import endpoint_uri

    return endpoint_uri(link.port if link is not None else configured_port(place), printer)


def configured_port(place: Home) -> int:
    """The port the agent will listen on when it starts, the usual one where this user may not read its settings; raises
    ``CommandError`` for a setting that is no port: nobody shall print to another one instead.
    """
    from tympan.admin import SettingsFile
    from tympan.plugin import TympanError
    from tympan_cli import _offline as offline

    for record in offline.records(place):
        if record.id == "local_site" and record.manifest is not None:
            try:
                return SettingsFile(place).of(record.manifest).integer("port")
            except TympanError as error:
                if isinstance(error.__cause__, OSError):
                    return DEFAULT_PORT
                raise CommandError(error.cause, next_step=error.next_step, status=Exit.FAILED) from error
    return DEFAULT_PORT


def _rows_of_file(place: Home) -> list[dict[str, Any]]:
    from tympan.admin import PrinterFile, printer_row
    from tympan_cli import _offline as offline

    printers = offline.guarded(PrinterFile(place).read, Exit.FAILED)
    return [{**printer_row(printer), "device": None} for printer in printers]


def _add_on_file(place: Home, name: str, uri: str, mode: str, location: str) -> dict[str, Any]:
    from tympan.plugin import PrinterMode

    return _on_file(place, lambda file: file.add(name, uri, mode=PrinterMode(mode), location=location))


def _on_file(place: Home, change: Callable[[PrinterFile], Any]) -> dict[str, Any]:
    from tympan.admin import PrinterFile, printer_row
    from tympan_cli import _offline as offline

    file = PrinterFile(place)
    offline.guarded(file.read, Exit.FAILED)  # a broken file is no fault of what was typed
    return printer_row(offline.guarded(lambda: change(file)))


def _render(rows: list[dict[str, Any]]) -> None:
    if not rows:
        say("no printers yet; define one: tympan printers add NAME --uri ipp://HOST/ipp/print")
        return
    from tympan_cli._listing import Column, Listing

    placed = [Column("location", cut=True, drop=2)] if any(row["location"] for row in rows) else []
    heads = [Column("printer", cut=True), Column("name", cut=True, drop=1), *placed, Column("state")]
    made = Listing(*heads, Column("device", cut=True))
    for row in rows:
        state, detail = condition(row["device"])
        place = [row["location"]] if placed else []
        made.add(row["id"], row["name"], *place, colored(state), row["uri"], notes=[detail, _purpose(row), _way(row)])
    show_listing(made)


def _purpose(row: dict[str, Any]) -> str:
    """What a printer is for that programs do not simply print to."""
    if not row["offered"] and not row["releases"]:
        return "jobs that other computers send through the hub come out here; programs do not print to it"
    if not row["uri"]:
        return "holds what is printed until you release it at a device"
    if not row["offered"]:
        return "held jobs come out here; programs do not print to it"
    return "holds what is printed until you release it" if row["mode"] == "pull" else ""


def _way(row: dict[str, Any]) -> str:
    """How its jobs come to its device, where that is not simply direct."""
    return {
        "tunnel": "its jobs go sealed through the hub",
        "fallback": "its jobs go sealed through the hub while the device does not answer",
    }.get(row["reach"], "")


def condition(device: dict[str, Any] | None) -> tuple[str, str]:
    """How a device stands in a word, and what there is to say about it."""
    if device is None:
        return "not asked", ""
    said = device["detail"] or ("" if device["reason"] == "none" else device["reason"])
    if not device["reachable"]:
        since = moment(device["answered_at"])
        if not said:  # kept from an earlier run of the agent, and nobody asked since
            return "not asked", f"answered last at {since}" if since else ""
        return "away", f"since {since}: {said}" if since else f"never answered: {said}"
    return ("ready", "") if device["reason"] == "none" else ("stopped", f"{device['reason']}: {said}")
