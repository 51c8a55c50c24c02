"""Numbers of single values, whatever they belong to."""

from typing import Final

NAME_OCTETS: Final = 127
"""A name for people (RFC 8011 section 5.1.3: names of printers)."""

URI_OCTETS: Final = 1023
"""A device URI (RFC 8011 section 5.1.6)."""

WORD_CHARS: Final = 127
"""A name, model, place or keyword of a device, as a printer's; more is cut off."""

NUMBER: Final = (1 << 53) - 1
"""Largest whole number kept: what every database and every JSON reader holds exactly."""

NUMBER_32: Final = (1 << 31) - 1
"""Largest number of a small column: counts of one sweep."""
