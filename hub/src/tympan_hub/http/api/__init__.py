"""The REST API for programs: all that the portal does, with a token, as OpenAPI describes it."""

from tympan_hub.http.api._late import PREFIX, late_api
from tympan_hub.http.api._no import nothing_here, of_http_error

__all__ = ["PREFIX", "late_api", "nothing_here", "of_http_error"]
