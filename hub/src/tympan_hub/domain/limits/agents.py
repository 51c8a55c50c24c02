"""Numbers of agents: how they enrol, prove who they are, and when they count as away."""

import datetime as dt
from typing import Final

AGENTS: Final = 100_000
"""Agents of one tenant."""

KEYS_PER_AGENT: Final = 1_000
"""Capabilities one agent may tell of; each is a row, and a real agent has some dozens."""

SILENT: Final = dt.timedelta(hours=24)
"""An agent not heard of for so long is told to be silent; computers sleep over night."""

AGENT_AWAY: Final = dt.timedelta(hours=1)
"""An agent not heard of for so long sees nothing now: one that is connected asks for a token every ten minutes."""

ENROLMENT_TOKEN: Final = dt.timedelta(days=1)
"""An enrolment token waits so long for its agent, when nothing else is said."""

ENROLMENT_TOKEN_MOST: Final = dt.timedelta(days=30)
"""The longest an enrolment token may wait: it lies in scripts meanwhile."""

ENROLMENT_TOKENS: Final = 2_000
"""Enrolment tokens of one tenant that nobody used yet: one for each computer of a large roll-out."""

COMPUTERS_PER_TOKEN: Final = 10_000
"""Computers that may come with one token: a roll-out by a deployment tool. Who finds it joins as many as are left."""

ASSERTION: Final = dt.timedelta(seconds=300)
"""An assertion ends at most this far ahead; its id must be remembered until then."""

JTI_CHARS: Final = 200
"""The id of an assertion."""

ACCESS_TOKEN: Final = dt.timedelta(minutes=10)
"""An access token lives so long; a stolen one is of use no longer."""

REVOCATION: Final = dt.timedelta(seconds=5)
"""So long may a process believe that an agent is not revoked before it looks again."""

CERTIFICATE: Final = dt.timedelta(days=365)
"""An agent's certificate."""

RENEW_AFTER: Final = dt.timedelta(days=1)
"""A certificate younger than this is given again instead of a new one: repeating the question costs nothing."""

REPORT_IDS: Final = dt.timedelta(days=60)
"""Ids of reports are remembered so long; an agent that was away longer than that starts afresh."""
