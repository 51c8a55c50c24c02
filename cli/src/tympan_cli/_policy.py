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
from tympan.plugin import BadPolicy, TympanError
from tympan_cli import _offline as offline
from tympan_cli._agent_link import AgentLink, CommandError, find_agent
from tympan_cli._exits import Exit
from tympan_cli._output import as_json, console, show


@click.group("policy")
def policy() -> None:
    """Explain policy, or edit this machine's own."""


@policy.command("explain")
@click.argument("key")
@as_json
def explain_key(key: str, as_json: bool) -> None:
    """Say whether KEY is on, and which scope, document and number decides."""
    place = offline.home()
    link = find_agent(place)
    show(link.ask("policy.explain", key=key) if link else _from_files(place, key), as_json, _people)


@policy.command("set")
@click.argument("key")
@click.argument("verdict", type=click.Choice([verdict.value for verdict in Verdict]))
def set_key(key: str, verdict: str) -> None:
    """Write KEY into this machine's policy file, signed; a running agent obeys at once."""
    place = offline.home()
    _check_key(place, key)
    document = _edit(place, key, Verdict(verdict))
    told = _nudge(find_agent(place))
    click.echo(f"{key} is {verdict} in this machine's policy, number {document.number}; {told}")


def _nudge(link: AgentLink | None) -> str:
    if link is None:
        return "it holds from the agent's next start"
    try:
        link.ask("reload")
    except CommandError:
        # The listener that carries the answer may be what was just switched off; the agent looks at the file anyway.
        return "the running agent sees it within a second"
    return "the running agent obeys now"


def _from_files(place: Home, key: str) -> Any:
    specs = offline.capabilities(offline.records(place))
    try:
        return explain(offline.policy(place), key, specs.get(key), sorted(specs))
    except TympanError as error:
        raise CommandError(error.cause, next_step=error.next_step, status=Exit.NOT_FOUND) from error


def _check_key(place: Home, key: str) -> None:
    known = sorted(offline.capabilities(offline.records(place)))
    if key not in known:
        close = difflib.get_close_matches(key, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"Known keys: {', '.join(known) or 'none'}."
        raise CommandError(f"no plugin offers {key!r}", next_step=hint, status=Exit.NOT_FOUND)


def _edit(place: Home, key: str, verdict: Verdict) -> PolicyDocument:
    private = offline.signing_key(place)
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
    try:
        write_file(path, sign_policy(document, private))
    except TympanError as error:
        raise CommandError(error.cause, next_step=error.next_step, status=Exit.UNAVAILABLE) from error
    return document


def _people(row: dict[str, Any]) -> None:
    screen = console()
    answer = "[green]on[/]" if row["on"] else "[red]off[/]"
    screen.print(f"[bold]{row['key']}[/] is {answer}: ", end="")
    screen.print(row["reason"], markup=False)
    for said in row["chain"]:
        screen.print(f"  {said['scope']:14}{said['verdict']:5}{said['reason']}", markup=False)
    screen.print(f"  {'default':14}{row['default']:5}what holds when nobody says anything", markup=False)
    for problem in row["problems"]:
        screen.print(f"  [red]refused[/] {problem['scope']} policy: ", end="")
        screen.print(problem["reason"], markup=False)
