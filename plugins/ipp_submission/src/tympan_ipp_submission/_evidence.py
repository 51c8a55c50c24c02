"""Evidence: what is written down before a step that cannot be taken back, to find the job again after a crash.

- One JSON object of at most 4 KiB, whatever a device says of itself: evidence that could not be written would leave a
  job at the device that nobody finds, and make another at the next try.
- Names are kept as they were sent, up to the most an IPP name has; a device's URIs are dropped where they do not fit,
  as nothing is found by them; a strange ``job-uuid`` is kept as its digest.
- It never holds a document's bytes or a key.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Final, Self

import attrs

from tympan_ipp_submission._limits import EVIDENCE_BYTES

NAME_CHARS: Final = 255
"""Of names and users kept for comparison: IPP names end there (RFC 8011 section 5.1.3)."""

UUID_CHARS: Final = 80
"""Of a ``job-uuid`` kept as it is: a URN takes 45 (RFC 8011 section 5.3.2)."""


def kept_uuid(uuid: str) -> str:
    """A ``job-uuid`` as it is kept and compared: itself, or its SHA-256 when it is long or strange."""
    if len(uuid) <= UUID_CHARS and uuid.isascii() and uuid.isprintable():
        return uuid
    return f"sha256:{hashlib.sha256(uuid.encode('utf-8', 'surrogatepass')).hexdigest()}"


class Step(StrEnum):
    """How far the delivery had come."""

    CREATING = "creating"
    """Create-Job is about to leave: a job without a document may stand at the device; nothing can be printed."""
    CREATED = "created"
    """The device gave a job number: any part of the document may have arrived."""
    PRINTING = "printing"
    """Print-Job is about to leave, to a device that has no Create-Job: no number is known yet."""
    SENT = "sent"
    """The device took the last byte."""


@attrs.frozen(kw_only=True)
class Evidence:
    """Where the job stands at the device.

    Attributes:
        step: How far it had come.
        uri: The device as it was asked.
        name: ``job-name`` it was sent under.
        user: ``requesting-user-name`` it was sent under.
        at: When the step began, seconds since 1970, UTC.
        up_time_s: The device's ``printer-up-time`` then; 0 when it tells none.
        newest_id: Highest ``job-id`` seen at the device before the job was made.
        job_id: Its number there; 0 while unknown.
        job_uri: Its URI there.
        job_uuid: The device's own ``job-uuid``, as ``kept_uuid`` has it.
        withdrawn: It is being canceled there by us, as its document will not be whole: no person canceled it.
    """

    step: Step
    uri: str
    name: str = ""
    user: str = ""
    at: float = 0.0
    up_time_s: int = 0
    newest_id: int = 0
    job_id: int = 0
    job_uri: str = ""
    job_uuid: str = attrs.field(default="", converter=kept_uuid)
    withdrawn: bool = False

    def encode(self) -> bytes:
        """As kept by the kernel; it always fits."""
        fields = attrs.asdict(self) | {"name": self.name[:NAME_CHARS], "user": self.user[:NAME_CHARS]}
        data = _json(fields)
        for spare in ("job_uri", "uri"):
            if len(data) > EVIDENCE_BYTES:
                fields[spare] = ""
                data = _json(fields)
        return data

    @classmethod
    def decode(cls, data: bytes) -> Self | None:
        """What ``encode`` wrote; None when it is anything else."""
        try:
            fields = json.loads(data.decode("utf-8", "surrogatepass"))
            known = {field.name: fields[field.name] for field in attrs.fields(cls) if field.name in fields}
            return cls(**(known | {"step": Step(known["step"])}))
        except (ValueError, KeyError, TypeError):
            return None


def _json(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
