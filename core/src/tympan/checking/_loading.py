"""A plugin is imported and asked its hooks, and watched while that happens: both only declare."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tympan._deprecations import used_by
from tympan._errors import TympanError
from tympan._hooks import Offer, collect
from tympan._host import check_offers
from tympan._manifest import Isolation
from tympan._outside._contracts import why_not
from tympan._registry import Found, PluginRecord, load
from tympan.checking._findings import Finding, Verdict, failed, passed

_LOUD: Final = frozenset(
    {
        "socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.fork", "os.exec",
        "os.remove", "os.rename", "os.mkdir", "_thread.start_new_thread",
    }
)  # fmt: skip
"""Audit events (Python library reference, "Audit events table") of things that belong behind a port."""

_QUIET: Final = "importing it and asking its hooks opens, writes and starts nothing"
_STAYS: Final = "nothing it uses of the plugin API will go"
_ASKED: Final = "its manifest asks for what its ports decide"
_HOOKS: Final = "its hooks answer with ports"


class _Listener:
    """Hears what happens in this process while it listens; an audit hook can never be taken away again."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._on = False
        sys.addaudithook(self._hear)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While the block runs."""
        self._on = True
        try:
            yield
        finally:
            self._on = False

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if not self._on:
            return
        if event in _LOUD:
            self.heard.append(f"{event} {details!r:.80}")
        elif event == "open" and _writes(details):
            self.heard.append(f"writes {details[0]!r:.80}")


def _writes(details: tuple[Any, ...]) -> bool:
    _, mode, _ = details
    return isinstance(mode, str) and any(letter in mode for letter in "wxa+")


def loaded(record: PluginRecord, point: Found) -> tuple[tuple[Offer, ...], list[Finding]]:
    """What the plugin offers, and what was found on the way."""
    import tympan._agent  # noqa: F401 - what a running agent has imported is not the plugin's doing

    listener = _Listener()
    try:
        with listener.listening():
            offers = collect(load(point), record.id)
    except TympanError as error:
        return (), [failed(record.id, _HOOKS, error.sentence, "See docs/reference/hooks.md.")]
    except (Exception, SystemExit) as error:  # importing foreign code raises what it likes
        detail = f"importing {record.module} raised {type(error).__name__}: {error}"
        return (), [failed(record.id, _HOOKS, detail, "Install what it depends on, or mend it.")]
    found = [
        _quiet(record, listener.heard),
        _offered(record, offers),
        _permitted(record, offers),
        *_switched(record, offers),
        _lasting(record),
    ]
    crossing = list(_crossing(record, offers))
    stays = any(each.verdict is Verdict.FAILED for each in crossing)  # then no suite can be run over there
    return () if stays else offers, [*found, *crossing]


def _quiet(record: PluginRecord, heard: list[str]) -> Finding:
    if heard:
        return failed(record.id, _QUIET, "; ".join(heard[:5]), "Do it in the port's own calls.")
    return passed(record.id, _QUIET)


def _offered(record: PluginRecord, offers: tuple[Offer, ...]) -> Finding:
    if not offers:
        return failed(record.id, _HOOKS, "it offers nothing", "Mark its hooks with @hookimpl.")
    return passed(record.id, _HOOKS, ", ".join(f"{offer.kind.__name__} {offer.contribution.name}" for offer in offers))


def _permitted(record: PluginRecord, offers: tuple[Offer, ...]) -> Finding:
    try:
        if record.manifest is not None:
            check_offers(record.manifest, (offer.kind for offer in offers))
    except TympanError as error:
        return failed(record.id, _ASKED, error.cause, error.next_step)
    return passed(record.id, _ASKED)


def _lasting(record: PluginRecord) -> Finding:
    """What it uses of the plugin API is to stay."""
    told = used_by(record.module)
    if told:
        return Finding(topic=record.id, what=_STAYS, verdict=Verdict.NOTE, detail="\n".join(told))
    return passed(record.id, _STAYS)


def _crossing(record: PluginRecord, offers: tuple[Offer, ...]) -> Iterator[Finding]:
    """Of a plugin in a process of its own: the kernel can call each port there."""
    if record.manifest is None or record.manifest.isolation is Isolation.AGENT:
        return
    for offer in offers:
        why = why_not(offer.kind)
        what = f"{offer.kind.__name__} {offer.contribution.name} can run in a process of its own"
        yield failed(record.id, what, why, 'Leave out isolation = "process".') if why else passed(record.id, what)


def _switched(record: PluginRecord, offers: tuple[Offer, ...]) -> Iterator[Finding]:
    """Policy can switch each port off: its capability is one of the manifest's."""
    known = {spec.key for spec in record.manifest.capabilities} if record.manifest else set()
    for offer in offers:
        key = offer.contribution.capability
        what = f"policy can switch {offer.contribution.name} off"
        if key is None or key in known:
            yield passed(record.id, what)
        else:
            yield failed(record.id, what, f"{key} is no capability of its manifest", "Name it in plugin.toml.")
