"""``tympan plugins``: every plugin found, and what became of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from tympan_cli._agent_link import find_agent, home
from tympan_cli._output import as_json, colored, dim, show, show_listing

if TYPE_CHECKING:
    from tympan.admin import Home
    from tympan_cli._listing import Cell


@click.command("plugins")
@click.option("--gate", is_flag=True, help="Show each step of the gate.")
@as_json
def plugins(gate: bool, as_json: bool) -> None:
    """List every plugin found: its distribution, status and the reason."""
    place = home()
    link = find_agent(place)
    rows = link.ask("plugins") if link else from_files(place)
    show(rows, as_json, lambda answer: _render(answer, gate))


def from_files(place: Home) -> list[dict[str, Any]]:
    """What becomes of each plugin at the next start, in the shape the agent answers."""
    from tympan.admin import StallBook, plugin_row
    from tympan_cli import _offline as offline

    book, stalls, now = offline.policy(place), StallBook(place.stalls_file), dt.datetime.now(dt.UTC)
    rows = []
    for record in offline.records(place):
        status, reason = offline.decided(record, book)
        if status == "found" and (held := stalls.reason(record.id, record.version, now)):
            status, reason = "blocked", held
        rows.append({**plugin_row(record), "status": status, "reason": reason})
    return rows


def _render(rows: list[dict[str, Any]], gate: bool) -> None:
    from tympan_cli._listing import Column, Listing

    capabilities, distribution = Column("capabilities", drop=1), Column("distribution", drop=2)
    made = Listing(Column("plugin"), Column("status"), capabilities, distribution)
    for row in rows:
        offered = " ".join(row["capabilities"])
        source = f"{row['distribution']} {row['version']}"
        notes = [row["reason"] or dim(row["summary"]), *_standing(row), *(_step(step) for step in row["gate"] if gate)]
        made.add(row["id"], colored(row["status"]), offered, source, notes=notes)
    show_listing(made)


def _standing(row: dict[str, Any]) -> list[Cell]:
    """Where it runs, when that is not in the agent, and how often it had to be started again."""
    own, restarts = row.get("isolation") == "process", row["restarts"]
    words = ["in a process of its own"] if own else []
    words += [f"started again {restarts} time{'' if restarts == 1 else 's'}"] if restarts else []
    return [dim(", ".join(words))] if words else []


def _step(step: dict[str, Any]) -> Cell:
    from tympan_cli._listing import Cell

    word = "passed" if step["passed"] else "stopped"
    detail = f": {step['detail']}" if step["detail"] else ""
    return Cell(text=f"{word:8}{step['step']}{detail}", style="green" if step["passed"] else "red")
