"""``tympan doctor``: looks at everything the agent needs, and says what is wrong and what to do."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import attrs
import click

from tympan.admin import Home, make_folder, write_file
from tympan.plugin import TympanError
from tympan_cli._agent_link import AgentLink, home, look, port_answers
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._limits import EXAMINE_S
from tympan_cli._output import as_json, colored, say_aside, show, show_listing
from tympan_cli._plugins import from_files
from tympan_cli._printers import condition, configured_port

SPACE_BYTES: Final = 200 * 1000 * 1000
"""Less free space than this is worth a word: a day's documents may not fit."""
OK, NOTE, PROBLEM = "ok", "note", "problem"
BROKEN: Final = ("failed", "refused", "blocked")
"""States of a plugin that somebody has to look at."""


@attrs.frozen(kw_only=True)
class Finding:
    """One thing looked at. ``verdict`` is ok, note or problem; ``then`` is the next step."""

    topic: str
    verdict: str
    found: str
    then: str = ""


@click.command("doctor")
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write an archive for whoever helps: without titles, names of people, tokens and keys.",
)
@as_json
def doctor(bundle: Path | None, as_json: bool) -> None:
    """Look at everything the agent needs and say what is wrong and what to do."""
    place = home()
    findings = [attrs.asdict(finding) for finding in _said_once(list(_examine(place)))]
    show(findings, as_json, _findings)
    if bundle is not None:
        from tympan_cli._bundle import write_bundle

        write_bundle(bundle, place, findings)
        say_aside(f"{bundle} is written; look through it before you give it away")
    if any(finding["verdict"] == PROBLEM for finding in findings):
        sys.exit(Exit.PROBLEMS)


def _findings(rows: list[dict[str, str]]) -> None:
    from tympan_cli._listing import Cell, Column, Listing

    made = Listing(Column(), Column(), Column(wrap=True), notes_under=2)
    for row in rows:
        then = [Cell(text=f"→ {row['then']}", style="bold")] if row["then"] else []
        made.add(colored(row["verdict"]), row["topic"], row["found"], notes=then)
    show_listing(made)


def _said_once(findings: list[Finding]) -> Iterator[Finding]:
    """Without notes that say again what another finding says: plugins say how they fare, and are asked besides."""
    said = [finding.found for finding in findings]
    for number, finding in enumerate(findings):
        words = finding.found.partition(": ")[2] if finding.topic == "plugin" else finding.found
        others = said[:number] if finding.topic != "plugin" else said[:number] + said[number + 1 :]
        if finding.verdict != NOTE or words not in others:
            yield finding


def _examine(place: Home) -> Iterator[Finding]:
    link, fault = None, None
    try:
        found = look(place)
        if found.system is not None:
            yield _of_the_system(found.system)
            return
        link = found.link
    except CommandError as error:
        fault = Finding(topic="agent", verdict=PROBLEM, found=error.cause, then=error.next_step)
    yield _folder(place)
    yield _space(place)
    if fault is not None:
        yield fault
    looks: dict[str, Callable[[], Iterator[Finding]]]
    if link is None:
        looks = {
            "agent": lambda: _absent(place),
            "port": lambda: _port(place),
            "plugins": lambda: _plugins(from_files(place)),
        }
    else:
        topics = {
            "agent": _agent,
            "plugins": _asked_plugins,
            "surroundings": _surroundings,
            "devices": _devices,
            "queues": _queues,
            "jobs": _stuck,
        }
        looks = {topic: functools.partial(each, link) for topic, each in topics.items()}
    for topic, each in looks.items():
        yield from _guarded(topic, each)


def _of_the_system(port: int) -> Finding:
    """Who is not its administrator may know that it is there, and sees their own part in the browser."""
    then = "'sudo tympan doctor' looks at all of it; 'tympan open' shows what is yours."
    return Finding(topic="agent", verdict=OK, found=f"this computer's agent answers on port {port}", then=then)


def _guarded(topic: str, each: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from each()
    except CommandError as error:
        yield Finding(topic=topic, verdict=NOTE, found=error.cause, then=error.next_step)


def _folder(place: Home) -> Finding:
    if _is_anothers(place.root):
        return Finding(topic="state folder", verdict=OK, found=f"{place.root}, of the service's account")
    probe = place.root / "run" / ".doctor"
    try:
        make_folder(place.root)
        write_file(probe, b"")
        probe.unlink(missing_ok=True)
    except TympanError as error:
        return Finding(topic="state folder", verdict=PROBLEM, found=error.cause, then=error.next_step)
    wide = os.name == "posix" and place.root.stat().st_mode & 0o077
    if wide:
        then = f"chmod 700 {place.root}"
        return Finding(topic="state folder", verdict=NOTE, found=f"{place.root} may be read by others", then=then)
    return Finding(topic="state folder", verdict=OK, found=str(place.root))


def _is_anothers(root: Path) -> bool:
    """Root looks at the service's folder: what root wrote there, its account could not take away."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and root.is_dir() and root.stat().st_uid != 0


def _space(place: Home) -> Finding:
    there = next(path for path in (place.root, *place.root.parents) if path.is_dir())
    free = shutil.disk_usage(there).free
    found = f"{free / 1e9:.1f} GB free"
    if free < SPACE_BYTES:
        return Finding(topic="disk", verdict=PROBLEM, found=found, then="Free some: jobs need room to be accepted.")
    return Finding(topic="disk", verdict=OK, found=found)


def _absent(place: Home) -> Iterator[Finding]:
    found = look(place)
    gone = f"; {found.gone}" if found.gone else ""
    said = f"{'cannot be asked' if found.deaf else 'does not run'}{gone}"
    yield Finding(topic="agent", verdict=PROBLEM, found=said, then=found.next_step)


def _port(place: Home) -> Iterator[Finding]:
    try:
        port = configured_port(place)
    except CommandError as error:
        yield Finding(topic="port", verdict=PROBLEM, found=error.cause, then=error.next_step)
        return
    if port and not _is_held(place) and port_answers(port):
        then = "Stop that program, or run the agent elsewhere: tympan run --port N"
        yield Finding(topic="port", verdict=PROBLEM, found=f"another program listens on {port}", then=then)


def _is_held(place: Home) -> bool:
    from tympan_cli._system_agent import port_is_held

    return port_is_held(place.root)


def _agent(link: AgentLink) -> Iterator[Finding]:
    row = link.ask("status")
    yield Finding(topic="agent", verdict=OK, found=f"answers on port {link.port}, process {row['pid']}")
    verdict = NOTE if row["keys"] == "file" else OK
    then = "Let the service manager hand over a credential, or use a keyring; see docs/guides/unattended-install.md."
    yield Finding(topic="keys", verdict=verdict, found=row["keys_statement"], then=then if verdict == NOTE else "")
    for problem in row["problems"]:
        yield Finding(topic="agent", verdict=PROBLEM, found=problem, then="See docs/guides/troubleshooting.md.")


def _asked_plugins(link: AgentLink) -> Iterator[Finding]:
    rows = link.ask("plugins")
    yield from _plugins(rows)
    running = sum(row["status"] == "running" for row in rows)
    yield Finding(topic="plugins", verdict=OK, found=f"{running} of {len(rows)} run")


def _plugins(rows: list[dict[str, Any]]) -> Iterator[Finding]:
    for row in rows:
        if row["status"] == "running" and row["reason"]:
            yield Finding(topic="plugin", verdict=NOTE, found=f"{row['id']}: {row['reason']}")
        if row["status"] in BROKEN:
            then = f"'tympan plugins --gate' shows how far {row['id']} came."
            found = f"{row['id']} {row['status']}: {row['reason']}"
            yield Finding(topic="plugin", verdict=PROBLEM, found=found, then=then)


def _surroundings(link: AgentLink) -> Iterator[Finding]:
    """What plugins find of what they stand on: the hub by each way, the spooler, the clock."""
    for row in link.ask("examine", within_s=EXAMINE_S):
        yield Finding(topic=row["topic"], verdict=row["health"], found=row["found"], then=row["then"])


def _devices(link: AgentLink) -> Iterator[Finding]:
    for row in link.ask("printers.list"):
        if not row["uri"]:
            continue  # its jobs come out at the devices of others
        state, detail = condition(row["device"])
        if state == "ready":
            yield Finding(topic="device", verdict=OK, found=f"{row['id']} is ready")
        elif state == "not asked":
            yield Finding(topic="device", verdict=NOTE, found=f"{row['id']} was not asked yet")
        else:
            then = f"Look at the device: {row['uri']}"
            yield Finding(topic="device", verdict=PROBLEM, found=f"{row['id']} is {state}, {detail}", then=then)


def _queues(link: AgentLink) -> Iterator[Finding]:
    for row in link.ask("queues.list"):
        if row["ours"] and not row["usable"]:
            then = f"Run 'tympan printers install {row['name']}' again."
            yield Finding(topic="queue", verdict=PROBLEM, found=f"{row['name']} has no driver", then=then)
        elif row["ours"] and row["state"] == "stopped":
            then = f"Run 'cupsenable {row['name']}'."
            yield Finding(topic="queue", verdict=PROBLEM, found=f"{row['name']} is stopped", then=then)
        elif row["ours"]:
            yield Finding(topic="queue", verdict=OK, found=f"{row['name']} is usable")


def _stuck(link: AgentLink) -> Iterator[Finding]:
    for row in link.ask("jobs.list"):
        if row["state"] == "unknown":
            act = f"tympan job {row['number']}"
            then = f"Look at the device; then '{act} --settle' if it was printed, '{act} --release' to print it again."
            yield Finding(topic="job", verdict=PROBLEM, found=f"job {row['number']}: {row['detail']}", then=then)
