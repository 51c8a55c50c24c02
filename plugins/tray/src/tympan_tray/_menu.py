"""The menu of the tray, as entries without any toolkit. Pure.

- An entry's key stays the same while it means the same, so that a menu that is open keeps its places.
- What needs somebody stands on top; what is long is cut, and the page has all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

import attrs

from tympan_tray._limits import LABEL_CHARS, SHOWN
from tympan_tray._standing import Away, Seen
from tympan_tray._view import HeldJob, View
from tympan_tray._wishes import Act, Wish
from tympan_tray._words import Words, marked


class Kind(StrEnum):
    """What an entry is."""

    LINE = "line"
    SEPARATOR = "separator"
    FOLDER = "folder"


@attrs.frozen(kw_only=True)
class Entry:
    """One of them; without a wish it says something and does nothing."""

    key: str
    label: str = ""
    kind: Kind = Kind.LINE
    wish: Wish | None = None
    children: tuple[Entry, ...] = ()

    @property
    def enabled(self) -> bool:
        """Whether it can be chosen."""
        return self.wish is not None or bool(self.children)


def menu(seen: Seen, say: Words) -> tuple[Entry, ...]:
    """The whole menu."""
    page = Wish(act=Act.PAGE)
    top = [Entry(key="standing", label=_cut(say.standing(seen)), wish=None if isinstance(seen, Away) else page)]
    top += [_said(f"said {at}", line, seen) for at, line in enumerate(say.lines(seen)[:SHOWN])]
    groups = [top] if isinstance(seen, Away) else [top, [*_held(seen, say)], [*_places(seen, say)], [*_self(seen, say)]]
    groups.append([Entry(key="quit", label=say(marked("Quit the tray")), wish=Wish(act=Act.QUIT))])
    return tuple(_parted(group for group in groups if group))


def _said(key: str, line: str, seen: Seen) -> Entry:
    return Entry(key=key, label=_cut(line), wish=None if isinstance(seen, Away) else Wish(act=Act.PAGE))


def _parted(groups: Iterable[list[Entry]]) -> Iterator[Entry]:
    for at, group in enumerate(groups):
        if at:
            yield Entry(key=f"line {at}", kind=Kind.SEPARATOR)
        yield from group


def _held(view: View, say: Words) -> Iterator[Entry]:
    """What waits for its owner; each can be released and deleted."""
    if len(view.held) > 1:
        yield from _release_all(view, say)
    for job in view.held[:SHOWN]:
        children = (*_releases(job, view, say), _delete(job, say))
        yield Entry(key=f"held {job.job}", label=_cut(say.held(job)), kind=Kind.FOLDER, children=children)
    if len(view.held) > SHOWN:
        yield Entry(key="more held", label=say(marked("More on the page …")), wish=Wish(act=Act.PAGE))


def _release_all(view: View, say: Words) -> Iterator[Entry]:
    jobs = tuple(job.job for job in view.held)
    if all(job.own for job in view.held):
        label = say(marked("Release all"))
        yield Entry(key="release all", label=label, wish=Wish(act=Act.RELEASE, jobs=jobs))
    elif not any(job.own for job in view.held) and view.points:
        yield Entry(
            key="release all",
            label=say(marked("Release all at")),
            kind=Kind.FOLDER,
            children=tuple(
                Entry(
                    key=f"release all {point.id}",
                    label=_cut(point.name),
                    wish=Wish(act=Act.RELEASE, jobs=jobs, at=point.id),
                )
                for point in view.points[:SHOWN]
            ),
        )


def _releases(job: HeldJob, view: View, say: Words) -> Iterator[Entry]:
    if job.own:
        wish = Wish(act=Act.RELEASE, jobs=(job.job,))
        yield Entry(key=f"release {job.job}", label=say(marked("Release")), wish=wish)
        return
    for point in view.points[:SHOWN]:
        label = _cut(say(marked("Release at %(place)s"), place=point.name))
        wish = Wish(act=Act.RELEASE, jobs=(job.job,), at=point.id)
        yield Entry(key=f"release {job.job} {point.id}", label=label, wish=wish)
    if not view.points:
        label = say(marked("No device is known here at which it may come out."))
        yield Entry(key=f"no point {job.job}", label=label)


def _delete(job: HeldJob, say: Words) -> Entry:
    return Entry(key=f"delete {job.job}", label=say(marked("Delete")), wish=Wish(act=Act.DELETE, jobs=(job.job,)))


def _places(view: View, say: Words) -> Iterator[Entry]:
    """Printers, the page, and the portal."""
    if view.printers:
        lines = tuple(
            Entry(key=f"printer {one.id}", label=_cut(f"{one.name} – {say.condition(one)}"), wish=Wish(act=Act.PAGE))
            for one in view.printers[:SHOWN]
        )
        yield Entry(key="printers", label=say(marked("Printers")), kind=Kind.FOLDER, children=lines)
    yield Entry(key="page", label=say(marked("Open the page")), wish=Wish(act=Act.PAGE))
    if view.hub is not None:
        yield Entry(key="portal", label=say(marked("Portal")), wish=Wish(act=Act.PORTAL))


def _self(view: View, say: Words) -> Iterator[Entry]:
    """Who is signed in, and what this is."""
    if view.signed_in:
        out = Entry(key="logout", label=say(marked("Sign out")), wish=Wish(act=Act.SIGN_OUT))
        yield Entry(key="person", label=_cut(say.who(view)), kind=Kind.FOLDER, children=(out,))
    else:
        label = say(marked("Sign in …")) if view.hub else say(marked("Join a hub and sign in …"))
        yield Entry(key="login", label=label, wish=Wish(act=Act.SIGN_IN, part="login"))
    yield Entry(key="about", label=say(marked("About")), kind=Kind.FOLDER, children=tuple(_about(view, say)))


def _about(view: View, say: Words) -> Iterator[Entry]:
    yield Entry(key="release", label=f"Tympan {view.release}")
    if view.hub is not None:
        yield Entry(key="tenant", label=_cut(f"{view.hub.tenant} – {view.hub.agent}"))
    if view.fingerprint:
        yield Entry(key="fingerprint", label=say(marked("Key %(fingerprint)s"), fingerprint=short(view.fingerprint)))
    yield Entry(
        key="all about", label=say(marked("Versions and fingerprints …")), wish=Wish(act=Act.PAGE, part="about")
    )


def short(fingerprint: str) -> str:
    """The beginning of a fingerprint in groups of four; whoever compares looks at the whole one on the page."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, 16, 4)) + " …"


def _cut(text: str) -> str:
    return text if len(text) <= LABEL_CHARS else text[: LABEL_CHARS - 1].rstrip() + "…"
