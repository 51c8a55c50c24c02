"""Numbers of the link to the hub, each with unit and reason."""

from __future__ import annotations

import datetime as dt
from typing import Final

from tympan_wire.hub import PART_BYTES

ANSWER_S: Final = 60.0
"""For a hub to answer one request; behind a slow proxy a desired state of 1,000 printers takes some seconds."""

HELLO_S: Final = 30.0
"""For the first line of an opened stream: a proxy that swallows streams shows within this."""

LINE_BYTES: Final = 64 * 1024
"""One line of the stream; the longest there is has 200 bytes."""

REFUSAL_BYTES: Final = 64 * 1024
"""Read of a no where a stream was expected; a problem has 500 bytes."""

LISTENERS: Final = 16
"""Who may listen to notices at once: one plugin does."""

PENDING: Final = 16
"""Notices waiting for one listener; more say nothing new."""

PACE_MAX_S: Final = 600.0
"""Longest wait a hub may ask for: printing goes on, but a person waits for an installation."""

ASSERTION_S: Final = 120
"""Life of an assertion: time for one request; the hub takes at most 300 s."""

TOKEN_USE: Final = 0.8
"""Part of an access token's life it is used for: the rest is for requests under way and clocks that differ."""

REVOKED_S: Final = 600.0
"""Between two questions to a hub that revoked this agent."""

ADDRESS_CHARS: Final = 500
"""An address of a hub."""

TOKEN_CHARS: Final = 500
"""A one-use token."""

NAME_BYTES: Final = 127
"""Of a computer's name; what a hub takes (RFC 8011 section 5.1.3)."""

CODES: Final = 16
"""Codes that are looked at at once; a newer one ends the oldest."""

REFRESH_BYTES: Final = 32
"""Chance in a refresh token."""

REFRESH_AFTER: Final = dt.timedelta(days=1)
"""How often a sign-in is lengthened: a stolen token is found out within a day of its use."""

SIGN_INS: Final = 200
"""Accounts of one machine: as many as the 64 KiB hold that are kept of them."""

KEEP_S: Final = 3600.0
"""Between two looks at certificate and sign-ins; both are renewed long before they end."""

UPLOAD_PART_BYTES: Final = 2 * 1024 * 1024
"""Sent as one part: two fill the window, so that the hub works with one while another travels. Half of it costs a fifth
of the speed, for each part is a request, a file and a row."""

UPLOAD_PARTS_AT_ONCE: Final = 4
"""Of one upload; more than fill the window only where parts are small."""

UPLOAD_WINDOW_BYTES: Final = PART_BYTES
"""Of parts that are not answered, all uploads together: a cut costs what one part of the largest size would."""

SENT_BYTES: Final = 256 * 1024
"""Sent at once: what a line of 128 kbit/s takes within the time below, though four share it."""

STALL_S: Final = 30.0
"""For the network to take one piece: a line that was left for another tells nobody, and shows by this."""

PACED_BYTES: Final = 16 * 1024
"""Sent at once under a cap: a line that is shared is not taken whole for longer than this needs."""

PACED_RATE_LEAST: Final = 8 * 1024
"""The lowest cap, bytes a second: the hub gives up on a body that comes more slowly than 4 KiB a second."""

PACED_PART_S: Final = 30
"""A part under a cap is under way for so long: the hub waits for one for 300 s."""

RANGE_BYTES: Final = 2 * 1024 * 1024
"""Fetched of a download with one request."""

RANGE_BYTES_LEAST: Final = 256 * 1024
"""After breaks as little as this: a line of 40 kbit/s brings it within the time an answer has."""

RANGES: Final = 4
"""Of one download under way or waiting for their reader: so many are in memory."""

DOWNLOAD_WINDOW_BYTES: Final = PART_BYTES
"""Of ranges that are not answered, all downloads together: what a cut costs."""

CONNECTIONS: Final = 16
"""To the hub at once: the stream, parts and ranges, and room for requests beside them."""

STORE_AWAY_S: Final = 600.0
"""The hub's store is not asked again after it failed: the hub gives the same bytes itself."""

STORE_ADDRESS_CHARS: Final = 4096
"""A signed address; with a session's token one has 1,500."""

REFERENCE_CHARS: Final = 100
"""Of what names an upload at the hub; today's have 32."""

AGENTS: Final = 20_000
"""Of the key book that are remembered, those revoked too; who finds no room is given no keys of documents."""

AGENT_CHARS: Final = 64
"""An agent's name at the hub; today's have 32."""

AGENT_NAME_CHARS: Final = 64
"""Kept of an agent's name for people: it stands in a table of a terminal."""

KEY_BYTES: Final = 4096
"""A key for envelopes, or its proof; a hybrid key has 1,217."""

BOOK_BUCKETS: Final = 1024
"""Values the key book is kept in: 20 agents each when there are as many as may be."""

BUCKET_AGENTS: Final = 44
"""Of one of those values, which has at most 64 KiB: an agent whose name is all escapes has 1.4 kB."""

BOOK_PAGE_ENTRIES: Final = 1000
"""Told at once: a hub tells 200; signatures of ten thousand would keep this agent from all else for a second."""

BOOK_PAGES: Final = 500
"""Asked of the key book in one look: 100,000 entries; what is behind follows with the next."""

BOOK_LOOK_S: Final = 300.0
"""Between two looks at the key book when no notice comes: what must be known at once has one."""

BOOK_AGAIN_S: Final = 2.0
"""A key that is not known is looked for in the book at most so often, whoever offers it."""

BOOK_LOGGED: Final = 20
"""Agents named in the log after one look at the key book; 'tympan keys' shows them all."""

ECHO_S: Final = 5.0
"""For an echo that a person waits for; the usual one has three times as long."""

CLOCK_S: Final = 60.0
"""That a clock may be off before it is told: signed policy and certificates end to the minute, and nothing sooner."""
