"""Limits of messages between agent and hub. Each bounds what the other side can make this one keep."""

from typing import Final

MESSAGE_BYTES: Final = 4 << 20
"""One message. A desired state of 1,000 printers has 300 KiB; more than this is an attack on memory."""

DEPTH: Final = 16
"""Objects and lists within each other; the deepest message here has 6."""

BATCH_REPORTS: Final = 200
"""Reports in one batch: large enough that an hour's printing of an office is one request."""

TEXT_CHARS: Final = 4096
"""One text: a document's name, a sentence, an address."""

LIST_ITEMS: Final = 10_000
"""Entries of one list: printers, commands, pages with colour."""
