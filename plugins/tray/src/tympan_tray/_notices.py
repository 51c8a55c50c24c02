"""Notifications: what is told of the needs there are, each once, and taken back when it is over. Pure.

- While no agent answers nothing is known to be over: what was told stays, and is not told again afterwards.
- A number that grows is no news: a second document behind the same paper jam calls nobody again.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from tympan_tray._standing import Away, Need, Seen, needs


@attrs.frozen(kw_only=True)
class Change:
    """What is to be told now, and which keys are over."""

    tell: tuple[Need, ...] = ()
    over: tuple[str, ...] = ()


def change(told: Mapping[str, object], seen: Seen) -> Change:
    """From what was told to what there is.

    Args:
        told: Keys of needs that were told and not taken back.
        seen: What is known now.
    """
    if isinstance(seen, Away):
        return Change()
    there = {need.key: need for need in needs(seen)}
    return Change(
        tell=tuple(need for key, need in there.items() if key not in told),
        over=tuple(key for key in told if key not in there),
    )
