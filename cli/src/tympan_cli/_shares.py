"""``tympan shares``: which queues of this computer are shared through the hub, and why the others are not."""

from __future__ import annotations

from typing import Any

import click

from tympan_cli._agent_link import home, need_agent
from tympan_cli._limits import SPOOLER_S
from tympan_cli._output import as_json, say, show, show_listing


@click.command("shares")
@as_json
def shares(as_json: bool) -> None:
    """List the queues of this computer: what each is at the hub, or why it is not shared."""
    show(need_agent(home()).ask("shares", within_s=SPOOLER_S), as_json, _render)


def _render(row: dict[str, Any]) -> None:
    from tympan_cli._listing import Column, Listing

    if row["trouble"]:
        say(f"the queues could not be listed, and stay shared as they were: {row['trouble']}")
    made = Listing(Column("queue", cut=True), Column("printer", cut=True), Column("state"), notes_under=0)
    for one in sorted(row["queues"], key=lambda one: (not one["share"], one["queue"])):
        state = (
            f"not shared: {one['why']}" if one["why"] else "shared" if one["printer"] else "the hub makes it a printer"
        )
        made.add(one["queue"], one["printer"], state)
    if row["queues"]:
        show_listing(made)
    elif not row["trouble"]:
        say("this computer has no queues")


def _state(one: dict[str, Any]) -> str:
    if one["why"]:
        return f"not shared: {one['why']}"
    return "shared" if one["printer"] else "shared as soon as the hub has made it a printer"
