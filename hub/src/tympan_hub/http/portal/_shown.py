"""From what the services tell to what pages show."""

from collections.abc import Mapping

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.ids import AgentId
from tympan_hub.domain.jobs import Job, Pages, StoryLine
from tympan_hub.domain.moves import Move
from tympan_hub.domain.people import Person
from tympan_hub.domain.printers import DeviceSeen, Look, Printer, PrinterName
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal import views
from tympan_hub.service.agents import AgentShown
from tympan_hub.service.printers import PrinterListed

_SIZES_MOST = 8
_KINDS = {"iso", "jis", "jpn", "na", "om", "prc", "roc", "asme", "oe", "custom"}


def job_row(job: Job, printers: Mapping[str, str]) -> views.JobRow:
    """A job in a list; ``printers`` are names by id."""
    return views.JobRow(
        id=str(job.id),
        title=job.title,
        hidden=job.title_hidden,
        printer=printers.get(job.printer, job.printer),
        owner=job.person_name or job.user,
        account=job.user if job.person_name and job.user != job.person_name else "",
        standing=words.STANDINGS[job.standing],
        created_at=job.created_at,
        pages=_counted(job.pages),
    )


def sheets(pages: Pages | None) -> views.Sheets | None:
    """What a document puts on paper."""
    if pages is None:
        return None
    return views.Sheets(
        pages=pages.pages,
        color_pages=pages.color_pages,
        copies=pages.copies,
        impressions=pages.impressions,
        color_impressions=pages.color_impressions,
        sheets=pages.sheets,
        sizes=media(pages.sizes),
        sides=words.SIDES.get(pages.sides, pages.sides),
        problem=pages.problem,
    )


def story(job: Job) -> tuple[views.StoryStep, ...]:
    """The story of a job, oldest first."""
    return tuple(_step(line) for line in job.story)


def printer_row(printer: Printer | PrinterName, look: Look | None) -> views.PrinterRow:
    """A printer in a list."""
    return views.PrinterRow(
        id=printer.id,
        name=printer.name,
        location=printer.location,
        model=look.model if look else "",
        health=words.HOLDS if printer.holds else health(look) if look else words.UNSEEN,
    )


def listed_row(listed: PrinterListed) -> views.PrinterRow:
    """A printer in a list, as it was listed."""
    return printer_row(listed.printer, listed.look)


def health(seen: DeviceSeen | Look) -> views.Health:
    """How a device is, as one agent sees it or all together."""
    if not seen.reachable:
        return words.AWAY
    return words.READY if seen.reason == "none" else words.HINDERED


def agent_standing(shown: AgentShown) -> views.Health:
    """How an agent is."""
    if shown.agent.revoked_at is not None:
        return words.REVOKED
    if _problems(shown.agent):
        return words.TROUBLED
    return words.HERE if shown.connected else words.SILENT


def agent_row(shown: AgentShown) -> views.AgentRow:
    """An agent in the list."""
    agent = shown.agent
    return views.AgentRow(
        id=agent.id,
        name=agent.name,
        platform=words.PLATFORMS.get(agent.platform.value, ""),
        release=agent.told.release if agent.told else agent.release,
        standing=agent_standing(shown),
        seen_at=agent.seen_at,
        problems=_problems(agent),
        revoked=agent.revoked_at is not None,
    )


def person_row(person: Person, *, oneself: bool = False) -> views.PersonRow:
    """A person in a list."""
    return views.PersonRow(
        id=person.id,
        name=person.name,
        email=person.email,
        login=person.login,
        role=words.ROLES[person.role],
        disabled=person.disabled_at is not None,
        oneself=oneself,
    )


def media(names: tuple[str, ...]) -> str:
    """Paper sizes as people call them, those first that come first."""
    labels = dict.fromkeys(paper(name) for name in names)
    return ", ".join(list(labels)[:_SIZES_MOST]) + (" …" if len(labels) > _SIZES_MOST else "")


def paper(name: str) -> str:
    """A paper size as people call it: ``iso_a4_210x297mm`` (PWG 5101.1) is A4."""
    parts = name.split("_")
    if len(parts) != 3 or parts[0] not in _KINDS:
        return name
    return parts[1].upper() if len(parts[1]) <= 3 else parts[1].replace("-", " ").capitalize()


def formats(types: tuple[str, ...]) -> str:
    """Media types as people call them; what has no name of its own is left out."""
    return ", ".join(dict.fromkeys(words.FORMATS[name] for name in types if name in words.FORMATS))


def move(said: Move, names: Mapping[AgentId, str]) -> views.Move:
    """Where a device is said to be now; of those that say so, whose names may be known."""
    seen_by = tuple(names[agent] for agent in said.seen_by if agent in names)
    return views.Move(uri=said.uri, seen_by=seen_by, proven=said.proven)


def _step(line: StoryLine) -> views.StoryStep:
    standing = words.STANDINGS[line.standing]
    return views.StoryStep(at=line.at, what=line.what, why=line.why, then=line.then, standing=standing)


def _counted(pages: Pages | None) -> int | None:
    if pages is None:
        return None
    return pages.impressions if pages.impressions is not None else pages.pages


def _problems(agent: Agent) -> tuple[str, ...]:
    return agent.told.problems if agent.told and agent.revoked_at is None else ()
