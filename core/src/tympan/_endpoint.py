"""Where programs print to: a printer's address on this agent's loopback site, as queues of the system hold it."""

from __future__ import annotations

from tympan._errors import NotFound


def endpoint_uri(port: int | None, printer: str) -> str:
    """The address of a printer while the site listens on ``port``.

    Raises:
        NotFound: It listens nowhere: programs cannot print.
    """
    if port is None:
        cause = "the agent's endpoint for programs does not run"
        raise NotFound(cause, next_step="Switch local.site and endpoint.ipp on.")
    return f"ipp://localhost:{port}/ipp/print/{printer}"
