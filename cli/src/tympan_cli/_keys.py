"""``tympan keys``: the keys of other agents as this one checked them, and what a person decides about them."""

from __future__ import annotations

from typing import Any, Final

import click

from tympan_cli._agent_link import home, need_agent
from tympan_cli._limits import HUB_S
from tympan_cli._output import as_json, colored, dim, moment, say, show, show_listing

_WAITS: Final = {
    "new": "new: accept it here",
    "changed": "changed: not confirmed",
    "unproved": "unproved: not confirmed",
}
"""What somebody has to do."""

_GROUP: Final = 4
"""Digits of a fingerprint that are read out in one breath."""


@click.group("keys", invoke_without_command=True)
@as_json
@click.pass_context
def keys(context: click.Context, as_json: bool) -> None:
    """Show the keys of other agents, and how far the key book of the hub was followed.

    Documents that go through the hub are locked for these keys. Compare the head of the book with other computers, by
    phone: where two are at the same entry and differ, the hub shows them two books.
    """
    if context.invoked_subcommand is None:
        show(need_agent(home()).ask("keys", within_s=HUB_S), as_json, _render)


@keys.command("accept", short_help="believe the key of an agent that was compared")
@click.argument("agent", metavar="AGENT")
@click.argument("fingerprint", metavar="FINGERPRINT...", nargs=-1, required=True)
@as_json
def accept(agent: str, fingerprint: tuple[str, ...], as_json: bool) -> None:
    """Believe that the key with this FINGERPRINT is AGENT's own: compare it first with what that computer shows.

    All of its 64 digits are named, with spaces or without. Where the hub has another key for AGENT by now, nothing is
    believed.
    """
    compared = "".join("".join(fingerprint).split()).lower()
    row = need_agent(home()).ask("keys.accept", agent=agent, fingerprint=compared, within_s=HUB_S)
    show(row, as_json, lambda _: say(f"{called(row)} is given documents with the key {grouped(row['fingerprint'])}"))


@keys.command("reread", short_help="follow the key book from its beginning")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def reread(yes: bool, as_json: bool) -> None:
    """Follow the key book from its first entry again, such as after the hub was restored from a backup.

    Whoever has another key in it than the one believed here waits for 'tympan keys accept'.
    """
    if not yes:
        click.confirm("Forget what was checked of the key book, and believe the hub's as it is now?", abort=True)
    show(need_agent(home()).ask("keys.reread", within_s=HUB_S), as_json, _render)


def called(row: dict[str, Any]) -> str:
    """An agent, as people call it."""
    return str(row["name"] or row["agent"])


def grouped(fingerprint: str) -> str:
    """A fingerprint as it is read out."""
    return " ".join(fingerprint[at : at + _GROUP] for at in range(0, len(fingerprint), _GROUP))


def _render(row: dict[str, Any]) -> None:
    from tympan_cli._listing import Cell, Column, Listing

    if row["trouble"]:
        say(row["trouble"])
        say("")
    if row["agents"]:
        made = Listing(
            Column("name", cut=True), Column("agent", drop=2), Column("state"), Column("since", drop=1), notes_under=0
        )
        for one in row["agents"]:
            name = f"{called(one)} (this computer)" if one["this"] else called(one)
            waits = _WAITS.get(one["state"])
            state = Cell(text=waits, style="yellow") if waits else colored(one["state"])
            made.add(name, one["agent"][:8], state, moment(one["since"]), notes=[dim(grouped(one["fingerprint"]))])
        show_listing(made)
        say("")
    if not row["number"]:
        say("the hub has no key book, or it was not followed yet")
        return
    say(f"The book was checked up to entry {row['number']}. Its head, to compare with other computers:")
    say(grouped(row["digest"]))
