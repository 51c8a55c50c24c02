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

PART_BYTES: Final = MESSAGE_BYTES
"""Most bytes of one part of an upload, and what an agent takes by itself: what a cut costs, and what memory holds."""

PART_BYTES_LEAST: Final = 64 << 10
"""Least bytes of a part that is not the last: smaller ones are more rows than bytes."""

UPLOAD_PARTS: Final = 4096
"""Parts of one upload: 16 GiB in the largest parts."""

UPLOAD_NAME_OCTETS: Final = 200
"""An agent's own name of an upload."""

GRANT_S: Final = 900
"""Longest life of a `ReleaseGrant`, seconds: a walk to the device and back, and no more for whoever copies it."""

GRANTS_AT_ONCE: Final = 100
"""Grants one person is given, or an agent is handed, at a time: as many jobs as a person holds."""
