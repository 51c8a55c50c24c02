"""One supply of a device: a cartridge, a drum, a waste box."""

from attrs import frozen


@frozen(kw_only=True)
class Supply:
    """A supply (PWG 5100.9 ``marker-*``).

    Attributes:
        name: As the device calls it.
        kind: Keyword such as ``toner-cartridge``; "" when it does not say.
        color: ``#rrggbb`` in lower case; "" when it does not say or has none.
        percent: What is left, 0 to 100; for a waste box what is taken. None when it does not say.
    """

    name: str
    kind: str = ""
    color: str = ""
    percent: int | None = None
