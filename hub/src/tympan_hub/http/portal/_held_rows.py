"""From what the services tell of held and released jobs to what pages show."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import attrs

from tympan_hub.domain.held import ColorMode, Held, Whereabouts
from tympan_hub.domain.ids import JobId
from tympan_hub.domain.jobs import Standing
from tympan_hub.domain.limits.pull import JOBS_AT_ONCE
from tympan_hub.domain.printers import Look
from tympan_hub.domain.releases import Fit, Nearest, Preview, Progress, Step, Why
from tympan_hub.http.portal import _held_words as words
from tympan_hub.http.portal import _shown, views
from tympan_hub.http.portal import _words as common
from tympan_hub.http.portal._language import marked

Rows = tuple[views.HeldRow, ...]
_TICK_CHARS: Final = 8
"""Of a job's id in an address: nobody holds two jobs that begin alike, and if, both are ticked before their eyes."""

_LIVE = frozenset({Step.WAITING, Step.PREPARING, Step.PRINTING, Step.STOPPED})


def rows(held: Sequence[Held], picked: Collection[JobId] = (), previews: Mapping[JobId, Preview] | None = None) -> Rows:
    """Held jobs in their order; where a device is looked at with how each would come out, and whether it is ticked."""
    told, last = previews or {}, len(held) - 1
    return tuple(
        _row(job, place == 0, place == last, told.get(job.job), job.job in picked) for place, job in enumerate(held)
    )


def first_picked(held: Sequence[Held], previews: Mapping[JobId, Preview]) -> Collection[JobId]:
    """Jobs that are ticked before anybody chose: those that come out here now, as many as are released at once.

    One whose computer sleeps is not: those behind it would wait for somebody to wake that.
    """
    fit = [job.job for job in held if not _refused(job, previews.get(job.job)) and not _sleeps(previews.get(job.job))]
    return fit[:JOBS_AT_ONCE]


def ticks(jobs: Iterable[JobId]) -> str:
    """Jobs that are ticked, short enough for an address."""
    return ".".join(job.hex[:_TICK_CHARS] for job in jobs) or "-"


def ticked(held: Iterable[Held], told: str) -> Collection[JobId]:
    """Those again."""
    on = frozenset(told.split("."))
    return [job.job for job in held if job.job.hex[:_TICK_CHARS] in on]


def one(job: Held) -> views.HeldRow:
    """One held job alone."""
    return _row(job, first=True, last=True, preview=None, picked=False)


def health(look: Look | None) -> views.Health:
    """How a device is."""
    return _shown.health(look) if look else common.UNSEEN


def hindrance(look: Look | None) -> views.Said | None:
    """What keeps a device from printing, and what becomes of jobs; None for nothing, and where nobody saw it."""
    if look is None:
        return None
    if not look.reachable:
        return words.SILENT
    if look.reason == "none":
        return None
    return attrs.evolve(words.HINDERED, text=words.HINDRANCES.get(_reason(look.reason), words.HINDERED.text))


def released(progress: Iterable[Progress], asleep: Collection[JobId]) -> tuple[views.ReleasedRow, ...]:
    """Released jobs, and how far they are; the computers of some are ``asleep``."""
    return tuple(_released(each, each.job in asleep) for each in progress)


def is_live(progress: Iterable[Progress]) -> bool:
    """Whether anything goes on."""
    return any(each.step in _LIVE for each in progress)


def is_done(progress: Iterable[Progress]) -> bool:
    """Whether all of it is on paper."""
    return all(each.step is Step.DONE for each in progress)


def is_unsure(progress: Iterable[Progress]) -> bool:
    """Whether nobody can tell of some of it, and the rest is on paper."""
    return {each.step for each in progress} in ({Step.UNKNOWN}, {Step.DONE, Step.UNKNOWN})


def said(progress: Sequence[Progress], asleep: Collection[JobId]) -> views.Said:
    """The whole of a release as a sentence."""
    steps = {each.step for each in progress}
    if is_done(progress):
        return words.ALL_DONE
    if Step.STOPPED in steps:
        return words.NEEDS_CARE
    if any(each.step is Step.WAITING and each.job in asleep for each in progress):
        return words.SLEEPS
    if steps & _LIVE:
        return words.GOES_ON
    return words.NOT_SURE if is_unsure(progress) else words.NOT_ALL


def choices(named: Mapping[str, str], chosen: str) -> tuple[views.Choice, ...]:
    """Entries of a select."""
    return tuple(views.Choice(value=value, label=word, chosen=value == chosen) for value, word in named.items())


def _refused(job: Held, preview: Preview | None) -> bool:
    return job.under_way or job.deleting or (preview is not None and preview.fit is Fit.REFUSED)


def _sleeps(preview: Preview | None) -> bool:
    return preview is not None and Why.COMPUTER_AWAY in preview.whys


def _is_lost(preview: Preview | None) -> bool:
    return preview is not None and Why.COMPUTER_GONE in preview.whys


def place_of(job: Held, preview: Preview | None) -> views.Health | None:
    """Where a held job lies, when that is worth a word."""
    if job.deleting:
        return words.DELETED_LATER if job.whereabouts is Whereabouts.ASLEEP else words.DELETED_NOW
    if job.under_way:
        return words.UNDER_WAY
    said = _sleeps(preview) or _is_lost(preview)
    if job.agent is None:
        return None if job.whereabouts is Whereabouts.MIRRORED else words.NOBODY
    return None if said else words.PLACES.get(job.whereabouts)  # a note says it there, with what to do


def _row(job: Held, first: bool, last: bool, preview: Preview | None, picked: bool) -> views.HeldRow:
    refused = _refused(job, preview)
    return views.HeldRow(
        id=str(job.job),
        title=job.title,
        pages=job.pages.pages if job.pages else None,
        traits=_traits(job),
        copies=job.copies,
        created_at=job.created_at,
        until=job.held_until,
        soon=job.expires_soon,
        place=place_of(job, preview),
        first=first,
        last=last,
        picked=picked and not refused,
        refused=refused,
        notes=_notes(preview) if preview else (),
        nearest=_named(preview.nearest) if preview and preview.nearest else "",
        detail=job.detail,
    )


def _notes(preview: Preview) -> tuple[str, ...]:
    said = words.WHYS if preview.fit is Fit.REFUSED else {**words.WHYS, **words.ADAPTED}
    return tuple(said[why] for why in preview.whys if why not in words.OF_THE_DEVICE)


def _named(point: Nearest) -> str:
    return f"{point.name} ({point.location})" if point.location else point.name


def _traits(job: Held) -> tuple[str, ...]:
    """What it would be on paper."""
    colors = {True: marked("In colour"), False: marked("Without colour")}
    told = [colors[job.in_color]] if job.in_color is not None else []
    return (*told, *([common.SIDES[job.sides]] if job.sides in common.SIDES else []))


def _released(progress: Progress, asleep: bool) -> views.ReleasedRow:
    printing = progress.step in (Step.PRINTING, Step.STOPPED)
    hindered = words.HINDRANCES.get(_reason(progress.reason), "") if progress.step is Step.STOPPED else ""
    return views.ReleasedRow(
        id=str(progress.job),
        title=progress.title,
        state=_state(progress, asleep),
        why=hindered or ("" if progress.detail else _told(progress, asleep)),
        told="" if hindered else progress.detail,
        then=words.STILL_HELD if progress.step is Step.REFUSED and progress.standing is Standing.HELD else "",
        page=progress.page if printing else None,
        pages=progress.pages,
    )


def _state(progress: Progress, asleep: bool) -> views.Health:
    if progress.standing is Standing.EXPIRED:
        return words.ERASED
    return words.WAITS if asleep and progress.step is Step.WAITING else words.STEPS[progress.step]


def _told(progress: Progress, asleep: bool) -> str:
    if progress.standing is Standing.EXPIRED:
        return words.ERASED_TOLD
    return words.WAKE_IT if asleep and progress.step is Step.WAITING else words.TOLD.get(progress.step, "")


def _reason(keyword: str) -> str:
    """A reason without how grave it is (RFC 8011 section 5.4.12)."""
    for end in ("-error", "-warning", "-report"):
        keyword = keyword.removesuffix(end)
    return keyword


def color_of(job: Held) -> str:
    """The colour its owner chose; "" for none."""
    chosen = job.changes.color
    return chosen.value if chosen is not None and chosen is not ColorMode.AUTO else ""
