"""The task: hears of jobs, and says hello."""

import uuid
from collections import deque

from tympan.plugin import Host, JobChanged, JobState

JOBS = 1000
"""Of so many jobs, the latest, it knows that it has greeted them."""


class Greeter:
    """A ``Service``."""

    async def run(self, host: Host) -> None:
        """Runs until cancelled."""
        greeting = host.settings.text("greeting")
        greeted: deque[uuid.UUID] = deque(maxlen=JOBS)
        with host.bus.subscribe(JobChanged) as events:
            host.ready()
            async for event in events:
                if not isinstance(event, JobChanged) or event.state is not JobState.COMPLETED:
                    continue
                if event.job not in greeted:  # it comes again when something else of the job changed
                    greeted.append(event.job)
                    host.log(greeting, job=str(event.job))
