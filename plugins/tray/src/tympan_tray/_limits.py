"""Numbers of the tray, each with unit and reason."""

from __future__ import annotations

from typing import Final

BODY_BYTES: Final = 16_384
"""Of one request: the ids of some hundred jobs."""

BODY_S: Final = 10.0
"""For a request's body to arrive; it comes from this machine."""

ANSWER_BYTES: Final = 4 << 20
"""Of what the agent tells a tray: a thousand jobs and printers with long names."""

WAIT_S: Final = 25.0
"""How long a tray's question waits in the agent for something new; one that hears nothing asks again."""

RECHECK_S: Final = 3.0
"""Between two looks while somebody waits: what no event tells, such as a sign-in, is seen so late."""

WAITING: Final = 4
"""Questions of one account that wait at once; more are answered as it stands. A tray and some pages are fewer, and
nobody holds all connections of the site by waiting."""

UNHEARD_S: Final = 2.0
"""Before a tray asks again whose question was not made to wait."""

SETTLE_S: Final = 0.2
"""Events come in flocks; one look serves those of so long."""

ASK_S: Final = 40.0
"""For the agent to answer anything; the hub is asked within it."""

AGAIN_S: Final = 2.0
"""Before the tray looks for the agent again that was away: a restart takes about as long."""

AGAIN_MOST_S: Final = 15.0
"""The same where it has been away for long."""

GONE_S: Final = 4.0
"""An agent that is away for less was restarted or updated: nobody is troubled with that."""

CODE_BYTES: Final = 24
"""Random bytes of a one-time code and of a session: nobody guesses 192 bits."""

CODE_S: Final = 60.0
"""A one-time code opens the page so long: a browser that starts cold takes half of it."""

CODES: Final = 32
"""One-time codes of an account open at once; its oldest makes room."""

SESSION_S: Final = 43_200.0
"""A page is let in so long after it was opened: a working day."""

SESSIONS: Final = 64
"""Pages of an account let in at once; its oldest makes room."""

FAILED_S: Final = 900.0
"""A job that failed is told for so long: whoever was at lunch reads it in the list of jobs."""

SLOWER_S: Final = 5.0
"""More between two questions where the hub asks for it (RFC 8628 section 3.5)."""

SHOWN: Final = 12
"""Jobs or printers in one menu; the page has all."""

LABEL_CHARS: Final = 60
"""Of one line of a menu, so that no title of a document makes it as wide as the screen."""

TEXT_CHARS: Final = 500
"""Of one sentence on the page."""

NOTIFY_S: Final = 10.0
"""For the desktop to take a notification."""

CALL_S: Final = 10.0
"""For a program on the session bus to answer."""

WAITING_CALLS: Final = 256
"""Calls of the panel that wait to be answered; it asks for one thing after another."""

OPENED_S: Final = 15.0
"""For the program that opens the browser to return."""
