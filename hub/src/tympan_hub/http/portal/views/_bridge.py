"""This computer, as pages speak of it."""

from attrs import frozen


@frozen(kw_only=True)
class ThisComputer:
    """What a page needs to find the agent on the machine it is shown on.

    Attributes:
        addresses: Where to look, in this order.
        tenant: Whose agent it has to be.
        person: Who looks.
        hub: The hub's address, for commands people run.
    """

    addresses: tuple[str, ...]
    tenant: str
    person: str
    hub: str
