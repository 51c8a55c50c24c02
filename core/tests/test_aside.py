"""Plugins' own code in threads."""

from __future__ import annotations

import threading

import attrs
import pytest
import trio

from tympan._aside import Aside
from tympan._errors import PluginFault
from tympan._ids import PluginId
from tympan._limits import Limits

pytestmark = pytest.mark.anyio
DEMO, OTHER = PluginId("demo"), PluginId("other")


async def test_code_that_was_cancelled_before_it_began_keeps_nobody_from_beginning_again() -> None:
    aside = Aside(Limits())
    with trio.CancelScope() as scope:
        scope.cancel()
        await aside.run(DEMO, "import", lambda: 1)
    assert scope.cancelled_caught
    assert await aside.run(DEMO, "import", lambda: 2) == 2


async def test_code_that_hangs_is_left_behind_and_keeps_its_own_plugin_back_until_it_ends() -> None:
    aside, let = Aside(attrs.evolve(Limits(), import_s=1.0)), threading.Event()
    with pytest.raises(PluginFault, match="its hook did not end within 1 s"):
        await aside.run(DEMO, "hook", lambda: let.wait(20))
    with pytest.raises(PluginFault, match="its earlier hook has not ended"):
        await aside.run(DEMO, "import", lambda: 1)
    assert await aside.run(OTHER, "import", lambda: 2) == 2
    let.set()
    with trio.fail_after(10):
        while aside._busy:
            await trio.sleep(0.005)
    assert await aside.run(DEMO, "import", lambda: 3) == 3


async def test_what_it_raises_is_raised_and_it_may_run_again() -> None:
    aside = Aside(Limits())
    with pytest.raises(ZeroDivisionError):
        await aside.run(DEMO, "import", lambda: 1 / 0)
    assert await aside.run(DEMO, "import", lambda: 1) == 1
