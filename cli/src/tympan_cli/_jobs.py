"""``tympan jobs``, ``job`` and ``cancel``: what became of what was printed."""

from __future__ import annotations

from typing import Any

import click

from tympan_cli import _offline as offline
from tympan_cli._agent_link import need_agent
from tympan_cli._output import as_json, console, fill, moment, show, size, table


@click.command("jobs")
@click.option("--open", "open_only", is_flag=True, help="Only jobs that are not over.")
@as_json
def jobs(open_only: bool, as_json: bool) -> None:
    """List jobs, oldest first."""
    rows = need_agent(offline.home()).ask("jobs.list")
    if open_only:
        rows = [row for row in rows if not row["ended_at"]]
    show(rows, as_json, _people)


@click.command("job")
@click.argument("job_id", metavar="JOB")
@click.option("--hold", "act", flag_value="hold", help="Hold it before it is sent.")
@click.option("--release", "act", flag_value="release", help="Let a held job go on; print an unknown one again.")
@click.option("--settle", "act", flag_value="settle", help="Say that a job whose end is unknown was printed.")
@as_json
def job(job_id: str, act: str | None, as_json: bool) -> None:
    """Show the story of JOB (number or uuid): what happened, when, why, what next. Or act on it."""
    link = need_agent(offline.home())
    if act is not None:
        link.ask(f"jobs.{act}", job=job_id)
    show(link.ask("jobs.show", job=job_id), as_json, _story)


@click.command("cancel")
@click.argument("job_id", metavar="JOB")
@as_json
def cancel(job_id: str, as_json: bool) -> None:
    """Cancel JOB (number or uuid), at the device too when it is already there."""
    row = need_agent(offline.home()).ask("jobs.cancel", job=job_id)
    state = row["state"] if row["state"] == "canceled" else "being canceled; the device is told"
    show(row, as_json, lambda _: click.echo(f"job {row['number']} is {state}"))


def _people(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("no jobs")
        return
    made = table("job", "name", "printer", "state", "pages", "since", "why", flexible=("why",))
    for row in rows:
        why = row["detail"] or ("" if row["reason"] == "none" else row["reason"])
        since = moment(row["ended_at"] or row["created_at"])
        cells = (str(row["number"]), row["name"][:40], row["printer"], row["state"], _pages(row), since, why)
        fill(made, [cells])
    console().print(made)


def _pages(row: dict[str, Any]) -> str:
    statistics = row["statistics"]
    if statistics is None:
        return ""
    return "unreadable" if statistics["pages"] is None else str(statistics["pages"])


def _story(row: dict[str, Any]) -> None:
    screen = console()
    screen.print(f"[bold]Job {row['number']}[/]  ", end="")
    screen.print(f"{row['name']}  ({size(row['size_bytes'])}, {row['media_type']}) from {row['user']}", markup=False)
    screen.print(f"{row['uuid']}  on {row['printer']}", style="bright_black", markup=False)
    _statistics(row["statistics"])
    made = table("when", "state", "what", "why", "what next", flexible=("what", "why", "what next"))
    fill(made, ((moment(e["at"]), e["state"], e["what"], e["why"], e["then"]) for e in row["timeline"]))
    screen.print(made)
    if row["detail"] and not row["ended_at"]:
        screen.print(f"Now: {row['detail']}", style="yellow", markup=False)


def _statistics(found: dict[str, Any] | None) -> None:
    if found is None:
        return
    if found["pages"] is None:
        console().print(f"statistics: unreadable ({found['problem']})", markup=False)
        return
    color = found["color_pages"]
    said = [f"{found['pages']} pages", f"{'unknown' if color is None else len(color)} in colour", *found["sizes"]]
    if found["impressions"] is not None:
        said.append(f"{found['impressions']} impressions on {found['sheets']} sheets")
    console().print(", ".join(said), markup=False)
