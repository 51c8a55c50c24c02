"""Every number of tympan_sim, with its unit and its reason."""

KIB = 1024
MIB = 1024 * KIB

ATTRIBUTE_BYTES = MIB
"""Attribute part of one request; a ticket with a long media-col is a hundredth of it."""
FAULT_BYTES = 4 * KIB
"""Body of a request that orders faults: a few words."""
PRINTERS = 1000
"""Printers of one process; the largest benchmark runs 500."""
ANNOUNCE_S = 60.0
"""For all printers to be announced; 500 take some seconds."""
ANNOUNCED_AT_ONCE = 100
"""Services announced together: more would not fit into the receive buffers of those who listen."""
GOOD_BYE_S = 5.0
"""For the good-byes to be sent."""
HISTORY_JOBS = 500
"""Finished jobs a printer remembers unless its profile says otherwise; office devices keep 50 to 500."""
QUEUED_JOBS = 1000
"""Unfinished jobs a printer takes before it answers server-error-too-many-jobs."""
EXPANSION = 1100
"""Most bytes a compressed byte may become: deflate's own ceiling is 1032, so only a bomb of bombs is refused."""
DOCUMENT_BYTES = 16 * 1024 * MIB
"""One document, decompressed."""
KEPT_PDF_BYTES = 16 * MIB
"""Of a PDF, kept in memory to look for pages inside compressed object streams; a longer one is counted as it passes."""
OBJECT_STREAM_BYTES = 8 * MIB
"""One PDF object stream, decompressed: past it the pages are not counted."""
PAGES = 1_000_000
"""Impressions of one job: more is a damaged count."""
PIECE_BYTES = 256 * KIB
"""Document bytes expanded at a time."""
OPEN_JOB_TIMEOUT_S = 60.0
"""A job created and never closed is aborted after this (multiple-operation-time-out)."""
HANG_S = 3600.0
"""Longest the fault `hang` keeps a caller waiting."""
CERTIFICATE_DAYS = 30
"""Validity of a self-signed certificate: longer than any test, too short to be used for anything else."""
CONNECTIONS = 1024
"""Open at once on one listener; 500 printers in one benchmark have two each."""
