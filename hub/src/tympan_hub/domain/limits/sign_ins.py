"""Numbers of device codes, and of the sign-ins at agents that come of them."""

import datetime as dt
from typing import Final

DEVICE_CODE: Final = dt.timedelta(minutes=10)
"""A device code waits so long for a person: time to find a phone, and little to guess in."""

DEVICE_CODE_INTERVAL_S: Final = 2
"""Seconds between two questions about a code: somebody waits in front of it. Who asks faster waits longer each time."""

DEVICE_CODE_SLOWER_S: Final = 5
"""Seconds added to that for who asks faster (RFC 8628 section 3.5)."""

DEVICE_CODE_INTERVAL_MOST_S: Final = 60
"""Where that ends, so that a clumsy agent still hears before its code is gone."""

DEVICE_CODES: Final = 5_000
"""Codes that wait in the whole hub: the more there are, the more likely a guess hits one."""

SIGN_IN: Final = dt.timedelta(days=60)
"""A sign-in at an agent that is never lengthened lasts so long: a long holiday, or parental leave's first weeks."""

SIGN_INS: Final = dt.timedelta(days=60)
"""Ended sign-ins are remembered so long: jobs made under them may be reported until then."""

SIGN_INS_PER_AGENT: Final = 500
"""Accounts of one agent that somebody is signed in for: a terminal server."""

REFRESH_CHARS: Final = 32
"""Least characters of a refresh token: 192 bits in base64."""

REFRESH_CHARS_MOST: Final = 200
"""Most characters of a refresh token."""
