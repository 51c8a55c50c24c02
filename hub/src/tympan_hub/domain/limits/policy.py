"""Numbers of policy documents."""

import datetime as dt
from typing import Final

RULES: Final = 1_000
"""Rules in one policy document; agents refuse more."""

POLICY_RENEWED: Final = dt.timedelta(days=7)
"""Policy documents get another end so often: agents hear of it as of any change."""

POLICY_KEPT: Final = dt.timedelta(days=28)
"""So long at least is a document good for an agent: a computer left alone over the holidays comes back in order."""

PAPERS_KEPT: Final = 1_000
"""Signed documents one process remembers: the owner's, and those of tenants and agents that ask most."""
