"""``tympan devices``: what the discoveries of this computer have in view."""

from __future__ import annotations

from typing import Any

import click

from tympan_cli._agent_link import home, need_agent
from tympan_cli._output import as_json, dim, say, show, show_listing


@click.command("devices")
@as_json
def devices(as_json: bool) -> None:
    """List the devices that the discoveries of this computer have in view. Nothing in it is proved."""
    show(need_agent(home()).ask("devices"), as_json, _render)


def _render(answer: dict[str, Any]) -> None:
    from tympan_cli._listing import Column, Listing

    if not answer["discoveries"]:
        say("No discovery runs here; see 'tympan plugins' for why.")
        return
    model, method = Column("model", cut=True, drop=2), Column("found by", drop=1)
    made = Listing(Column("device", cut=True), model, method, Column("at"))
    for row in sorted(answer["devices"], key=lambda row: (row["description"]["name"].lower(), row["key"])):
        told = row["description"]
        made.add(told["name"] or row["host"], told["make_and_model"], row["method"], _place(row), notes=_notes(row))
    if answer["devices"]:
        show_listing(made)
    for standing in answer["discoveries"]:
        say(_standing(standing, sum(row["method"] == standing["method"] for row in answer["devices"])))


def _place(row: dict[str, Any]) -> str:
    return str(row["uri"] or next(iter(row["services"]), "") or next(iter(row["addresses"]), row["host"]))


def _notes(row: dict[str, Any]) -> list[Any]:
    told = row["description"]
    state = " ".join([told["state"], *told["reasons"]]).strip()
    known = ", ".join(part for part in (told["location"], state, row["mac"]) if part)
    return [dim(known), row["detail"]]


def _standing(standing: dict[str, Any], seen: int) -> str:
    method = standing["method"]
    if standing["problem"]:
        return f"{method}: {standing['problem']}"
    if standing["swept_at"] is None:
        return f"{method}: {seen} in view, no sweep has ended yet."
    dropped = f", {standing['dropped']} records dropped" if standing["dropped"] else ""
    return f"{method}: {seen} in view, last swept {standing['swept_at'][:19]}Z{dropped}."
