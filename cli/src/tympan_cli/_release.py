"""``tympan held`` and ``release``: jobs of pull printers, and where they come out."""

from __future__ import annotations

import getpass
from typing import Any, Final

import click

from tympan_cli._agent_link import home, need_agent
from tympan_cli._errors import CommandError
from tympan_cli._exits import Exit
from tympan_cli._grants import GrantFile
from tympan_cli._limits import HUB_S
from tympan_cli._output import as_json, moment, say, show, show_listing
from tympan_cli._text import counted
from tympan_cli._words import COLORS, SIDES

_WAITS: Final = "it waits until you ask for it at a device"
"""What the agent says of every held job: in a list of held jobs, only what else it says is worth a line."""


@click.command("held", short_help="what waits for you at the devices")
@as_json
def held(as_json: bool) -> None:
    """List your jobs that wait until you release them at a device, oldest first."""
    show(need_agent(home()).ask("held", user=getpass.getuser()), as_json, _list)


@click.command("release", short_help="let held jobs come out at a device")
@click.argument("jobs", metavar="[JOB]...", nargs=-1)
@click.option("--at", metavar="DEVICE", default="", help="Its name, or the short code that stands on it.")
@click.option("--proof", metavar="CODE", default="", help="The code its screen shows, where the hub asks for one.")
@click.option("--copies", "-n", type=click.IntRange(1, 9999), metavar="N", help="So many, whatever was ordered.")
@click.option("--sides", type=click.Choice(list(SIDES)), metavar="SIDES", help="one, long or short, as of 'print'.")
@click.option("--color", type=click.Choice(COLORS), metavar="MODE", help="auto, color or monochrome.")
@click.option("--grant", "grants", type=GrantFile(), help="What the app on your phone kept, while the hub is away.")
@as_json
def release(
    jobs: tuple[str, ...],
    at: str,
    proof: str,
    copies: int | None,
    sides: str | None,
    color: str | None,
    grants: tuple[str, ...] | None,
    as_json: bool,
) -> None:
    """Let JOBs come out, in the order named; all of yours that are held where none is named.

    JOB is a job's number, its uuid, or the beginning of its uuid. With --grant the grants name the jobs.
    """
    if grants and jobs:
        raise click.UsageError("a grant names its job: leave JOB out")
    changes: dict[str, object] = {"copies": copies, "sides": SIDES[sides] if sides else "", "color": color or ""}
    answer = need_agent(home()).ask(
        "release",
        user=getpass.getuser(),
        jobs=list(jobs),
        at=at,
        proof=proof,
        grants=list(grants or ()),
        within_s=HUB_S,
        **changes,
    )
    show(answer, as_json, _tell)
    if not answer["jobs"]:
        raise CommandError("no job was released", next_step="See 'tympan held'.", status=Exit.REFUSED)


def _list(rows: list[dict[str, Any]]) -> None:
    if not rows:
        say("no held jobs")
        return
    from tympan_cli._listing import Column, Listing

    made = Listing(
        Column("job", right=True),
        Column("name", cut=True),
        Column("printer", cut=True),
        Column("pages", right=True, drop=2),
        Column("since", drop=1),
        Column("until"),
    )
    for row in rows:
        pages = (row["statistics"] or {}).get("pages")
        made.add(
            str(row["number"]),
            row["name"],
            row["printer"],
            "" if pages is None else str(pages),
            moment(row["created_at"]),
            moment(row["retry_at"]),
            notes=[] if row["detail"] == _WAITS else [row["detail"]],
        )
    show_listing(made)


def _tell(answer: dict[str, Any]) -> None:
    if answer["jobs"]:
        say(f"{counted(len(answer['jobs']), 'job is', 'jobs are')} on the way; see 'tympan jobs'")
    for note in answer["notes"]:
        say(note)
    for refused in answer["refused"]:
        say(f"{refused['job'][:8]} stays held: {refused['detail']}" if refused["job"] else refused["detail"])
