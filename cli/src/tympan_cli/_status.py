"""``tympan status`` and ``tympan doctor``: is all well, and if not, what to do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import attrs
import click

from tympan.admin import Home, make_folder, write_file
from tympan.plugin import TympanError
from tympan_cli import _offline as offline
from tympan_cli._agent_link import AgentLink, CommandError, find_agent
from tympan_cli._exits import Exit
from tympan_cli._output import as_json, console, fill, moment, show, table

SPACE_BYTES: Final = 200 * 1000 * 1000
"""Less free space than this is worth a word: a day's documents may not fit."""


@click.command("status")
@as_json
def status(as_json: bool) -> None:
    """Say whether the agent runs, how its keys are kept, and what needs attention."""
    place = offline.home()
    link = find_agent(place)
    if link is None:
        row = {"running": False, "home": str(place.root)}
        show(row, as_json, lambda _: click.echo(f"no agent runs in {place.root}; start it with 'tympan run'"))
        sys.exit(Exit.NOT_RUNNING)
    row = {"running": True, "port": link.port, **link.ask("status")}
    show(row, as_json, _people)


def _people(row: dict[str, Any]) -> None:
    screen = console()
    plugins = ", ".join(f"{count} {state}" for state, count in row["plugins"].items())
    for name, value in (
        ("agent", f"running since {moment(row['started_at'])}, process {row['pid']}, port {row['port']}"),
        ("state folder", row["home"]),
        ("keys", row["keys_statement"]),
        ("plugins", plugins),
        ("printers", str(row["printers"])),
        ("open jobs", str(row["jobs_open"])),
    ):
        screen.print(f"[bold]{name:13}[/]", end="")
        screen.print(value, markup=False)
    for problem in row["problems"]:
        screen.print("[red]problem      [/]", end="")
        screen.print(problem, markup=False)


@attrs.frozen(kw_only=True)
class Finding:
    """One thing looked at. ``verdict`` is ok, note or problem; ``then`` is the next step."""

    topic: str
    verdict: str
    found: str
    then: str = ""


@click.command("doctor")
@as_json
def doctor(as_json: bool) -> None:
    """Look at everything the agent needs and say what is wrong and what to do."""
    place = offline.home()
    findings = [attrs.asdict(finding) for finding in _examine(place)]
    show(findings, as_json, _findings)
    if any(finding["verdict"] == "problem" for finding in findings):
        sys.exit(Exit.PROBLEMS)


def _findings(rows: list[dict[str, str]]) -> None:
    made = table("", "what", "found", "next step", flexible=("found", "next step"))
    marks = {"ok": "ok", "note": "note", "problem": "failed"}
    fill(made, ((marks[row["verdict"]], row["topic"], row["found"], row["then"]) for row in rows))
    console().print(made)


def _examine(place: Home) -> Iterator[Finding]:
    yield _folder(place)
    yield _space(place)
    link = None
    try:
        link = find_agent(place)
    except CommandError as error:
        yield Finding(topic="agent", verdict="problem", found=error.cause, then=error.next_step)
    if link is None:
        yield Finding(topic="agent", verdict="problem", found="does not run", then="Start it with 'tympan run'.")
        return
    for look in (_agent, _plugins, _devices, _queues, _stuck):
        yield from _asked(look, link)


def _asked(look: Callable[[AgentLink], Iterator[Finding]], link: AgentLink) -> Iterator[Finding]:
    try:
        yield from look(link)
    except CommandError as error:
        yield Finding(topic=look.__name__.strip("_"), verdict="note", found=error.cause, then=error.next_step)


def _folder(place: Home) -> Finding:
    probe = place.root / "run" / ".doctor"
    try:
        make_folder(place.root)
        write_file(probe, b"")
        probe.unlink(missing_ok=True)
    except TympanError as error:
        return Finding(topic="state folder", verdict="problem", found=error.cause, then=error.next_step)
    wide = os.name == "posix" and place.root.stat().st_mode & 0o077
    if wide:
        then = f"chmod 700 {place.root}"
        return Finding(topic="state folder", verdict="note", found=f"{place.root} may be read by others", then=then)
    return Finding(topic="state folder", verdict="ok", found=str(place.root))


def _space(place: Home) -> Finding:
    free = shutil.disk_usage(place.root if place.root.exists() else "/").free
    found = f"{free / 1e9:.1f} GB free"
    if free < SPACE_BYTES:
        return Finding(
            topic="disk", verdict="problem", found=found, then="Free some space: jobs need room to be accepted."
        )
    return Finding(topic="disk", verdict="ok", found=found)


def _agent(link: AgentLink) -> Iterator[Finding]:
    row = link.ask("status")
    yield Finding(topic="agent", verdict="ok", found=f"answers on port {link.port}, process {row['pid']}")
    verdict = "note" if row["keys"] == "file" else "ok"
    yield Finding(topic="keys", verdict=verdict, found=row["keys_statement"])
    for problem in row["problems"]:
        yield Finding(topic="agent", verdict="problem", found=problem, then="See 'tympan status'.")


def _plugins(link: AgentLink) -> Iterator[Finding]:
    rows = link.ask("plugins")
    bad = [row for row in rows if row["status"] in ("failed", "refused", "blocked")]
    for row in bad:
        then = f"tympan plugins --gate shows how far {row['id']} came."
        yield Finding(
            topic="plugin", verdict="problem", found=f"{row['id']} {row['status']}: {row['reason']}", then=then
        )
    running = sum(row["status"] == "running" for row in rows)
    yield Finding(topic="plugins", verdict="ok", found=f"{running} of {len(rows)} run")


def _devices(link: AgentLink) -> Iterator[Finding]:
    for row in link.ask("printers.list"):
        device = row["device"] or {}
        if not device:
            yield Finding(topic="device", verdict="note", found=f"{row['id']}: not asked yet")
        elif not device["reachable"] or device["reason"] != "none":
            found = f"{row['id']}: {device['detail'] or device['reason']}"
            then = f"Is the device at {row['uri']} switched on and connected?"
            yield Finding(topic="device", verdict="problem", found=found, then=then)
        else:
            yield Finding(topic="device", verdict="ok", found=f"{row['id']} answers")


def _queues(link: AgentLink) -> Iterator[Finding]:
    for row in link.ask("queues.list"):
        if row["ours"] and not row["usable"]:
            then = f"tympan printers install {row['name']}"
            yield Finding(topic="queue", verdict="problem", found=f"{row['name']} has no driver", then=then)
        elif row["ours"] and row["state"] == "stopped":
            yield Finding(
                topic="queue", verdict="problem", found=f"{row['name']} is stopped", then=f"cupsenable {row['name']}"
            )
        elif row["ours"]:
            yield Finding(topic="queue", verdict="ok", found=f"{row['name']} is usable")


def _stuck(link: AgentLink) -> Iterator[Finding]:
    for row in link.ask("jobs.list"):
        if row["state"] == "unknown":
            then = f"Look at the device, then tympan job {row['number']} --settle, or --release to print it again."
            yield Finding(topic="job", verdict="problem", found=f"job {row['number']}: {row['detail']}", then=then)
