"""What goes wrong when packages are made.

PackagingError    the sentence says what to do
"""

from __future__ import annotations


class PackagingError(Exception):
    """A package cannot be made; its text is a sentence for whoever makes it."""
