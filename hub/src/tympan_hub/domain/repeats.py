"""Requests that are repeated under a key of the asker's: done once, answered the same."""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.ids import ApiTokenId, TenantId, TokenHash


@frozen(kw_only=True)
class Repeat:
    """A key that is taken.

    Attributes:
        tenant: Whose.
        token: Who asked.
        key: SHA-256 of the key.
        asked: SHA-256 of what was asked: the same key with something else is a mistake of the asker's.
        begun_at: When it was first asked.
        status: Of the answer; None while it is being done, or when the hub broke off.
        sealed: The answer, sealed with the asker's token, which the hub does not keep; b"" before there is one.
    """

    tenant: TenantId
    token: ApiTokenId
    key: TokenHash
    asked: TokenHash
    begun_at: dt.datetime
    status: int | None = None
    sealed: bytes = b""
