"""Evidence: what is written down before a step that cannot be taken back, to find the job again after a crash."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Self

import attrs

from tympan_printer_sharing._limits import EVIDENCE_BYTES


class Step(StrEnum):
    """How far a job had come."""

    STARTING = "starting"
    """An empty job is about to be made; no byte of the document left."""
    SENDING = "sending"
    """The queue has the job, and bytes may have left."""
    SENT = "sent"
    """The queue has the document."""


@attrs.frozen(kw_only=True)
class Evidence:
    """Where the job stands at the spooler.

    Attributes:
        step: How far it had come.
        queue: Its name then.
        number: The spooler's; 0 while unknown.
    """

    step: Step
    queue: str
    number: int = 0

    def encoded(self) -> bytes:
        """As bytes the kernel keeps."""
        said = json.dumps({"step": self.step.value, "queue": self.queue, "number": self.number}).encode()
        if len(said) > EVIDENCE_BYTES:
            raise ValueError("the name of the queue is too long to be written down")
        return said

    @classmethod
    def decoded(cls, kept: bytes) -> Self | None:
        """Reads it; None when it is none."""
        try:
            told = json.loads(kept)
            return cls(step=Step(told["step"]), queue=str(told["queue"]), number=int(told["number"]))
        except (ValueError, TypeError, KeyError):
            return None
