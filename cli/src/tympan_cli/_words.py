"""Words for what can be ordered of a job, the same wherever they are typed."""

from __future__ import annotations

from typing import Final

COLORS: Final = ("auto", "color", "monochrome")
"""``print-color-mode`` (PWG 5100.13)."""
SIDES: Final = {"one": "one-sided", "long": "two-sided-long-edge", "short": "two-sided-short-edge"}
"""``sides`` (RFC 8011 section 5.2.8) by the edge the sheet is turned over."""
