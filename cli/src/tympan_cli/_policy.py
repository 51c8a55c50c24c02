"""``tympan policy``: why a capability is on or off, and editing this machine's own policy."""

from __future__ import annotations

import datetime as dt
import difflib
import time
from typing import Any

import attrs
import click

from tympan.admin import (
    Home,
    PolicyDocument,
    Scope,
    Verdict,
    explain,
    key_id,
    open_policy,
    public_key_of,
    sign_policy,
    write_file,
)
from tympan.plugin import BadPolicy
from tympan_cli import _offline as offline
from tympan_cli._agent_link import Announcement, find_agent, home, look
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._output import as_json, colored, dim, say, show, show_listing

SEEN_SOON = "the running agent sees it within a second"
"""The listener that would carry the order may be what is switched off; the agent looks at the file anyway."""


@click.group("policy")
def policy() -> None:
    """Explain policy, or edit this machine's own."""


@policy.command("explain", short_help="who decides that a key is on or off")
@click.argument("key")
@as_json
def explain_key(key: str, as_json: bool) -> None:
    """Say whether KEY is on, and which scope, document and number decides."""
    place = home()
    link = find_agent(place)
    show(link.ask("policy.explain", key=key) if link else _from_files(place, key), as_json, _render)


@policy.command("set", short_help="write this machine's own policy")
@click.argument("key")
@click.argument("verdict", type=click.Choice([verdict.value for verdict in Verdict]))
def set_key(key: str, verdict: str) -> None:
    """Write KEY into this machine's policy file, signed; a running agent obeys at once."""
    place = home()
    _check_key(place, key)
    document = _edit(place, key, Verdict(verdict))
    told = _nudge(look(place))
    say(f"{key} is {verdict} in this machine's policy, number {document.number}; {told}")


def _nudge(found: Announcement) -> str:
    if found.link is None:
        return SEEN_SOON if found.deaf else "it holds from the agent's next start"
    try:
        found.link.ask("reload")
    except CommandError:
        return SEEN_SOON
    return "the running agent obeys now"


def _from_files(place: Home, key: str) -> Any:
    specs = offline.capabilities(offline.records(place))
    return offline.guarded(lambda: explain(offline.policy(place), key, specs.get(key), sorted(specs)))


def _check_key(place: Home, key: str) -> None:
    known = sorted(offline.capabilities(offline.records(place)))
    if key not in known:
        close = difflib.get_close_matches(key, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"Known keys: {', '.join(known) or 'none'}."
        raise CommandError(f"no plugin offers {key!r}", next_step=hint, status=Exit.NOT_FOUND)


def _key(place: Home, key: str, verdict: Verdict) -> bytes:
    try:
        return offline.signing_key(place)
    except CommandError as error:
        from tympan_cli._system_agent import as_the_service

        then = as_the_service(place.root, "policy", "set", key, verdict.value) or error.next_step
        raise CommandError(error.cause, next_step=then, status=error.status) from error


def _edit(place: Home, key: str, verdict: Verdict) -> PolicyDocument:
    private = _key(place, key, verdict)
    path = place.policy / f"{Scope.MACHINE.value}.json"
    now = dt.datetime.now(dt.UTC)
    # Seconds since 1970 as a floor: a new file after the old one was removed still has a newer number.
    number = int(time.time())
    rules: dict[str, Verdict] = {}
    try:
        public = public_key_of(private)
        before = open_policy(path.read_bytes(), {key_id(public): public})
        number, rules = max(number, before.number + 1), dict(before.rules)
    except FileNotFoundError:
        pass
    except (OSError, BadPolicy) as error:
        cause = f"this machine's policy {path} cannot be read: {error}"
        raise CommandError(cause, next_step="Remove the file to begin a new policy.", status=Exit.FAILED) from error
    document = PolicyDocument(scope=Scope.MACHINE, name=Scope.MACHINE.value, number=number, issued_at=now)
    document = attrs.evolve(document, rules={**rules, key: verdict})
    offline.guarded(lambda: write_file(path, sign_policy(document, private)))
    return document


def _render(row: dict[str, Any]) -> None:
    from tympan_cli._listing import Cell, Column, Listing

    made = Listing(Column("who says"), Column("what"), Column("why", wrap=True))
    for said in row["chain"]:
        made.add(said["scope"], colored(said["verdict"]), said["reason"])
    made.add("default", colored(row["default"]), dim("what holds when nobody says anything"))
    for document in row["documents"]:
        if document["expires_at"]:
            until = f"number {document['number']} is good until {document['expires_at'][:10]}"
            made.add(document["scope"], "", dim(f"{until}, and renewed before"))
    for problem in row["problems"]:
        made.add(problem["scope"], colored("refused"), Cell(text=problem["reason"], style="red"))
    head = Listing(Column(wrap=True))
    head.add(f"{row['key']} is {'on' if row['on'] else 'off'}: {row['reason']}", notes=[" "])
    show_listing(head)
    show_listing(made)
