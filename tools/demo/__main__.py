"""``python -m tools.demo [--stay] [FOLDER]``: shows the product, and with ``--stay`` leaves it running until Ctrl-C.

Everything is left in ``demo-output/`` to look at, or in the folder named.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tools.demo.house import house
from tools.demo.places import ROOT, Places
from tools.demo.show import show
from tools.demo.stay import stay

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_in_order(number: int, _: object) -> None:
    """Lets every block that started a program end it; a second signal does not disturb that."""
    for ending in _ENDINGS:
        signal.signal(ending, lambda *_: None)
    sys.exit(f"demo: ended by {signal.Signals(number).name}")


def main(arguments: list[str]) -> None:
    """Runs the demo."""
    for ending in _ENDINGS:
        signal.signal(ending, end_in_order)
    folders = [argument for argument in arguments if argument != "--stay"]
    places = Places(Path(folders[0]).absolute() if folders else ROOT / "demo-output")
    with house(places) as home:
        show(home)
        if "--stay" in arguments:
            stay(home)
            return
    print(f"\nAll of it is in {os.path.relpath(places.output)}/. To look around in the portal: make demo-stay.")


if __name__ == "__main__":
    main(sys.argv[1:])
