"""``tympan hub``: makes this agent known to a hub, and forgets it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tympan_cli._agent_link import home, need_agent
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._limits import HUB_S
from tympan_cli._output import as_json, colored, console, say, show, show_listing


@click.group("hub")
def hub() -> None:
    """Enrol this agent at a hub, see how it stands there, leave it."""


@hub.command("enrol", short_help="make this agent known to a hub")
@click.argument("address", metavar="[URL]", default="")
@click.option("--token", default="", help="The one-use token an administrator made in the portal.")
@click.option(
    "--from",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with the lines hub=URL and token=TOKEN, as installers leave it.",
)
@as_json
def enrol(address: str, token: str, file: Path | None, as_json: bool) -> None:
    """Make this agent known to the hub at URL: it takes policy and printers from there, and reports its jobs."""
    if file is not None:
        address, token = _told_in(file)
    if not address or not token:
        raise click.UsageError("a hub's URL and --token, or --from, are needed")
    link = need_agent(home())
    with console(stderr=True).status(f"Enrolling at {address} ..."):
        row = link.ask("hub.enrol", address=address, token=token, within_s=HUB_S)
    show(row, as_json, lambda _: say(f"this agent belongs to {tenant(row)} at {row['address']}"))


@hub.command("status", short_help="which hub this agent belongs to")
@as_json
def status(as_json: bool) -> None:
    """Say which hub and tenant this agent belongs to, and whether the hub takes it."""
    show(need_agent(home()).ask("hub.status"), as_json, _render)


@hub.command("leave", short_help="forget the hub")
@as_json
def leave(as_json: bool) -> None:
    """Forget the hub: its policy and printers hold no more, and nothing is reported. Jobs go on."""
    row = need_agent(home()).ask("hub.leave", within_s=HUB_S)
    said = f"this agent has left {row['address']}" if row["enrolled"] else "this agent belonged to no hub"
    show(row, as_json, lambda _: say(said))


def _told_in(file: Path) -> tuple[str, str]:
    """The hub and the token of a file; a token stands in no list of processes that way."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        cause = f"{file} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise CommandError(cause, next_step="Look who may read it.", status=Exit.NOT_FOUND) from error
    told = dict(line.strip().partition("=")[::2] for line in lines)
    if not told.get("hub") or not told.get("token"):
        raise CommandError(
            f"{file} says no hub or no token", next_step="Write hub=URL and token=TOKEN into it.", status=Exit.USAGE
        )
    return told["hub"], told["token"]


def tenant(row: dict[str, Any]) -> str:
    """Whose agent it is, as people call it."""
    return str(row["tenant_name"] or row["tenant"])


def _render(row: dict[str, Any]) -> None:
    if not row["enrolled"]:
        say("this agent belongs to no hub; join one: tympan login URL")
        return
    from tympan_cli._listing import Column, Listing

    made = Listing(Column(), Column(wrap=True))
    made.add("hub", row["address"])
    made.add("tenant", tenant(row))
    made.add("agent", row["agent"])
    made.add("state", row["trouble"] or colored("ok"))
    show_listing(made)
