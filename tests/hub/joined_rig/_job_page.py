"""What the page of a job tells, as it is read in the browser."""

from __future__ import annotations

from joined_rig._steps import Portal

_STORY = [
    "Received",
    "On its way to Front desk",
    "Asks the device for a job",
    "The device took the job as number {number}",
    "Sent to the device",
    "Printed",
]


def facts(at: Portal) -> dict[str, str]:
    """What a page tells as names and values."""
    names, values = at.page.locator("main dt").all_inner_texts(), at.page.locator("main dd").all_inner_texts()
    return dict(zip(names, values, strict=True))


def story(at: Portal) -> list[str]:
    """The sentences of a job's story, in order."""
    return at.page.locator(".story .what").all_inner_texts()


def told(number: int) -> list[str]:
    """The story of a job that went well, the device's ``number``-th."""
    return [sentence.format(number=number) for sentence in _STORY]
