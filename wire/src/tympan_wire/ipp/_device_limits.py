"""How much of what a device says of itself is kept. Each bounds what a stranger on a network can make others keep."""

from typing import Final

NAME_CHARS: Final = 127
"""Of a name, model, location or version: printer-name and its like have at most 127 octets (RFC 8011 section 5.4.3)."""

SERIAL_CHARS: Final = 100
"""Of a serial number; real ones have 6 to 20."""

WORD_CHARS: Final = 255
"""Of a keyword or media type (RFC 8011 section 5.1)."""

URI_CHARS: Final = 1023
"""Of a URI (RFC 8011 section 5.1.6)."""

FORMATS: Final = 100
"""Media types; a device has up to 30."""

SIDES: Final = 10
"""Values of sides; three are registered."""

MEDIA: Final = 300
"""Media names; a device with many trays and custom sizes has about 150."""

REASONS: Final = 30
"""Reasons of a state."""

SUPPLIES: Final = 50
"""Supplies; a large press has about 20."""

DEVICE_ID_CHARS: Final = 1023
"""Of printer-device-id (PWG 5100.13 section 5.6.2)."""
