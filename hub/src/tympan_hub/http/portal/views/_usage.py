"""Usage as pages show it: sums, a plot over time, and a table by what the report tells apart."""

from attrs import frozen

from tympan_hub.http.portal.views._frame import Page
from tympan_hub.http.portal.views._jobs import Choice, Range


@frozen(kw_only=True)
class Sums:
    """Sums as text, in the reader's language.

    Attributes:
        two_sided: The share of sides on two-sided sheets, such as ``48 %``; "" where nothing was printed.
    """

    jobs: str
    unfinished: str
    uncounted: str
    pages: str
    impressions: str
    color: str
    sheets: str
    two_sided: str
    saved: str


@frozen(kw_only=True)
class UsageLine:
    """A line of the table.

    Attributes:
        name: Of whom or what; "" for the person the spooler did not name.
        href: The jobs or the report behind it; "" where there is none.
        share: Its part of the largest line, in per cent of the bar.
        sums: The sums.
    """

    name: str
    href: str = ""
    share: float
    sums: Sums


@frozen(kw_only=True)
class Bar:
    """A bar of the plot; lengths in per cent of the plot's width, and in its units of height.

    Attributes:
        left: Where it begins.
        width: How wide.
        plain: Height of the part without colour.
        color: Height of the part with colour, above the other.
        label: Below it; "" where labels would touch each other.
        told: All of it as a sentence.
    """

    left: float
    width: float
    plain: float
    color: float
    label: str
    told: str


@frozen(kw_only=True)
class Tick:
    """A line across the plot: how high, and its number."""

    height: float
    label: str


@frozen(kw_only=True)
class Plot:
    """The plot."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    by_month: bool


@frozen(kw_only=True)
class Usage:
    """The page."""

    total: Sums
    lines: tuple[UsageLine, ...]
    page: Page
    plot: Plot
    by: str
    told_apart: tuple[Choice, ...]
    printers: tuple[Choice, ...]
    ranges: tuple[Range, ...]
    since: str
    until: str
    file: str
    everybody: bool
    empty: bool
