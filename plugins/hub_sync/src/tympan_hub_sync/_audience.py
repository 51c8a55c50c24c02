"""Whom a policy document is for: what groups decide comes as one document for one agent, named for it.

Another agent's, replayed, would verify; so it is left out before the kernel looks.
"""

from __future__ import annotations

import base64
import json

_GROUP = "group"


def is_for(agent: str, envelope: bytes) -> bool:
    """Whether a document may be for this agent; what cannot be read is the kernel's to refuse."""
    try:
        payload = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
        return bool(payload["scope"] != _GROUP or payload["name"] == agent)
    except (ValueError, LookupError, TypeError, RecursionError):
        return True
