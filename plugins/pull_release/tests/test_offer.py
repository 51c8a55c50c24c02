"""What a pull queue without a device of its own offers to programs."""

from __future__ import annotations

import attrs
import pytest
from pull_release_rig import LOFT, RULES, pull, running

from tympan.plugin import DeviceSnapshot, PrinterId
from tympan_wire.ipp import GroupTag, decode

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("quick")]


async def test_a_pull_queue_offers_what_its_rules_say() -> None:
    async with running() as rig:
        await rig.until(lambda: rig.host.printers.snapshot(PrinterId("pull")))
        gray = attrs.evolve(RULES, color=False, duplex=False, media=("na_letter_8.5x11in",))

        def shown() -> DeviceSnapshot:
            found = rig.host.printers.snapshot(PrinterId("pull"))
            assert found is not None
            return found

        first = decode(shown().attributes)[0].first(GroupTag.PRINTER)
        assert first.boolean("color-supported")
        assert "two-sided-long-edge" in first.strings("sides-supported")
        rig.host.printers.add(pull(gray))
        await rig.until(lambda: b"na_letter" in shown().attributes)
        then = decode(shown().attributes)[0].first(GroupTag.PRINTER)
        assert not then.boolean("color-supported")
        assert then.strings("sides-supported") == ("one-sided",)
        assert rig.host.printers.snapshot(LOFT.id) is None
