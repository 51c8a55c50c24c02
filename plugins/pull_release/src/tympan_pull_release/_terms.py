"""Terms: how a pull printer holds jobs, as the hub says, or as this machine's settings do. Pure."""

from __future__ import annotations

import attrs

from tympan.plugin import Printer, PrinterMode, Settings
from tympan_relay import terms_of
from tympan_wire.hub import PullRules

HELD = "job-held-for-release"
"""``job-state-reasons`` of a job that waits for its owner."""

FULL = "account-limit-reached"
"""``job-state-reasons`` of a job that is more than its account may have held (PWG 5100.16 section 7.1)."""


@attrs.frozen(kw_only=True)
class PullSettings:
    """Settings, as in ``plugin.toml``."""

    hold_s: float = 86_400.0
    jobs_most: int = 100
    poll_s: float = 30.0

    @classmethod
    def of(cls, settings: Settings) -> PullSettings:
        """As the host gives them."""
        return cls(
            hold_s=settings.number("hold_s"), jobs_most=settings.integer("jobs_most"), poll_s=settings.number("poll_s")
        )


def is_pull(printer: Printer | None) -> bool:
    """Whether it holds its jobs."""
    return printer is not None and printer.mode is PrinterMode.PULL


def of_hub(printer: Printer | None) -> bool:
    """Whether a hub decides about its jobs; else they come out at its own device, when somebody here says so."""
    return printer is not None and is_pull(printer) and (bool(printer.terms) or not printer.uri)


def rules_of(printer: Printer, settings: PullSettings) -> PullRules:
    """How a pull printer holds jobs; one whose terms cannot be read holds them as any other would."""
    if of_hub(printer):
        return terms_of(printer).pull or PullRules()
    return PullRules(hold_s=int(settings.hold_s), jobs_most=settings.jobs_most)
