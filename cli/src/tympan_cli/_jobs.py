"""``tympan jobs``, ``job`` and ``cancel``: what became of what was printed."""

from __future__ import annotations

from typing import Any

import click

from tympan_cli._agent_link import home, need_agent
from tympan_cli._output import as_json, colored, moment, say, show, show_listing

SILENT = ("none", "job-completed-successfully", "job-canceled-by-user")
"""Reasons that say no more than the state."""


@click.command("jobs")
@click.option("--open", "open_only", is_flag=True, help="Only jobs that are not over.")
@as_json
def jobs(open_only: bool, as_json: bool) -> None:
    """List jobs, oldest first."""
    rows = need_agent(home()).ask("jobs.list")
    if open_only:
        rows = [row for row in rows if not row["ended_at"]]
    show(rows, as_json, _render)


@click.command("job")
@click.argument("job_id", metavar="JOB")
@click.option("--hold", "act", flag_value="hold", help="Hold it before it is sent.")
@click.option("--release", "act", flag_value="release", help="Let a held job go on; print an unknown one again.")
@click.option("--settle", "act", flag_value="settle", help="Say that a job whose end is unknown was printed.")
@as_json
def job(job_id: str, act: str | None, as_json: bool) -> None:
    """Show the story of JOB: what happened, when, why, what next. Or act on it.

    JOB is its number, its uuid, or the beginning of its uuid.
    """
    from tympan_cli._story import show_story

    link = need_agent(home())
    if act is not None:
        link.ask(f"jobs.{act}", job=job_id)
    show(link.ask("jobs.show", job=job_id), as_json, show_story)


@click.command("cancel")
@click.argument("job_id", metavar="JOB")
@as_json
def cancel(job_id: str, as_json: bool) -> None:
    """Cancel JOB (number or uuid), at the device too when it is already there."""
    row = need_agent(home()).ask("jobs.cancel", job=job_id)
    state = row["state"] if row["state"] == "canceled" else "being canceled; the device is told"
    show(row, as_json, lambda _: say(f"job {row['number']} is {state}"))


def _render(rows: list[dict[str, Any]]) -> None:
    if not rows:
        say("no jobs")
        return
    from tympan_cli._listing import Column, Listing

    made = Listing(
        Column("job", right=True),
        Column("name", cut=True),
        Column("printer", cut=True),
        Column("state"),
        Column("pages", right=True, drop=2),
        Column("since", drop=1),
    )
    for row in rows:
        since = moment(row["ended_at"] or row["created_at"])
        state = colored(row["state"])
        made.add(str(row["number"]), row["name"], row["printer"], state, _pages(row), since, notes=[why(row)])
    show_listing(made)


def why(row: dict[str, Any]) -> str:
    """Why a job stands where it does; nothing where its state says all."""
    if row["reason"] in SILENT and row["state"] == "completed":
        return ""
    return str(row["detail"] or ("" if row["reason"] in SILENT else row["reason"]))


def _pages(row: dict[str, Any]) -> str:
    statistics = row["statistics"]
    if statistics is None:
        return ""
    return "unreadable" if statistics["pages"] is None else str(statistics["pages"])
