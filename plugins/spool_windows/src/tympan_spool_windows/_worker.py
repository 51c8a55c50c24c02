"""A press: a process of its own that hands the spooler one document, and ends.

- Drivers run in the process that prints, and PDF is somebody's: what breaks, breaks here and not in the agent.
- It ends the spooler's job only when the agent said that the document is whole. On everything else (the agent dies, the
  document does not render, the driver fails) it gives the job up and leaves without closing the job's handle in order,
  which some spoolers take for an end.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import BinaryIO, Final, NoReturn

from tympan_spool_windows._frames import GAVE_UP, Kind, Order, Way, frame, read_frame
from tympan_spool_windows._plate import Plate, PressError

Say = Callable[[bytes], None]


def main() -> int:
    """Prints one document; 0 also when that failed, since the frames say so."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(2, 1)  # what a driver writes is none of the agent's
    ended = serve(sys.stdin.buffer, out, open_plate)
    if not ended:
        leave()
    return 0


def leave() -> NoReturn:
    """Ends this process at once: no handle is closed in order, no destructor of a driver runs."""
    os._exit(GAVE_UP)


def serve(source: BinaryIO, out: BinaryIO, start: Callable[[Order], Plate]) -> bool:
    """Takes one order and its document. Whether the job was ended in order."""

    def say(piece: bytes) -> None:
        out.write(piece)
        out.flush()

    first = read_frame(source)
    if first is None or first[0] is not Kind.ORDER:
        return False
    try:
        plate = start(Order.decode(first[1]))
    except Exception as error:
        say(frame(Kind.FAILED, _sentence(error).encode()))
        return False
    say(frame(Kind.STARTED, str(plate.number).encode()))
    try:
        return _fill(plate, source, say)
    except Exception as error:
        plate.abort()
        say(frame(Kind.FAILED, _sentence(error).encode()))
        return False


def _fill(plate: Plate, source: BinaryIO, say: Say) -> bool:
    while (told := read_frame(source)) is not None:
        kind, payload = told
        if kind is Kind.DATA:
            plate.write(payload)
        elif kind is Kind.END:
            plate.finish(lambda: say(frame(Kind.PAGE)))
            say(frame(Kind.DONE))
            return True
        else:
            break
    plate.abort()
    return False


_UNSAID: Final = "The document could not be printed: {kind}"


def _sentence(error: Exception) -> str:
    from tympan_spool_windows._errors import WindowsSpoolError

    if isinstance(error, WindowsSpoolError):
        return error.cause
    return str(error) if isinstance(error, PressError) else _UNSAID.format(kind=type(error).__name__)


def open_plate(order: Order) -> Plate:
    """The job, begun in the spooler."""
    if order.way is Way.STRAIGHT:
        from tympan_spool_windows._straight import StraightPlate

        return StraightPlate(order)
    from tympan_spool_windows._rendered import RenderedPlate
    from tympan_spool_windows._surface import DeviceSurface

    return RenderedPlate(order, DeviceSurface(order))


if __name__ == "__main__":
    raise SystemExit(main())
