"""When a printer's jobs go through the hub, and by whom they are printed then."""

from enum import StrEnum

from attrs import frozen

from tympan_hub.domain.ids import GroupId


class TunnelUse(StrEnum):
    """When a printer's jobs go through the hub."""

    NEVER = "never"
    FALLBACK = "fallback"
    """While the device does not answer the agent that has the job."""
    ALWAYS = "always"


@frozen(kw_only=True)
class TunnelChoice:
    """What an administrator chose for a printer.

    Attributes:
        use: When.
        group: Whose agents print what comes through the hub, whether they were seen beside the device or not; None for
            all that reach it.
    """

    use: TunnelUse = TunnelUse.NEVER
    group: GroupId | None = None

    @property
    def on(self) -> bool:
        """Whether any of its jobs may go through the hub."""
        return self.use is not TunnelUse.NEVER

    def __str__(self) -> str:
        return f"{self.use} by {self.group}" if self.group else str(self.use)
