"""Figures: how a measured value stands beside its peer's and its target, as one row of the table of all figures."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

Row = dict[str, Any]

_PROMISES: Final[dict[str, Callable[[float, float], bool]]] = {">=": operator.ge, "<=": operator.le}


def ratio_row(figure: str, *, ours: float, peer: float, unit: str, promise: str, bound: float, beside: str) -> Row:
    """A row whose target is a ratio of ours to the peer's; ``promise`` is ">=" or "<="."""
    ratio = ours / peer
    met = _PROMISES[promise](ratio, bound)
    return _row(figure, ours=ours, peer=peer, unit=unit, ratio=ratio, target=f"{promise} {bound:g}x {beside}", met=met)


def value_row(
    figure: str, *, ours: float, peer: float | None, unit: str, promise: str, bound: float, beside: str = ""
) -> Row:
    """A row whose target is a value of our own; the peer's, when there is one, is for the record."""
    ratio = ours / peer if peer else None
    met = _PROMISES[promise](ours, bound)
    target = f"{promise} {bound:g} {unit}" + (f" ({beside} for the record)" if beside else "")
    return _row(figure, ours=ours, peer=peer, unit=unit, ratio=ratio, target=target, met=met)


def record_row(figure: str, *, ours: float | None, peer: float | None, unit: str, beside: str) -> Row:
    """A row without a target."""
    ratio = ours / peer if ours is not None and peer else None
    target = f"for the record: {beside}"
    return _row(figure, ours=ours, peer=peer, unit=unit, ratio=ratio, target=target, met=None)


def _row(
    figure: str,
    *,
    ours: float | None,
    peer: float | None,
    unit: str,
    ratio: float | None,
    target: str,
    met: bool | None,
) -> Row:
    rounded = None if ratio is None else round(ratio, 2)
    return {
        "figure": figure,
        "ours": _short(ours),
        "peer": _short(peer),
        "unit": unit,
        "ratio": rounded,
        "target": target,
        "met": met,
    }


def _short(value: float | None) -> float | None:
    """Three digits that say something."""
    if value is None or value >= 1000:
        return value if value is None else round(value)
    return float(f"{value:.3g}")
