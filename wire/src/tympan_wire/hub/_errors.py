"""What can be wrong with a message between agent and hub.

HubMessageError       not JSON, not of its shape, or beyond a limit
"""

from typing import ClassVar

from tympan_wire._errors import WireError


class HubMessageError(WireError):
    """A message that cannot be understood.

    Attributes:
        faults: What is wrong and where, such as ``printers[3].uri: not a text``.
    """

    user_message: ClassVar[str] = "Agent and hub do not understand each other. Update the older of the two."

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
