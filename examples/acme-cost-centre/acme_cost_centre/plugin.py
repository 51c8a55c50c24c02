"""What the plugin offers: a gate, and the place where it is answered."""

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_gates() -> list[Contribution]:
    """Holds what nobody pays for yet."""
    from acme_cost_centre.desk import DESK
    from acme_cost_centre.gate import CostCentreGate

    return [Contribution(port=CostCentreGate(DESK), name="ask")]


@hookimpl
def register_local_apps() -> list[Contribution]:
    """Where it is answered."""
    from acme_cost_centre.app import Counter
    from acme_cost_centre.desk import DESK

    return [Contribution(port=Counter(DESK), name="counter")]


@hookimpl
def register_services() -> list[Contribution]:
    """Gives the two a host."""
    from acme_cost_centre.desk import DESK

    return [Contribution(port=DESK, name="desk")]
