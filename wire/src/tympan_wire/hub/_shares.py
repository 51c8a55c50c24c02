"""Shares: queues of an agent's machine that are printers of the hub.

- A share is known by the id its agent made for the device behind the queue. The queue's name may change.
- Level-triggered: an agent asks with a digest of all it shares, and sends differences only where the hub's differs. A
  round in which nothing changed is one small request, however many queues there are.
- Only an agent that listed its queues well says that one is gone; what is not told of stays as it is.
"""

import hashlib
import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Final
from uuid import UUID

from attrs import evolve, frozen

SHARES_AT_ONCE: Final = 50
"""Shares in one change: with 2,000 paper sizes in all it stays far below one message."""

SHARE_OPTIONS: Final = 64
"""Options of one share: drivers with all their boxes have about forty."""
SHARE_VALUES: Final = 1_000
"""Values of all options of one share: long lists of paper have three hundred."""
SHARE_BYTES: Final = 64 * 1024
"""Of one share as a message: what ``SHARE_VALUES`` of usual length come to."""


class DefaultOrigin(StrEnum):
    """Who chose the default of an option."""

    DEVICE = "device"
    OS = "os"
    TENANT = "tenant"
    USER = "user"


class ShareState(StrEnum):
    """Whether the queue prints."""

    IDLE = "idle"
    PROCESSING = "processing"
    STOPPED = "stopped"


@frozen(kw_only=True)
class ShareOption:
    """What a job may ask of a share.

    Attributes:
        name: IPP job-template attribute; ``x-NAME`` for what only the driver knows.
        values: What it may be; a range of whole numbers is the one value ``1-99``.
        default: What it is when nobody asks; "" when nothing tells.
        origin: Who chose the default.
    """

    name: str
    values: tuple[str, ...] = ()
    default: str = ""
    origin: DefaultOrigin = DefaultOrigin.DEVICE


@frozen(kw_only=True)
class Share:
    """A queue as its agent shares it.

    Attributes:
        id: Of the device behind it, made by the agent once.
        queue: Its name on that machine.
        name: For people.
        location: For people.
        make_and_model: Of the driver or the device.
        formats: Media types it prints.
        options: What a job may ask for.
        state: Whether it prints.
        reasons: IPP ``printer-state-reasons``.
        accepting: Whether it takes jobs.
        hash: Of everything but state, reasons and accepting: see ``hashed``.
    """

    id: UUID
    queue: str
    name: str
    location: str = ""
    make_and_model: str = ""
    formats: tuple[str, ...] = ()
    options: tuple[ShareOption, ...] = ()
    state: ShareState = ShareState.IDLE
    reasons: tuple[str, ...] = ()
    accepting: bool = True
    hash: str = ""

    def hashed(self) -> "Share":
        """The same with its hash: SHA-256, hex, of JSON with sorted keys and no spaces."""
        said = {
            "id": str(self.id),
            "queue": self.queue,
            "name": self.name,
            "location": self.location,
            "make_and_model": self.make_and_model,
            "formats": list(self.formats),
            "options": [[one.name, list(one.values), one.default, one.origin.value] for one in self.options],
        }
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return evolve(self, hash=hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest())


@frozen(kw_only=True)
class KnownShare:
    """A share the hub has, with the hash it has of it."""

    id: UUID
    hash: str


def shares_digest(shares: Iterable[KnownShare]) -> str:
    """SHA-256, hex, over the lines ``id:hash`` in order."""
    lines = sorted(f"{share.id}:{share.hash}\n" for share in shares)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@frozen(kw_only=True)
class ShareWanted:
    """What the hub wants of a share.

    Attributes:
        id: The share.
        printer: The printer it is at the hub; "" while it is none.
        stopped: Somebody took it away at the hub: it is not registered again until they allow it.
        defaults: Defaults the tenant set above those of the queue.
    """

    id: UUID
    printer: str = ""
    stopped: bool = False
    defaults: tuple[ShareOption, ...] = ()


@frozen(kw_only=True)
class SharesRequest:
    """Asks whether the hub has what this agent shares; ``digest`` as ``shares_digest`` makes it."""

    digest: str


@frozen(kw_only=True)
class SharesAnswer:
    """What the hub has.

    Attributes:
        same: It has what the digest says; ``known`` is then left out.
        known: All shares it has of this agent.
        wanted: What it wants of those of which it wants something: stopped ones, and those with defaults of its own.
        allow: Patterns of queues and devices the tenant lets be shared; none for all.
        deny: Patterns of those it does not.
    """

    same: bool = False
    known: tuple[KnownShare, ...] = ()
    wanted: tuple[ShareWanted, ...] = ()
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@frozen(kw_only=True)
class SharesChange:
    """Differences: shares that are new or changed, at most ``SHARES_AT_ONCE``, and those whose queues are gone."""

    put: tuple[Share, ...] = ()
    gone: tuple[UUID, ...] = ()
