"""What a check finds."""

from __future__ import annotations

from enum import StrEnum

import attrs


class Verdict(StrEnum):
    """How a check went."""

    PASSED = "passed"
    NOTE = "note"
    FAILED = "failed"


@attrs.frozen(kw_only=True)
class Finding:
    """One check.

    Attributes:
        topic: What was looked at.
        what: What must hold, as a sentence without its full stop.
        verdict: How it went.
        detail: What was found; "" where there is nothing to say.
        then: The next step; "" where none is needed.
    """

    topic: str
    what: str
    verdict: Verdict
    detail: str = ""
    then: str = ""


def passed(topic: str, what: str, detail: str = "") -> Finding:
    """It holds."""
    return Finding(topic=topic, what=what, verdict=Verdict.PASSED, detail=detail)


def failed(topic: str, what: str, detail: str, then: str) -> Finding:
    """It does not."""
    return Finding(topic=topic, what=what, verdict=Verdict.FAILED, detail=detail, then=then)
