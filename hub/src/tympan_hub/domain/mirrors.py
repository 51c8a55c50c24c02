"""Mirrored jobs: the sealed document at the hub, and its key in envelopes the hub cannot open."""

import base64
import binascii
import datetime as dt
from collections.abc import Collection

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, JobId, TenantId, UploadId
from tympan_hub.domain.limits.pull import ENVELOPE_BYTES, KEEPERS, NOTE_BYTES, READERS


@frozen(kw_only=True)
class Mirror:
    """A held job's sealed document at the hub.

    Attributes:
        tenant: Whose.
        job: Which job.
        agent: Who took the job, and uploaded it.
        upload: Its bytes.
        size: Of them.
        note: What belongs to the job beside its document, sealed with the document's key, base64.
        at: When it was mirrored.
        erased: Whether its bytes are gone from the hub: the agents that were chosen for it keep them.
    """

    tenant: TenantId
    job: JobId
    agent: AgentId | None
    upload: UploadId
    size: int
    note: str
    at: dt.datetime
    erased: bool = False


@frozen(kw_only=True)
class Envelope:
    """A document's key for one agent, base64."""

    job: JobId
    agent: AgentId
    envelope: str


def keepers(able: Collection[AgentId], before: Collection[AgentId], here: Collection[AgentId]) -> tuple[AgentId, ...]:
    """Which agents keep a sealed document: those chosen before that still may, then those connected, then others.

    Args:
        able: Those with an envelope.
        before: Those that were chosen already.
        here: Those connected.
    """
    return tuple(sorted(able, key=lambda agent: (agent not in before, agent not in here, agent))[:KEEPERS])


def check_mirror(note: str, envelopes: tuple[Envelope, ...]) -> None:
    """Raises ``BadInput`` for what is too much, or no base64."""
    if len(envelopes) > READERS:
        raise BadInput(f"a mirrored document has at most {READERS} envelopes")
    _check(note, NOTE_BYTES, "note")
    for each in envelopes:
        _check(each.envelope, ENVELOPE_BYTES, "envelope")


def _check(text: str, most: int, what: str) -> None:
    if len(text) > most:
        raise BadInput(f"the {what} is longer than {most} characters")
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"the {what} is no base64") from error
