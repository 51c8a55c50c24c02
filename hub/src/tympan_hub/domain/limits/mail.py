"""Limits of what is read of a letter that comes in by e-mail."""

from typing import Final

RESULTS_BYTES: Final = 16 * 1024
"""Longest ``Authentication-Results`` that is read: a server that checks ten signatures writes two thousand."""

SENDER_BYTES: Final = 1024
"""Longest ``From`` that is read: an address has at most 254 characters, and a name beside it."""
