"""What became of a form with several grants."""

from __future__ import annotations

import attrs

from tympan.plugin import Released


@attrs.frozen(kw_only=True)
class Outcome:
    """How many documents are on their way, why others are not, and what will differ from what was ordered."""

    sent: int = 0
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def and_also(self, released: Released) -> Outcome:
        """With what one more grant did."""
        refused = tuple(one.detail for one in released.refused)
        return Outcome(
            sent=self.sent + len(released.jobs),
            refused=(*self.refused, *refused),
            notes=(*self.notes, *released.notes),
        )

    def with_refused(self, reason: str) -> Outcome:
        """With one more that did nothing."""
        return attrs.evolve(self, refused=(*self.refused, reason))
