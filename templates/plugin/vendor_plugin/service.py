"""The task: hears of jobs, and says hello."""

from tympan.plugin import Host, JobChanged, JobState


class Greeter:
    """A ``Service``."""

    async def run(self, host: Host) -> None:
        """Runs until cancelled."""
        greeting = host.settings.text("greeting")
        with host.bus.subscribe(JobChanged) as events:
            host.ready()
            async for event in events:
                if isinstance(event, JobChanged) and event.state is JobState.COMPLETED:
                    host.log(greeting, job=str(event.job))
