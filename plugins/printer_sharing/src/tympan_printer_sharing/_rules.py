"""Rules, all pure: which queues are shared, and what the hub is told of one.

- Faxes, files, queues of this agent, and queues that lead to nothing known are never shared, whatever a pattern says.
- What is told is bounded and in one order, so that the same queue always has the same hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final
from uuid import UUID

import attrs

from tympan.plugin import Queue, QueueCapabilities, QueueKind, QueueOption
from tympan_printer_sharing._limits import TEXT_CHARS, VALUES_MOST
from tympan_printer_sharing._model import Patterns, SharedQueue
from tympan_wire.hub import (
    SHARE_BYTES,
    SHARE_OPTIONS,
    SHARE_VALUES,
    DefaultOrigin,
    Share,
    ShareOption,
    ShareState,
    encode,
)

_OWN: Final = "x-"
"""Before the name of an option of the driver's own."""
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
    return any(fnmatchcase(text, _literal(pattern)) for pattern in patterns for text in said)


def _literal(pattern: str) -> str:
    """As ``fnmatch`` reads it, with brackets as they stand: names of queues have some, and no set would deny them."""
    return pattern.lower().replace("[", "[[]")


def share_of(shared: SharedQueue) -> Share:
    """What the hub is told of a queue."""
    queue, told = shared.queue, shared.capabilities
    bare = Share(
        id=shared.id,
        queue=queue.name,
        name=(queue.info or queue.name)[:TEXT_CHARS],
        location=queue.location[:TEXT_CHARS],
        make_and_model=queue.make_and_model[:TEXT_CHARS],
        formats=tuple(sorted(told.media_types)),
        state=ShareState(queue.state.value),
        reasons=queue.reasons,
        accepting=queue.accepting,
    ).hashed()
    return attrs.evolve(bare, options=_options(told, SHARE_BYTES - len(encode(bare)))).hashed()


def _options(told: QueueCapabilities, room_bytes: int) -> tuple[ShareOption, ...]:
    """As many as the hub takes of one share: it takes none of fifty of which one is too much. IPP's own come first."""
    kept: list[ShareOption] = []
    values = SHARE_VALUES
    for option in sorted(told.options, key=lambda one: (one.name.startswith(_OWN), one.name)):
        said = _option(option, min(VALUES_MOST, values))
        size = len(encode(said)) + 1
        if said.values and size <= room_bytes and len(kept) < SHARE_OPTIONS:
            kept.append(said)
            values, room_bytes = values - len(said.values), room_bytes - size
    return tuple(sorted(kept, key=lambda one: one.name))


def _option(option: QueueOption, most: int) -> ShareOption:
    values = option.values[:most]
    if option.default in option.values[most:] and values:
        values = (*values[:-1], option.default)
    default = option.default if option.default in values or any("-" in one for one in values[:1]) else ""
    return ShareOption(name=option.name, values=values, default=default, origin=DefaultOrigin(option.origin.value))


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
