"""``tympan printers``: define printers on this machine, and install queues for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from tympan.admin import Home, PrinterFile, SettingsFile, printer_row
from tympan.plugin import BadInput, NotFound, PrinterMode, TympanError
from tympan_cli import _offline as offline
from tympan_cli._agent_link import CommandError, find_agent, need_agent
from tympan_cli._exits import Exit
from tympan_cli._output import as_json, console, fill, moment, show, table

DEFAULT_PORT = 39149


@click.group("printers")
def printers() -> None:
    """Define printers and install queues for them."""


@printers.command("add")
@click.argument("name")
@click.option("--uri", required=True, help="The device, such as ipp://printer.example/ipp/print.")
@click.option("--location", default="", help="Where it stands.")
@click.option("--mode", type=click.Choice([mode.value for mode in PrinterMode]), default="push", show_default=True)
@as_json
def add(name: str, uri: str, location: str, mode: str, as_json: bool) -> None:
    """Define a printer called NAME on a device."""
    place = offline.home()
    link = find_agent(place)
    if link is not None:
        row = link.ask("printers.add", name=name, uri=uri, location=location, mode=mode)
    else:
        row = _on_file(place, lambda file: file.add(name, uri, mode=PrinterMode(mode), location=location))
    row["endpoint"] = endpoint(place, row["id"])
    show(row, as_json, lambda _: click.echo(f"{row['id']} is defined; programs print to {row['endpoint']}"))


@printers.command("remove")
@click.argument("printer")
def remove(printer: str) -> None:
    """Remove a printer's definition; jobs already accepted wait until it is added again or they are canceled."""
    place = offline.home()
    link = find_agent(place)
    row = link.ask("printers.remove", printer=printer) if link else _on_file(place, lambda file: file.remove(printer))
    click.echo(f"{row['id']} is removed")


@printers.command("list")
@as_json
def list_printers(as_json: bool) -> None:
    """List printers, their endpoints and what was last seen of their devices."""
    place = offline.home()
    link = find_agent(place)
    if link is not None:
        rows = link.ask("printers.list")
    else:
        rows = [{**printer_row(printer), "device": None} for printer in _guarded(PrinterFile(place).read)]
    for row in rows:
        row["endpoint"] = endpoint(place, row["id"])
    show(rows, as_json, _people)


@printers.command("install")
@click.argument("printer")
@click.option("--queue", help="Name of the queue; the printer's id unless told.")
@as_json
def install(printer: str, queue: str | None, as_json: bool) -> None:
    """Make a queue of the operating system that prints to PRINTER, and prove it usable."""
    place = offline.home()
    link = need_agent(place)
    found = next((row for row in link.ask("printers.list") if printer in (row["id"], row["name"])), None)
    if found is None:
        raise CommandError(
            f"there is no printer {printer!r}", status=Exit.NOT_FOUND, next_step="See 'tympan printers list'."
        )
    uri = endpoint(place, found["id"])
    with console(stderr=True).status(f"Installing a queue for {found['name']} ..."):
        row = link.ask("queues.install", printer=found["id"], uri=uri, queue=queue or found["id"])
    show(row, as_json, lambda _: click.echo(f"queue {row['name']} prints to {found['name']} ({row['uri']})"))


@printers.command("uninstall")
@click.argument("queue")
def uninstall(queue: str) -> None:
    """Remove a queue of the operating system that leads to this agent."""
    if not need_agent(offline.home()).ask("queues.remove", queue=queue):
        raise CommandError(f"there is no queue {queue!r}", status=Exit.NOT_FOUND, next_step="See 'lpstat -v'.")
    click.echo(f"queue {queue} is removed")


@printers.command("trust")
@click.argument("printer")
@click.option("--yes", is_flag=True, help="Do not ask.")
def trust(printer: str, yes: bool) -> None:
    """Forget the pinned certificate of PRINTER's device: the one it shows next is pinned."""
    link = need_agent(offline.home())
    if not yes:
        click.confirm("Did somebody replace the device or its certificate on purpose?", abort=True)
    link.ask("printers.trust", printer=printer)
    click.echo(f"the certificate {printer} shows next is pinned")


def endpoint(place: Home, printer: str) -> str:
    """Where programs print to: the running agent's port, or the one it will use."""
    link = find_agent(place)
    port = link.port if link is not None else _configured_port(place)
    return f"ipp://localhost:{port}/ipp/print/{printer}"


def _configured_port(place: Home) -> int:
    for record in offline.records(place):
        if record.id == "local_site" and record.manifest is not None:
            try:
                return SettingsFile(place).of(record.manifest).integer("port")
            except TympanError:
                return DEFAULT_PORT
    return DEFAULT_PORT


def _on_file(place: Home, change: Callable[[PrinterFile], Any]) -> dict[str, Any]:
    return printer_row(_guarded(lambda: change(PrinterFile(place))))


def _guarded(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except TympanError as error:
        known = Exit.NOT_FOUND if isinstance(error, NotFound) else Exit.UNAVAILABLE
        status = Exit.USAGE if isinstance(error, BadInput) and not isinstance(error, NotFound) else known
        raise CommandError(error.cause, next_step=error.next_step, status=status) from error


def _people(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("no printers yet; define one: tympan printers add NAME --uri ipp://HOST/ipp/print")
        return
    made = table("printer", "name", "device", "state", flexible=("state",))
    fill(made, ((row["id"], row["name"], row["uri"], _condition(row["device"])) for row in rows))
    console().print(made)


def _condition(device: dict[str, Any] | None) -> str:
    if device is None:
        return "not asked yet"
    if not device["reachable"]:
        return f"away since {moment(device['answered_at']) or 'it was defined'}: {device['detail'] or device['reason']}"
    return "ready" if device["reason"] == "none" else f"{device['reason']}: {device['detail']}"
