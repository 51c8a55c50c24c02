"""``tympan plugins``: every plugin found, and what became of it."""

from __future__ import annotations

from typing import Any

import click

from tympan.admin import plugin_row
from tympan_cli import _offline as offline
from tympan_cli._agent_link import find_agent
from tympan_cli._output import as_json, console, fill, show, table


@click.command("plugins")
@click.option("--gate", is_flag=True, help="Show each step of the gate.")
@as_json
def plugins(gate: bool, as_json: bool) -> None:
    """List every plugin found: its distribution, status and the reason."""
    place = offline.home()
    link = find_agent(place)
    rows = link.ask("plugins") if link else _from_files(place)
    show(rows, as_json, lambda answer: _people(answer, gate))


def _from_files(place: Any) -> list[dict[str, Any]]:
    book = offline.policy(place)
    rows = []
    for record in offline.records(place):
        status, reason = offline.decided(record, book)
        rows.append({**plugin_row(record), "status": status, "reason": reason})
    return rows


def _people(rows: list[dict[str, Any]], gate: bool) -> None:
    made = table("plugin", "distribution", "status", "capabilities", "reason", flexible=("reason",))
    for row in rows:
        name = f"{row['distribution']} {row['version']}"
        reason = row["reason"] or row["summary"]
        fill(made, [(row["id"], name, row["status"], " ".join(row["capabilities"]), reason)])
        for step in row["gate"] if gate else ():
            mark = "passed" if step["passed"] else "stopped"
            fill(made, [("", "", "", f"  {step['step']}: {mark}", step["detail"])])
    console().print(made)
