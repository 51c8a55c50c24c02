"""The portal as it is mounted on the hub's application."""

from collections.abc import Callable, Sequence
from typing import Final

from starlette.applications import Starlette
from starlette.types import ASGIApp

from tympan_hub.http.late import Late
from tympan_hub.ports import Clock
from tympan_hub.service import Services

PORTS: Final = (39149, 39150)
"""Where agents listen on their own machine; the second is for browsers that are kept from the first."""


def portal(clock: Clock, public_url: str, bridge_ports: Sequence[int] = PORTS) -> Callable[[Starlette, Services], None]:
    """What mounts the portal on the hub's application; last, as it answers for every path that nobody else has.

    Args:
        clock: The time.
        public_url: Where people and agents reach the hub; "" for where a request says that it came to.
        bridge_ports: Ports at which agents listen on their own machine.
    """

    def mount(app: Starlette, services: Services) -> None:
        def make() -> ASGIApp:
            from tympan_hub.http.portal._app import application  # every page

            return application(services, clock, public_url, bridge_ports)

        app.mount("/", Late(make))

    return mount
