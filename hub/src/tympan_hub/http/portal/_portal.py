"""What the portal stands on: the use cases, the time, and its own address."""

from attrs import frozen
from starlette.requests import Request

from tympan_hub.ports import Clock
from tympan_hub.service import Services


@frozen(kw_only=True)
class Portal:
    """What the pages need.

    Attributes:
        services: The use cases.
        clock: The time.
        address: Where people and agents reach the hub, such as ``https://print.example``; "" when nobody said.
        bridges: Where a page looks for the agent on its machine.
    """

    services: Services
    clock: Clock
    address: str
    bridges: tuple[str, ...] = ()

    @property
    def secure(self) -> bool:
        """Whether browsers come over TLS, so that cookies may be kept from anything else."""
        return self.address.startswith("https://")

    def address_for(self, request: Request) -> str:
        """The hub's address; where nobody said it, the one this request came to."""
        return self.address or str(request.base_url).rstrip("/")


def portal_of(request: Request) -> Portal:
    """The portal that answers a request."""
    portal = request.app.state.portal
    if not isinstance(portal, Portal):
        raise TypeError("the application has no portal")
    return portal
