"""Numbers of documents that become PDFs: what a sandbox may use, and how many there are at once."""

from typing import Final

DOCUMENT_BYTES: Final = 100 << 20
"""One document that is handed in to be converted: a presentation full of pictures has some tens of MiB."""

RESULT_BYTES: Final = 256 << 20
"""The PDF made of it, and any one file in the sandbox: pictures without loss grow to several times their size."""

SCRATCH_BYTES: Final = 768 << 20
"""All files of one sandbox, which lie in memory: the PDF, a copy of the source, and a profile of the program."""

MEMORY_BYTES: Final = 1536 << 20
"""Memory of all processes of one sandbox, beside its files: an A3 picture of 600 dpi takes 200 MiB, an office 300."""

PROCESS_DATA_BYTES: Final = 2 << 30
"""Private memory one process of it may ask for: the kernel's bound, where a look at all of them comes too late."""

SANDBOX_PROCESSES: Final = 200
"""Processes in one sandbox: a browser has a dozen."""

OPEN_FILES: Final = 1024
"""Open files of one process in it."""

CPU_S: Final = 90
"""Processor time of one process in it."""

CONVERSION_S: Final = 90.0
"""From the start of a converter to its end: a person waits for it, and the longest honest ones take half of that."""

SANDBOX_LOOK_S: Final = 0.2
"""So often the memory of a sandbox is looked at: a program fills half a GiB in the meantime at most."""

CONVERSIONS_AT_ONCE: Final = 3
"""Converters that run in one process of the hub: each may use a processor and its memory."""

CONVERSIONS_PER_TENANT: Final = 2
"""Those of one tenant, so that there is room for another's while one tenant's hang."""

WAITING_PER_TENANT: Final = 8
"""Documents of one tenant that came or come and wait for a converter; each lies on the hub's disk."""

WAITING: Final = 40
"""Documents of all tenants that do: 4 GiB of disk when all are of the largest size."""

WAIT_S: Final = 60.0
"""So long a document waits for a converter before its sender is told to try again: a person watches."""

SNIFFED_BYTES: Final = 64 << 10
"""So much of the beginning and the end of a document is looked at to tell what it is."""

NAME_CHARS: Final = 255
"""A file's name, as file systems have it; only its ending is looked at."""
