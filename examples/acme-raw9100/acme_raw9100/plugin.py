"""What the plugin offers."""

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_routes() -> list[Contribution]:
    """One way to the device."""
    from acme_raw9100.route import RawRoute

    return [Contribution(port=RawRoute())]
