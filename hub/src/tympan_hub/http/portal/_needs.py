"""What those see at a glance who look after a tenant: numbers of today, what needs a person, and the first steps."""

from collections.abc import Iterator
from typing import Final

import attrs

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.commands import Order
from tympan_hub.domain.jobs import ENDED, Job, Standing
from tympan_hub.domain.key_book import KeyEntry
from tympan_hub.domain.serving import Served
from tympan_hub.domain.updates import Stop
from tympan_hub.http.portal import _tunnel_words as tunnel
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal.views import Tone
from tympan_hub.service.overview import Overview

_Rows = tuple[views.PrinterRow, ...]
_WORST: Final = (Tone.BAD, Tone.WARN, Tone.HOLD, Tone.STILL)
_NOT_DONE: Final = {
    Order.INSTALL: marked("A printer could not be installed."),
    Order.REMOVE: marked("A printer could not be uninstalled."),
    Order.CANCEL: marked("A job could not be cancelled."),
}


def counts(seen: Overview, printers: _Rows) -> tuple[views.Count, ...]:
    """Numbers of today, and how printers and computers are."""
    under_way = sum(count for standing, count in seen.jobs.items() if standing not in ENDED)
    ailing = sum(map(_ails, printers))
    return (
        views.Count(
            number=sum(seen.jobs.values()),
            label=marked("Jobs today"),
            href="/jobs?time=today",
            note=(marked("%(num)s printed"), seen.jobs.get(Standing.COMPLETED, 0)),
        ),
        views.Count(number=under_way, label=marked("Under way"), href="/jobs?state=under-way&time=today"),
        views.Count(
            number=len(printers),
            label=marked("Printers"),
            href="/printers",
            note=(marked("%(num)s in need of care"), ailing) if ailing else None,
        ),
        views.Count(
            number=seen.computers.connected,
            label=marked("Computers connected"),
            href="/agents",
            note=(marked("of %(num)s"), seen.computers.total),
        ),
    )


def calls(seen: Overview, printers: _Rows, unsure: tuple[Job, ...]) -> tuple[views.Call, ...]:
    """What needs a person, the worst first; of computers no more than are shown."""
    names = {printer.id: printer.name for printer in printers}
    found = (
        *_of_jobs(seen, unsure),
        *filter(None, map(_of_printer, printers)),
        *map(_of_key, seen.keys),
        *map(_of_few, seen.few),
        *map(_of_stop, seen.stopped),
        *_of_commands(seen, names),
        *map(_of_troubled, seen.computers.troubled),
        *map(_of_silent, seen.computers.silent),
        *_of_invitations(seen),
    )
    return tuple(sorted(found, key=lambda call: _WORST.index(call.tone) if call.tone in _WORST else len(_WORST)))


def uncalled(seen: Overview) -> int:
    """How many computers more need a person than are among the calls."""
    told = seen.computers
    return told.troubled_total - len(told.troubled) + told.silent_total - len(told.silent)


def steps(printers: _Rows, joined: bool, jobs: tuple[views.JobRow, ...]) -> tuple[views.Step, ...]:
    """The way to the first printed page; () once somebody has printed."""
    way = (
        views.Step(
            title=marked("Let the first computer in"),
            text=marked(
                "The agent is the small program that prints from a computer. One command joins it to this hub."
            ),
            href="/agents/new",
            label=marked("Add an agent"),
            done=joined,
        ),
        views.Step(
            title=marked("Add the first printer"),
            text=marked("Its name and its address in the network are enough. No driver is needed."),
            href="/printers/new",
            label=marked("Add a printer"),
            done=bool(printers),
        ),
        views.Step(
            title=marked("Print the first page"),
            text=marked(
                "Press Install on the printer's page. Then print from any program: the job stands here at once."
            ),
            href=f"/printers/{printers[0].id}" if printers else "/printers",
            label=marked("Go to the printer"),
            done=bool(jobs),
        ),
    )
    if way[-1].done:
        return ()
    now = next(step for step in way if not step.done)
    return tuple(attrs.evolve(step, next=step is now) for step in way)


def _ails(printer: views.PrinterRow) -> bool:
    return printer.health in (words.AWAY, words.HINDERED)


def _of_printer(printer: views.PrinterRow) -> views.Call | None:
    if not _ails(printer):
        return None
    away = printer.health is words.AWAY
    return views.Call(
        tone=printer.health.tone,
        icon=printer.health.icon,
        what=printer.name,
        why=marked("Does not answer.") if away else marked("Needs care."),
        then=marked("See whether it is switched on and in the network.")
        if away
        else marked("Its page says what it lacks."),
        href=f"/printers/{printer.id}",
    )


def _of_few(served: Served) -> views.Call:
    said = tunnel.ONE_LEFT if served.alive else tunnel.NOBODY_SHORT
    return views.Call(
        tone=said.tone,
        icon="alert",
        what=served.name,
        why=said.text,
        then=said.then,
        href=f"/printers/{served.printer}#way",
    )


def _of_stop(stop: Stop) -> views.Call:
    return views.Call(
        tone=Tone.BAD,
        icon="stop",
        what=stop.name,
        why=marked("Computers fared ill with it, so it stopped by itself."),
        then=marked("Keep them at the version before, or let it go on."),
        href="/updates",
    )


def _of_key(entry: KeyEntry) -> views.Call:
    return views.Call(
        tone=Tone.WARN,
        icon="key",
        what=entry.name,
        why=marked("Has another key, which waits to be confirmed."),
        then=marked("Until then it is given no sealed documents."),
        href="/agents/keys",
    )


def _of_troubled(agent: Agent) -> views.Call:
    why = next(iter(agent.told.problems if agent.told else ()), "")
    return views.Call(tone=Tone.WARN, icon="alert", what=agent.name, why=why, href=f"/agents/{agent.id}", told=True)


def _of_silent(agent: Agent) -> views.Call:
    return views.Call(
        tone=Tone.STILL,
        icon="clock",
        what=agent.name,
        why=marked("Not heard of for a day or longer."),
        then=marked("Start that computer, or revoke its agent if it is gone."),
        href=f"/agents/{agent.id}",
    )


def _of_jobs(seen: Overview, unsure: tuple[Job, ...]) -> Iterator[views.Call]:
    failed, shown = seen.jobs.get(Standing.ABORTED, 0), words.STANDINGS[Standing.ABORTED]
    if failed:
        href = "/jobs?state=failed&time=today"
        yield views.Call(tone=shown.tone, icon=shown.icon, jobs=failed, why=marked("Failed today."),
                         then=marked("Their stories say why."), href=href)  # fmt: skip
    if unsure:
        shown = words.STANDINGS[Standing.UNKNOWN]
        href = f"/jobs/{unsure[0].id}" if len(unsure) == 1 else "/jobs?state=not-sure"
        yield views.Call(tone=shown.tone, icon=shown.icon, jobs=len(unsure), why=shown.meaning, href=href)


def _of_commands(seen: Overview, names: dict[str, str]) -> Iterator[views.Call]:
    for command in seen.failed:
        of_job = command.order is Order.CANCEL
        yield views.Call(
            tone=Tone.WARN,
            icon="alert",
            what="" if of_job else names.get(command.subject, command.subject),
            jobs=int(of_job),
            why=command.detail or _NOT_DONE[command.order],
            then="" if of_job or command.detail else marked("Try again on its page."),
            told=bool(command.detail),
            href=f"/jobs/{command.subject}" if of_job else f"/printers/{command.subject}#computers",
        )


def _of_invitations(seen: Overview) -> Iterator[views.Call]:
    for invitation in seen.ending:
        yield views.Call(
            tone=Tone.HOLD,
            icon="clock",
            what=invitation.email,
            why=marked("The invitation ends within two days."),
            then=marked("Remind them, or invite them anew."),
            href="/invitations",
        )
