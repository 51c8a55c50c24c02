"""The service port in memory."""

from __future__ import annotations

import trio

from tympan._ports import Host


class FakeService:
    """``Service`` that is ready at once and runs until it is cancelled.

    Attributes:
        started: How often it was run.
        ended: How often a run ended.
        failure: What a run raises once it is ready; None to run on.
    """

    def __init__(self, failure: Exception | None = None) -> None:
        self.started = 0
        self.ended = 0
        self.failure = failure

    async def run(self, host: Host) -> None:
        """Says that it is ready and waits."""
        self.started += 1
        try:
            host.ready()
            if self.failure is not None:
                raise self.failure
            await trio.sleep_forever()
        finally:
            self.ended += 1
