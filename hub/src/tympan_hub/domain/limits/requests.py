"""Numbers of requests, and of the tokens and keys they come with."""

import datetime as dt
from typing import Final

REQUEST_S: Final = 30.0
"""For the head of a request to be whole, and for the beginning of its body: slow lines take some seconds."""

BODY_BYTES_PER_S: Final = 4096
"""The lowest rate of a body that is waited for: a quarter of what the slowest line brings that uploads are made for."""

ANSWER_S: Final = 120.0
"""So long is a reader waited for that takes nothing of its answer: a slow line empties what systems hold in steps."""

API_TOKENS: Final = 200
"""Tokens of the API in one tenant that are not revoked."""

API_TOKEN_MOST: Final = dt.timedelta(days=366)
"""The longest a token of the API may live: it lies in scripts, and a year is when somebody looks at it again."""

API_TOKEN_KEPT: Final = dt.timedelta(days=30)
"""A token that has ended stays in the list so long, for whoever wonders why a script stopped."""

API_TOKEN_USED: Final = dt.timedelta(minutes=1)
"""How exactly the last use of a token is kept: every request would else be a write."""

API_REQUESTS: Final = 600
"""Requests with one token within a minute, in each process: ten a second, more than any script of one tenant needs."""

REPEATS: Final = dt.timedelta(days=1)
"""So long is the answer to a request with an ``Idempotency-Key`` kept for its repetition."""

REPEAT_KEY_CHARS: Final = 200
"""An ``Idempotency-Key``."""

REPEATS_PER_TOKEN: Final = 10_000
"""Answers kept for one token: what one request a token leaves behind stays bounded."""
