"""Limits: how much of a request is read, expanded, kept and waited for."""

from tympan_wire.ipp import Limits

KIB = 1024
MIB = 1024 * KIB

MESSAGE = Limits(message_bytes=256 * KIB, elements=8192)
"""Attributes of one request. The largest CUPS sends are 10 KiB; the kernel keeps tickets of 256 KiB at most."""

PIECE_BYTES = 256 * KIB
"""One piece of an expanded document: what a compressed one may take in memory at a time."""

EXPANSION_FREE_BYTES = 64 * MIB
"""Below this size a document may be as compressible as it likes: a blank raster page is."""

EXPANSION_RATIO = 250
"""Above it, expanded bytes per compressed byte. Deflate's own ceiling is 1032, which only a bomb reaches for long."""

EXPANDED_BYTES = 16 * 1024 * MIB
"""Longest document a compressed one may become."""

REQUESTED_NAMES = 512
"""Names looked at in requested-attributes; the whole registry has fewer for a printer."""

KEPT_ANSWERS = 64
"""Encoded answers kept per printer, one per set of requested attributes; a spooler asks for a handful."""

KEPT_FACES = 256
"""Printers whose encoded attributes are kept."""

JOBS_IN_ANSWER = 1000
"""Jobs in one answer to Get-Jobs when the client sets no lower limit."""

CREATED_JOBS = 256
"""Jobs created whose document has not come: more are answered busy."""

ABANDON_S = 5.0
"""Time to erase what came of a document whose sender went away, even while the plugin is being stopped."""

NAME_BYTES = 127
"""Names and texts that the suites of the PWG hold to 127 octets."""

TEXT_BYTES = 1023
"""A text (RFC 8011 section 5.1.2)."""

ABORT_SHOWN_AFTER_S = 3.0
"""An aborted job is shown as stopping for so long: CUPS looks at a new job at once, and again after one second."""

ABORT_HELD_BACK_S = 15.0
"""For so long to those who ask on a connection of their own each time: the watch of CUPS looks 8 s apart at most."""

ABORT_HEARD_S = 3.0
"""And for so long once the watch was told: on a busy machine the other thread may ask before the watch has read it."""

ABORTS_TOLD = 1_000
"""Jobs made with Create-Job, remembered for that: CUPS has one at a time for each of its queues."""
