"""``tympan status``: does the agent run, how are its keys kept, what needs attention."""

from __future__ import annotations

import sys
from typing import Any

import click

from tympan_cli._agent_link import home, look
from tympan_cli._exits import Exit
from tympan_cli._output import as_json, moment, say, show, show_listing


@click.command("status")
@as_json
def status(as_json: bool) -> None:
    """Say whether the agent runs, how its keys are kept, and what needs attention."""
    place = home()
    found = look(place)
    if found.link is not None:
        row = {"running": True, "port": found.link.port, **found.link.ask("status")}
        show(row, as_json, _render)
        return
    row = {"running": False, "home": str(place.root), "gone": found.gone}
    show(row, as_json, lambda _: say(f"{found.cause(place)}. {found.next_step}"))
    sys.exit(Exit.NOT_RUNNING)


def _render(row: dict[str, Any]) -> None:
    from tympan_cli._listing import Cell, Column, Listing

    made = Listing(Column(), Column(wrap=True))
    running = f"running since {moment(row['started_at'])}, process {row['pid']}, port {row['port']}"
    made.add("agent", Cell(text=running, style="green"))
    made.add("state folder", row["home"])
    made.add("keys", row["keys_statement"])
    made.add("plugins", ", ".join(f"{count} {state}" for state, count in row["plugins"].items()) or "none")
    made.add("printers", str(row["printers"]))
    made.add("open jobs", str(row["jobs_open"]))
    for problem in row["problems"]:
        made.add(Cell(text="problem", style="red"), problem)
    show_listing(made)
