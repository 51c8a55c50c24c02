"""An OpenID provider of the tests' own, which lies as it is told to: a real one would not."""

from issuer_rig._contoso import URL, Contoso, wish
from issuer_rig._issuer import CLIENT, SECRET, Issuer, issuing
from issuer_rig._owners import (
    CHIEF,
    actor,
    ask_link,
    code_of,
    linked,
    local_owner,
    look_again,
    owners_wish,
    secret_of,
    session_here,
    session_secret,
    sign_in,
    way_out,
)

__all__ = [
    "CHIEF",
    "CLIENT",
    "SECRET",
    "URL",
    "Contoso",
    "Issuer",
    "actor",
    "ask_link",
    "code_of",
    "issuing",
    "linked",
    "local_owner",
    "look_again",
    "owners_wish",
    "secret_of",
    "session_here",
    "session_secret",
    "sign_in",
    "way_out",
    "wish",
]
