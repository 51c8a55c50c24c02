"""From what the services tell of held and released jobs to what pages show."""

from collections.abc import Iterable, Mapping, Sequence

from tympan_hub.domain.held import ColorMode, Held
from tympan_hub.domain.ids import JobId
from tympan_hub.domain.printers import Look
from tympan_hub.domain.releases import Fit, Preview, Progress, Step
from tympan_hub.http.portal import _held_words as words
from tympan_hub.http.portal import _shown, views
from tympan_hub.http.portal import _words as common
from tympan_hub.http.portal._language import marked

_LIVE = frozenset({Step.WAITING, Step.PREPARING, Step.PRINTING, Step.STOPPED})


def rows(held: Sequence[Held], previews: Mapping[JobId, Preview] | None = None) -> tuple[views.HeldRow, ...]:
    """Held jobs in their order; with how each would come out, where a device is looked at."""
    last = len(held) - 1
    return tuple(_row(job, place == 0, place == last, (previews or {}).get(job.job)) for place, job in enumerate(held))


def one(job: Held) -> views.HeldRow:
    """One held job alone."""
    return _row(job, first=True, last=True, preview=None)


def health(look: Look | None) -> views.Health:
    """How a device is."""
    return _shown.health(look) if look else common.UNSEEN


def hindrance(look: Look | None) -> str:
    """What keeps a device from printing; "" for nothing, and where nobody saw it."""
    if look is None:
        return ""
    if not look.reachable:
        return words.SILENT
    return "" if look.reason == "none" else words.HINDRANCES.get(_reason(look.reason), words.HINDERED)


def released(progress: Iterable[Progress]) -> tuple[views.ReleasedRow, ...]:
    """Released jobs, and how far they are."""
    return tuple(map(_released, progress))


def is_live(progress: Iterable[Progress]) -> bool:
    """Whether anything goes on."""
    return any(each.step in _LIVE for each in progress)


def is_done(progress: Iterable[Progress]) -> bool:
    """Whether all of it is on paper."""
    return all(each.step is Step.DONE for each in progress)


def said(progress: Sequence[Progress]) -> views.Said:
    """The whole of a release as a sentence."""
    steps = {each.step for each in progress}
    if is_done(progress):
        return words.ALL_DONE
    if Step.STOPPED in steps:
        return words.NEEDS_CARE
    return words.GOES_ON if steps & _LIVE else words.NOT_ALL


def choices(named: Mapping[str, str], chosen: str) -> tuple[views.Choice, ...]:
    """Entries of a select."""
    return tuple(views.Choice(value=value, label=word, chosen=value == chosen) for value, word in named.items())


def _row(job: Held, first: bool, last: bool, preview: Preview | None) -> views.HeldRow:
    refused = job.under_way or (preview is not None and preview.fit is Fit.REFUSED)
    return views.HeldRow(
        id=str(job.job),
        title=job.title,
        pages=job.pages.pages if job.pages else None,
        traits=_traits(job),
        copies=job.copies,
        created_at=job.created_at,
        until=job.held_until,
        soon=job.expires_soon,
        place=words.UNDER_WAY if job.under_way else words.PLACES.get(job.whereabouts),
        first=first,
        last=last,
        picked=preview is not None and not refused,
        refused=refused,
        notes=tuple(words.WHYS[why] for why in preview.whys) if preview else (),
        nearest=preview.nearest.name if preview and preview.nearest else "",
        detail=job.detail,
    )


def _traits(job: Held) -> tuple[str, ...]:
    """What it would be on paper."""
    colors = {True: marked("In colour"), False: marked("Without colour")}
    told = [colors[job.in_color]] if job.in_color is not None else []
    return (*told, *([common.SIDES[job.sides]] if job.sides in common.SIDES else []))


def _released(progress: Progress) -> views.ReleasedRow:
    printing = progress.step in (Step.PRINTING, Step.STOPPED)
    hindered = words.HINDRANCES.get(_reason(progress.reason), "") if progress.step is Step.STOPPED else ""
    return views.ReleasedRow(
        id=str(progress.job),
        title=progress.title,
        state=words.STEPS[progress.step],
        why=hindered or ("" if progress.detail else words.TOLD.get(progress.step, "")),
        told="" if hindered else progress.detail,
        page=progress.page if printing else None,
        pages=progress.pages,
    )


def _reason(keyword: str) -> str:
    """A reason without how grave it is (RFC 8011 section 5.4.12)."""
    for end in ("-error", "-warning", "-report"):
        keyword = keyword.removesuffix(end)
    return keyword


def color_of(job: Held) -> str:
    """The colour its owner chose; "" for none."""
    chosen = job.changes.color
    return chosen.value if chosen is not None and chosen is not ColorMode.AUTO else ""
