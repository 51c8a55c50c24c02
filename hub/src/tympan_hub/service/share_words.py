"""Shares as agents tell them and are told of them: between the messages of the wire and what the hub keeps."""

import uuid
from collections.abc import Iterable

from tympan_hub.domain.errors import BadInput, Full
from tympan_hub.domain.limits.shares import SHARE_BYTES
from tympan_hub.domain.shares import (
    KnownQueue,
    Origin,
    Queue,
    QueueOption,
    QueueState,
    SharedQueue,
    above,
    fit_queue,
    offered,
)
from tympan_wire.hub import DefaultOrigin, KnownShare, Share, ShareOption, ShareWanted, encode


def queue_of(share: Share) -> Queue:
    """What an agent told.

    Raises:
        BadInput: Its hash is another thing's.
        Full: There is too much of it.
    """
    if share.hash != share.hashed().hash:
        raise BadInput("the hash of a share is not that of what is said of it")
    if len(encode(share)) > SHARE_BYTES:
        raise Full(f"what is said of a share is at most {SHARE_BYTES} octets")
    told = Queue(
        queue=share.queue,
        name=share.name,
        location=share.location,
        make_and_model=share.make_and_model,
        formats=share.formats,
        options=tuple(map(_option_of, share.options)),
        state=QueueState(share.state.value),
        reasons=share.reasons,
        accepting=share.accepting,
    )
    return fit_queue(told)


def _option_of(option: ShareOption) -> QueueOption:
    return QueueOption(
        name=option.name, values=option.values, default=option.default, origin=Origin(option.origin.value)
    )


def known_of(known: Iterable[KnownQueue]) -> tuple[KnownShare, ...]:
    """Shares with their hashes, as agents are told of them."""
    return tuple(KnownShare(id=uuid.UUID(one.id), hash=one.hash) for one in known)


def wanted_of(share: SharedQueue) -> ShareWanted:
    """What is wanted of a share."""
    return ShareWanted(
        id=uuid.UUID(share.id),
        printer=share.printer or "",
        stopped=share.stopped_at is not None,
        defaults=tuple(map(_told, above(share))),
    )


def options_of(share: SharedQueue) -> tuple[ShareOption, ...]:
    """What other agents offer of a share."""
    return tuple(map(_told, offered(share)))


def _told(option: QueueOption) -> ShareOption:
    return ShareOption(
        name=option.name, values=option.values, default=option.default, origin=DefaultOrigin(option.origin.value)
    )
