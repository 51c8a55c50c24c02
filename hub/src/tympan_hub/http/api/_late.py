"""The API as it is mounted."""

from typing import Final

from starlette.types import ASGIApp

from tympan_hub.http.late import Late
from tympan_hub.service import Services

PREFIX: Final = "/api/v1"
"""Where it is mounted."""


def late_api(services: Services) -> Late:
    """The API that asks these services."""

    def make() -> ASGIApp:
        from tympan_hub.http.api._app import api  # every kind of request and answer

        return api(services)

    return Late(make)
