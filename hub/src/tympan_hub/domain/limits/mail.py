"""Limits of the mail door, and of what is read of a letter that comes in by it."""

import datetime as dt
from typing import Final

SECOND_CLICK: Final = dt.timedelta(seconds=30)
"""So long after an address was made the same form again is a second click of a hand that saw no answer yet."""

RESULTS_BYTES: Final = 16 * 1024
"""Longest ``Authentication-Results`` that is read: a server that checks ten signatures writes two thousand."""

SENDER_BYTES: Final = 1024
"""Longest ``From`` that is read: an address has at most 254 characters, and a name beside it."""

LETTER_BYTES: Final = 40 << 20
"""One letter: attachments grow by a third under way, and few mail servers let more than 35 MiB through."""

HEAD_BYTES: Final = 256 * 1024
"""The header of a letter: each server it passed wrote some KiB into it."""

PART_HEAD_BYTES: Final = 16 * 1024
"""The header of a part: how it is written, and the name of its file."""

DEPTH_MOST: Final = 10
"""Parts within parts: a signed letter of a mailing list with pictures in its page has five."""

PARTS_MOST: Final = 200
"""Parts of a letter: somebody's holiday pictures, and what stands between them."""

DOCUMENTS_MOST: Final = 20
"""Documents of one letter that are printed: more at once are a mistake, and much paper."""

BOUNDARY_CHARS: Final = 200
"""Longest line between parts; RFC 2046 section 5.1.1 allows 70."""

PICTURES_BYTES: Final = 16 << 20
"""Pictures that are put into the page of a letter which shows them."""

RECIPIENTS_MOST: Final = 20
"""Of one letter in one delivery: each is an address of one person, and a letter is from one person."""

CONNECTIONS_MOST: Final = 16
"""Of mail servers to one process: each holds a small letter in memory, and what waits, waits at the mail server."""

SMALL_LETTER_BYTES: Final = 1 << 20
"""So much of a letter is read from every connection; most letters have no more."""

LARGE_LETTERS: Final = 6
"""Letters of one process that may have more, until they are answered for: 240 MiB of memory when all are of the largest
size. Those that wait for that are read no further, and wait at the mail server."""

LETTERS_AT_ONCE: Final = 4
"""Letters that are read and handed in at once: there are not more converters."""

LETTERS_PER_TENANT: Final = 2
"""Those of one tenant, so that another's come in while what one tenant sends takes long."""

REFUSALS_KEPT: Final = 1000
"""Documents whose refusal is remembered while their letter is to be brought again: an id and a sentence each."""

COMMANDS_MOST: Final = 200
"""Of one kind in one connection, before it is hung up on: a mail server begins another."""

LETTER_S: Final = 300.0
"""From a command of the mail server to its answer, the whole letter with it: servers wait ten minutes for theirs
(RFC 5321 section 4.5.3.2.6), and what is cut off they bring again."""

LINE_BYTES: Final = 64 * 1024
"""What is read ahead of a connection; commands are far shorter."""

CLOSING_S: Final = 5.0
"""So long a hub that ends waits for the letters it has; who brought the others brings them again."""

ANSWER_CHARS: Final = 400
"""Of one answer: a line of SMTP has 512 octets (RFC 5321 section 4.5.3.1.5)."""
