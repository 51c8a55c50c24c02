"""Rules, all pure: which queues are shared, and what the hub is told of one.

- Faxes, files, queues of this agent, and queues that lead to nothing known are never shared, whatever a pattern says.
- What is told is bounded and in one order, so that the same queue always has the same hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from uuid import UUID

from tympan.plugin import Queue, QueueCapabilities, QueueKind, QueueOption
from tympan_printer_sharing._limits import OPTIONS_MOST, TEXT_CHARS, VALUES_MOST
from tympan_printer_sharing._model import Patterns, SharedQueue
from tympan_wire.hub import DefaultOrigin, Share, ShareOption, ShareState

_KINDS = {
    QueueKind.FAX: "it is a fax",
    QueueKind.FILE: "it prints to a file",
}


def why_not(queue: Queue, patterns: Iterable[Patterns]) -> str:
    """Why a queue is not shared; "" for one that is."""
    if queue.ours:
        return "it is this agent's own"
    if queue.kind in _KINDS:
        return _KINDS[queue.kind]
    for one in patterns:
        if one.allow and not _matches(queue, one.allow):
            return "no pattern allows it"
        if _matches(queue, one.deny):
            return "a pattern denies it"
    return ""


def _matches(queue: Queue, patterns: Iterable[str]) -> bool:
    said = [text.lower() for text in (queue.name, queue.identity, queue.uri, queue.make_and_model) if text]
    return any(fnmatchcase(text, pattern.lower()) for pattern in patterns for text in said)


def share_of(shared: SharedQueue) -> Share:
    """What the hub is told of a queue."""
    queue, told = shared.queue, shared.capabilities
    return Share(
        id=shared.id,
        queue=queue.name,
        name=(queue.info or queue.name)[:TEXT_CHARS],
        location=queue.location[:TEXT_CHARS],
        make_and_model=queue.make_and_model[:TEXT_CHARS],
        formats=tuple(sorted(told.media_types)),
        options=tuple(_option(option) for option in _options(told)),
        state=ShareState(queue.state.value),
        reasons=queue.reasons,
        accepting=queue.accepting,
    ).hashed()


def _options(told: QueueCapabilities) -> list[QueueOption]:
    return sorted(told.options, key=lambda option: option.name)[:OPTIONS_MOST]


def _option(option: QueueOption) -> ShareOption:
    values = option.values[:VALUES_MOST]
    kept = option.default if option.default in option.values[:VALUES_MOST] or "-" in values[0] else ""
    return ShareOption(name=option.name, values=values, default=kept, origin=DefaultOrigin(option.origin.value))


def is_plain(share: Share) -> bool:
    """Whether a share stands as every healthy one does, with nothing to tell."""
    return share.state is not ShareState.STOPPED and not share.reasons and share.accepting


def standing_of(share: Share) -> tuple[ShareState, tuple[str, ...], bool]:
    """What is told of a share beside what it is; a share at work is as idle to others as one without any."""
    state = ShareState.IDLE if share.state is ShareState.PROCESSING else share.state
    return state, share.reasons, share.accepting


def unknown(known: Iterable[UUID], shared: Iterable[UUID]) -> tuple[UUID, ...]:
    """Shares the hub has and this machine has not, in one order."""
    return tuple(sorted(set(known) - set(shared)))
