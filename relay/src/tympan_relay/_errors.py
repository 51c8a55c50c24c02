"""What goes wrong with a job on its way from one agent to another.

::

    TympanError
    └── CopyRefused          another agent's job cannot be taken in                never
        ├── CopySpoiled      its document or note is not what was sealed           never
        └── EnvelopeForAnother  its key is not for this agent, or cannot be opened    never
"""

from __future__ import annotations

from tympan.plugin import TympanError


class CopyRefused(TympanError):
    """Another agent's job cannot be taken in."""

    def __init__(self, why: str) -> None:
        cause = f"the sealed copy of the job cannot be taken in: {why:.300}"
        super().__init__(cause, next_step="Switch the computer on from which it was printed, or print it again.")


class CopySpoiled(CopyRefused):
    """Its document or its note is not what was sealed, for whoever opens it; what it is stands in the cause."""


class EnvelopeForAnother(CopyRefused):
    """Its key is not for this agent; another may open its own."""
