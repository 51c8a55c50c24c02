"""Uploads of agents: bodies larger than a message, which come in parts and may be cut off at any moment.

- An agent names its upload; while the hub has it, the same name means the same upload.
- Every part has a checksum of its own. The whole is finished when all parts are there and the checksum over their
  checksums is the one the agent has: then nothing of it changes any more.
- What is to go away is marked first, then its bytes go, then its row: a crash in between leaves nothing behind.
"""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.blobs import BlobName, Kind, Shelf
from tympan_hub.domain.errors import BadInput, Conflict, Full, TooLarge
from tympan_hub.domain.ids import AgentId, PersonId, TenantId, UploadId
from tympan_hub.domain.limits.uploads import (
    BLOB_BYTES,
    UPLOAD_BYTES,
    UPLOAD_BYTES_PER_AGENT,
    UPLOAD_BYTES_PER_TENANT,
    UPLOAD_KEPT,
    UPLOAD_NAME_OCTETS,
    UPLOAD_OF_HUB,
    UPLOAD_PART_BYTES_LEAST,
    UPLOAD_PARTS,
    UPLOAD_UNFINISHED,
    UPLOADS_PER_AGENT,
    UPLOADS_PER_TENANT,
)
from tympan_hub.domain.text import is_name


class UploadState(StrEnum):
    """Where an upload stands."""

    OPEN = "open"
    FINISHED = "finished"
    LEAVING = "leaving"


class UploadStep(StrEnum):
    """What happens to an upload."""

    FINISH = "finish"
    LEAVE = "leave"


STEPS: Final = {
    (UploadState.OPEN, UploadStep.FINISH): UploadState.FINISHED,
    (UploadState.OPEN, UploadStep.LEAVE): UploadState.LEAVING,
    (UploadState.FINISHED, UploadStep.LEAVE): UploadState.LEAVING,
}
"""The one table of what may happen to an upload."""


HUBS_OWN: Final = "hand-in "
"""How the names of those begin that the hub fills itself. Whoever calls theirs so has it cleared away as early."""


@frozen(kw_only=True)
class Uploader:
    """Who uploads: an agent, or a person who hands something in.

    Attributes:
        tenant: Whose.
        agent: Which agent; None for a person.
        person: Who; None for an agent.
    """

    tenant: TenantId
    agent: AgentId | None = None
    person: PersonId | None = None

    def owns(self, upload: "Upload") -> bool:
        """Whether an upload is theirs."""
        return (self.tenant, self.agent, self.person) == (upload.tenant, upload.agent, upload.person)

    def __str__(self) -> str:
        return f"agent {self.agent}" if self.person is None else f"person {self.person}"


@frozen(kw_only=True)
class Part:
    """A part that is there.

    Attributes:
        number: From 0.
        sha256: Of its bytes, hex.
        piece: Under which id its bytes are kept.
    """

    number: int
    sha256: str
    piece: str


@frozen(kw_only=True)
class Upload:
    """An upload.

    Attributes:
        id: Its id.
        tenant: Whose it is.
        agent: Which agent uploads it; None for a person.
        person: Who uploads it, to hand it in; None for an agent.
        name: What the agent calls it.
        user: The account of the operating system whose body it is.
        size: Its bytes.
        part_bytes: The size of each part but the last.
        state: Where it stands.
        digest: The checksum over the checksums of its parts, once it is finished.
        begun_at: When it began.
        touched_at: When its agent was heard of last about it.
    """

    id: UploadId
    tenant: TenantId
    agent: AgentId | None
    person: PersonId | None = None
    name: str
    user: str
    size: int
    part_bytes: int
    state: UploadState = UploadState.OPEN
    digest: str = ""
    begun_at: dt.datetime
    touched_at: dt.datetime

    @property
    def shelf(self) -> Shelf:
        """Where its bytes lie."""
        return Shelf(kind=Kind.UPLOADS, holder=self.id)

    @property
    def count(self) -> int:
        """How many parts it has."""
        return -(-self.size // self.part_bytes)

    def blob(self, part: Part) -> BlobName:
        """The name of a part's bytes."""
        return BlobName(shelf=self.shelf, piece=part.piece)

    def bytes_of(self, number: int) -> int:
        """How many bytes a part has; raises ``BadInput`` when there is no such part."""
        if not 0 <= number < self.count:
            raise BadInput(f"the upload has {self.count} parts, and none of the number {number}")
        return min(self.part_bytes, self.size - number * self.part_bytes)

    def numbers(self, start: int, size: int) -> range:
        """The parts that hold ``size`` bytes from ``start`` on."""
        end = min(start + size, self.size)
        return range(start // self.part_bytes, -(-end // self.part_bytes)) if start < end else range(0)

    def is_outdated(self, at: dt.datetime) -> bool:
        """Whether nobody went on with it, or took it, for so long that it may go."""
        is_hubs = self.person is not None and self.name.startswith(HUBS_OWN)
        match self.state:
            case UploadState.OPEN:
                return self.touched_at < at - (UPLOAD_OF_HUB if is_hubs else UPLOAD_UNFINISHED)
            case UploadState.FINISHED:
                return self.touched_at < at - (UPLOAD_OF_HUB if is_hubs else UPLOAD_KEPT)
            case UploadState.LEAVING:
                return True

    def step(self, what: UploadStep) -> "Upload":
        """The upload after a step; raises ``Conflict`` for one that is not in the table."""
        after = STEPS.get((self.state, what))
        if after is None:
            raise Conflict(f"an upload that is {self.state.value} cannot {what.value}")
        return attrs.evolve(self, state=after)

    def finished(self, parts: Sequence[Part], *, ours: str, digest: str) -> "Upload":
        """The upload once all of it is there and proved; raises ``Conflict`` when it is not.

        Args:
            parts: Those that are there.
            ours: The checksum over theirs, in order.
            digest: The checksum that the agent has.
        """
        missing = self.count - len(parts)
        if missing:
            raise Conflict(f"{missing} of {self.count} parts are missing", next_step="Send them, then finish again.")
        if ours != digest:
            cause = "the checksum over the parts is another one than the hub has"
            raise Conflict(cause, next_step="Abandon the upload and begin again.")
        return attrs.evolve(self.step(UploadStep.FINISH), digest=digest)


@frozen(kw_only=True)
class UploadTally:
    """What there is at the hub, and what is still to be cleared away, for its bytes are there too.

    Attributes:
        count: How many uploads of one agent.
        size: Their bytes.
        tenant_count: How many of all agents of the tenant.
        tenant_size: Their bytes.
    """

    count: int
    size: int
    tenant_count: int
    tenant_size: int

    def check_room(self, size: int) -> None:
        """Raises ``Full`` when an upload of this size does not fit beside them."""
        if self.count >= UPLOADS_PER_AGENT or self.size + size > UPLOAD_BYTES_PER_AGENT:
            raise _full(f"this sender has {self.count} uploads of {self.size} bytes")
        if self.tenant_count >= UPLOADS_PER_TENANT or self.tenant_size + size > UPLOAD_BYTES_PER_TENANT:
            raise _full(f"this organisation has {self.tenant_count} uploads of {self.tenant_size} bytes")


def _full(what: str) -> Full:
    return Full(f"{what} at the hub: there is no room", next_step="Wait until some are taken or expire.")


def check_upload(name: str, size: int, part_bytes: int) -> None:
    """Raises ``BadInput`` or ``TooLarge`` for what cannot be uploaded."""
    if not is_name(name, UPLOAD_NAME_OCTETS):
        raise BadInput(f"an upload's name has 1 to {UPLOAD_NAME_OCTETS} octets and no control characters")
    if size < 0:
        raise BadInput("an upload has 0 bytes or more")
    if not UPLOAD_PART_BYTES_LEAST <= part_bytes <= BLOB_BYTES:
        raise BadInput(f"a part has {UPLOAD_PART_BYTES_LEAST} to {BLOB_BYTES} bytes")
    if size > min(UPLOAD_BYTES, part_bytes * UPLOAD_PARTS):
        most = min(UPLOAD_BYTES, part_bytes * UPLOAD_PARTS)
        raise TooLarge(f"an upload in such parts has at most {most} bytes", next_step="Send less, or larger parts.")
