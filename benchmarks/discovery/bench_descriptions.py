"""A device's attributes, from the bytes of its answer to what is known of it, beside pyipp.

Both start from the same answer of ippeveprinter and end with a value that says what the device is: ours with
``Description``, pyipp with its ``Printer``. Ours also cleans and cuts every text, bounds every list and knows the
quirks of vendors.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from pathlib import Path

from pyipp.models import Printer
from pyipp.parser import parse

from figures import Row, ratio_row
from tympan_wire.device import Description
from tympan_wire.ipp import GroupTag, decode
from tympan_wire.ipp.device import describe_device

VECTOR = Path(__file__).parents[2] / "wire/tests/ipp/vectors/ippeveprinter-get-printer-attributes.bin"
ROUNDS = 60
LOOPS = 3
"""Answers a round and side; few, so that some rounds are disturbed by nothing."""


def run() -> list[Row]:
    """The one row: the best rate of each side, measured turn by turn."""
    raw = VECTOR.read_bytes()
    if _ours(raw).uuid != _peer(raw).info.uuid:
        raise RuntimeError("not the same work: pyipp and ours read different devices")
    rounds = [(_seconds(lambda: _ours(raw)), _seconds(lambda: _peer(raw))) for _ in range(ROUNDS)]
    ours, peer = (1 / min(side) for side in zip(*rounds, strict=True))
    figure = "attributes of a device, decoded and described"
    return [ratio_row(figure, ours=ours, peer=peer, unit="1/s", promise=">=", bound=5.0, beside="pyipp")]


def _ours(raw: bytes) -> Description:
    return describe_device(decode(raw)[0].first(GroupTag.PRINTER))


def _peer(raw: bytes) -> Printer:
    return Printer.from_dict(parse(raw)["printers"][0])


def _seconds(work: Callable[[], object]) -> float:
    return timeit.timeit(work, number=LOOPS) / LOOPS


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
