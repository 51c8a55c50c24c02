"""Runs plugins' own code in threads, so that code that hangs stops nobody else.

- A thread cannot be stopped: one that hangs is left behind, and its plugin does not run again before it ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import trio

from tympan._errors import PluginFault
from tympan._ids import PluginId
from tympan._limits import Limits

_T = TypeVar("_T")


class Aside:
    """Threads of plugins, at most one for each."""

    def __init__(self, limits: Limits) -> None:
        self._deadline_s = limits.import_s
        self._slots = trio.CapacityLimiter(limits.plugins)
        self._busy: dict[PluginId, str] = {}

    async def run(self, plugin: PluginId, what: str, work: Callable[[], _T]) -> _T:
        """What ``work``, called ``what`` in errors, returns.

        Raises:
            PluginFault: It does not end, or an earlier one has not.
        """
        # Before it is noted as busy: a thread that never began would never end.
        await trio.lowlevel.checkpoint_if_cancelled()
        earlier = self._busy.get(plugin)
        if earlier is not None:
            raise PluginFault(f"its earlier {earlier} has not ended", next_step="Start the agent again.")
        self._busy[plugin] = what

        def run() -> _T:
            try:
                return work()
            finally:
                del self._busy[plugin]

        with trio.move_on_after(self._deadline_s):
            return await trio.to_thread.run_sync(run, abandon_on_cancel=True, limiter=self._slots)
        raise PluginFault(f"its {what} did not end within {self._deadline_s:g} s")
