"""What the plugin offers: hooks only declare, what runs is behind ports."""

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_services() -> list[Contribution]:
    """One task that runs as long as the capability is on."""
    from vendor_plugin.service import Greeter

    return [Contribution(port=Greeter())]
