"""The messages of a permit; its envelope is in test_dsse."""

from __future__ import annotations

import pytest

from tympan_wire.bridge import Deed, Permit
from tympan_wire.hub import HubMessageError, decode, encode


def test_a_permit_of_an_unknown_deed_is_none() -> None:
    permit = Permit(tenant="t", agent="a", person="p", deed=Deed.REMOVE, printer="front", challenge="c")
    assert decode(Permit, encode(permit)) == permit
    with pytest.raises(HubMessageError):
        decode(Permit, encode(permit).replace(b"remove-queue", b"print-money"))
