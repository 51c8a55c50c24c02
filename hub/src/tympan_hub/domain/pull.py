"""Pull printers: how a queue holds jobs, where it keeps them, and what proves that somebody stands at the device."""

import datetime as dt
from enum import StrEnum

from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.limits.pull import (
    BYTES_HELD,
    BYTES_HELD_MOST,
    GRANT_LASTS,
    GRANT_LASTS_MOST,
    HOLD,
    HOLD_LEAST,
    HOLD_MOST,
    JOBS_HELD,
    JOBS_HELD_MOST,
    PAGES_A_MONTH_MOST,
    WARN_BEFORE,
)
from tympan_hub.domain.proximity import Proximity


class Offers(StrEnum):
    """What a pull queue offers: what all of its devices can do, or what any of them can."""

    ALL = "all"
    ANY = "any"


class Mirroring(StrEnum):
    """Where a held job is kept beside the agent that took it, as ciphertext."""

    NONE = "none"
    HUB = "hub"
    AGENTS = "agents"


@frozen(kw_only=True)
class PullSettings:
    """How a pull queue holds jobs.

    Attributes:
        offers: What it offers programs.
        adapt: Whether a job is adapted to a device that cannot do all of it; else it is refused there.
        hold: How long a job is held.
        warn_before: How long before the end its owner is warned.
        jobs_most: Jobs held for one account at one agent.
        bytes_most: Bytes held for one account at one agent.
        pages_a_month: Sides one person may release in a calendar month (UTC); None for any number.
        mirror: Where else held jobs are kept.
        proximity: What is wanted as proof at the device, unless its release point says otherwise.
        offline: Whether jobs may be released by signed grants while the hub is away; never where a screen's code is
            wanted, which no agent can check alone.
        grant_lasts: How long such a grant is good.
    """

    offers: Offers = Offers.ALL
    adapt: bool = True
    hold: dt.timedelta = HOLD
    warn_before: dt.timedelta = WARN_BEFORE
    jobs_most: int = JOBS_HELD
    bytes_most: int = BYTES_HELD
    pages_a_month: int | None = None
    mirror: Mirroring = Mirroring.NONE
    proximity: Proximity = Proximity.STATIC
    offline: bool = False
    grant_lasts: dt.timedelta = GRANT_LASTS


def check_pull(settings: PullSettings) -> None:
    """Raises ``BadInput`` for settings no queue can have."""
    if not HOLD_LEAST <= settings.hold <= HOLD_MOST:
        raise BadInput("jobs are held for 5 minutes to 14 days", next_step="Give another time.", field="hold")
    if not dt.timedelta(0) <= settings.warn_before < settings.hold:
        cause = "the warning comes before the end, and after the job"
        raise BadInput(cause, next_step="Give less than the time jobs are held.", field="warn_before")
    if not 1 <= settings.jobs_most <= JOBS_HELD_MOST:
        raise BadInput(f"1 to {JOBS_HELD_MOST} jobs are held for one account", field="jobs_most")
    if not 1 <= settings.bytes_most <= BYTES_HELD_MOST:
        raise BadInput(f"1 to {BYTES_HELD_MOST} bytes are held for one account", field="bytes_most")
    if settings.pages_a_month is not None and not 1 <= settings.pages_a_month <= PAGES_A_MONTH_MOST:
        raise BadInput(f"a quota has 1 to {PAGES_A_MONTH_MOST} sides a month", field="pages_a_month")
    if not dt.timedelta(minutes=1) <= settings.grant_lasts <= GRANT_LASTS_MOST:
        raise BadInput("a grant is good for 1 to 15 minutes", field="grant_lasts")
