"""What the service owner says of updates for every tenant: it can hold computers where they are, and move none.

- A tenant may be stricter and not laxer: a pause of either holds, and a pin above the latest version allowed counts for
  nothing.
- Which version a computer means to take is known when it says so, right before it switches. So what is held back is
  told by name, whatever repository it came from.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from attrs import evolve, frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.limits.updates import HELD_PLUGINS
from tympan_hub.domain.updates import UpdateRules, is_distribution, is_newer, is_version

_ALIKE: Final = re.compile(r"[-_.]+")
"""Distributions whose names differ in these alone are one (PEP 503)."""


@frozen(kw_only=True)
class UpdateFloor:
    """What holds for every tenant.

    Attributes:
        paused: Nobody switches to anything.
        latest: The latest version of the agent that computers may take; "" for any.
        held: Distributions of plugins that no computer takes, in no version.
    """

    paused: bool = False
    latest: str = ""
    held: tuple[str, ...] = ()

    def allows(self, subject: str, version: str) -> bool:
        """Whether computers may take a version of the agent, or with a subject of that plugin."""
        if subject:
            return _alike(subject) not in map(_alike, self.held)
        return not self.latest or not is_newer(version, self.latest)

    def kept_back(self, offered: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those of some subjects and versions that computers may not take."""
        return frozenset(each for each in offered if not self.allows(*each))

    def over(self, rules: UpdateRules) -> UpdateRules:
        """What a tenant says, as far as this leaves it."""
        pin = rules.pin if rules.pin and self.allows("", rules.pin) else ""
        return evolve(rules, paused=rules.paused or self.paused, pin=pin)


def offered(agent: str, plugins: Mapping[str, str]) -> Collection[tuple[str, str]]:
    """What a channel names, as subjects and versions."""
    return {*({("", agent)} if agent else ()), *plugins.items()}


def check_floor(floor: UpdateFloor) -> None:
    """Raises ``BadInput`` for what nobody can mean."""
    if floor.latest and not is_version(floor.latest):
        raise BadInput("a version has letters, digits and '.', '+', '!', '_', '-'", field="latest")
    if len(floor.held) > HELD_PLUGINS:
        raise BadInput(f"at most {HELD_PLUGINS} plugins are held back", field="held")
    for name in floor.held:
        if not is_distribution(name):
            raise BadInput("a plugin's distribution has letters, digits, '.', '_' and '-'", field="held")


def _alike(distribution: str) -> str:
    return _ALIKE.sub("-", distribution).lower()
