"""Numbers of uploads, their parts, and the blobs they are kept in."""

import datetime as dt
from typing import Final

BLOB_BYTES: Final = 4 << 20
"""One blob: a part of an upload. It is held in memory, so that it is stored whole and proved, or not at all."""

BLOB_PIECE_BYTES: Final = 2 << 20
"""So much of a blob is read at once: what agents ask for with one request."""

BLOBS_WAIT_S: Final = 20.0
"""So long is a store of blobs tried before the hub says that it does not answer: an agent asks again by itself."""

BLOBS_CONNECT_S: Final = 5.0
"""For a connection to a store of blobs."""

BLOB_ADDRESS_S: Final = 120
"""Life of an address in the store: time to begin with one range, and little for whoever copies it."""

UPLOAD_BYTES: Final = 16 << 30
"""One upload: a sealed job. The largest documents seen in print shops have a few GiB."""

UPLOAD_PART_BYTES_LEAST: Final = 64 << 10
"""Least bytes of a part that is not the last: smaller ones are more rows than bytes."""

UPLOAD_PARTS: Final = 4096
"""Parts of one upload; each is a row."""

UPLOAD_NAME_OCTETS: Final = 200
"""An agent's own name of an upload."""

UPLOADS_PER_AGENT: Final = 500
"""Uploads of one agent that are there at once."""

UPLOAD_BYTES_PER_AGENT: Final = 32 << 30
"""Bytes of the uploads of one agent, so that one cannot fill the store."""

UPLOADS_PER_TENANT: Final = 20_000
"""Uploads of all agents of a tenant that are there at once: they are counted whenever one begins."""

UPLOAD_BYTES_PER_TENANT: Final = 1 << 40
"""Bytes of the uploads of a tenant, so that many agents cannot fill the store; what begins at once may exceed it."""

UPLOAD_UNFINISHED: Final = dt.timedelta(days=3)
"""An upload nobody goes on with is given up after this: a laptop sleeps over a weekend."""

UPLOAD_KEPT: Final = dt.timedelta(days=7)
"""A finished upload that nobody takes goes after this."""

UPLOAD_OF_HUB: Final = dt.timedelta(hours=1)
"""What the hub seals itself is a job within minutes; what is none after this was cut off, and goes."""

UPLOAD_PART_S: Final = 300.0
"""So long may one part be on its way: 4 MiB over a line of 128 kbit/s."""

PARTS_PER_AGENT: Final = 8
"""Parts of one agent on their way at once, in each process: four, and the four of a link that was cut just now."""

PARTS_AT_ONCE: Final = 32
"""Parts on their way at once in one process: 128 MiB when all are of the largest size."""

UPLOADS_TIDIED: Final = 200
"""Uploads of one tenant cleared away in one step of housekeeping."""
