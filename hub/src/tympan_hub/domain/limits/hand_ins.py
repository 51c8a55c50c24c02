"""Numbers of what people hand in, each with unit and reason."""

from typing import Final

TITLE_CHARS: Final = 255
"""Of a title, as IPP's names have (RFC 8011 section 5.1.3)."""

MEDIA_CHARS: Final = 127
"""Of a paper's name; PWG's self-describing names are shorter (PWG 5101.1)."""

PAGES_MOST: Final = 1_000_000
"""Of one document: more is a mistake, and no paper."""

PLAIN_BYTES: Final = 64 * 1024 * 1024
"""Of a document a program gives in clear, in one request: a larger one it seals itself, and sends in parts."""

WAITING_PER_PERSON: Final = 100
"""Jobs one person has handed in that nobody began with: more is a mistake, or somebody who fills the hub."""

RANGES_MOST: Final = 100
"""Ranges of pages of one job: more than anybody types."""
