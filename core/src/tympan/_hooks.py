"""Hooks plugins may implement, and the typed façade over pluggy. Sole importer of pluggy.

- Hooks are synchronous, cheap, and only declare: each returns frozen contributions. What runs is behind ports.
- One plugin is asked at a time, so that a failure is charged to the plugin that failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import pluggy

from tympan._errors import TympanError
from tympan._ports import (
    Command,
    Contribution,
    Discoverer,
    Gate,
    HubLink,
    Inspector,
    KeyProvider,
    LocalApp,
    NoticeSource,
    PolicySource,
    Route,
    Service,
    Spooler,
)

PROJECT = "tympan"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's function as the implementation of a hook of the same name."""


class HookSpecs:
    """Every hook there is. All are optional; all are asked once, when the plugin starts."""

    @hookspec
    def register_services(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Service``."""

    @hookspec
    def register_spoolers(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Spooler``."""

    @hookspec
    def register_routes(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Route``."""

    @hookspec
    def register_gates(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Gate``."""

    @hookspec
    def register_inspectors(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Inspector``."""

    @hookspec
    def register_discoverers(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Discoverer``."""

    @hookspec
    def register_hub_links(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``HubLink``."""

    @hookspec
    def register_notice_sources(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``NoticeSource``."""

    @hookspec
    def register_local_apps(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``LocalApp``."""

    @hookspec
    def register_policy_sources(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``PolicySource``."""

    @hookspec
    def register_key_providers(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``KeyProvider``."""

    @hookspec
    def register_commands(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Command``."""


HOOKS: Mapping[str, type[object]] = {
    "register_services": Service,
    "register_spoolers": Spooler,
    "register_routes": Route,
    "register_gates": Gate,
    "register_inspectors": Inspector,
    "register_discoverers": Discoverer,
    "register_hub_links": HubLink,
    "register_notice_sources": NoticeSource,
    "register_local_apps": LocalApp,
    "register_policy_sources": PolicySource,
    "register_key_providers": KeyProvider,
    "register_commands": Command,
}
"""Each hook with the protocol its contributions must satisfy."""


@attrs.frozen(kw_only=True)
class Offer:
    """A contribution with the hook it came by."""

    hook: str
    kind: type[object]
    contribution: Contribution


class HookFault(TympanError):
    """A plugin's hooks are not as they must be."""


def collect(module: object, name: str) -> tuple[Offer, ...]:
    """Asks one plugin all its hooks.

    Raises:
        HookFault: It implements a hook that does not exist, a hook raised, or something it returned is no
            contribution or does not satisfy its port.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HookSpecs)
    try:
        manager.register(module, name)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise HookFault(f"its hooks are not valid: {error}") from error
    offers: list[Offer] = []
    for hook, kind in HOOKS.items():
        for answer in _ask(manager, hook):
            offers += [_offer(hook, kind, item) for item in answer]
    return tuple(offers)


def _ask(manager: pluggy.PluginManager, hook: str) -> list[list[object]]:
    try:
        return [list(answer) for answer in getattr(manager.hook, hook)()]
    except Exception as error:
        raise HookFault(f"its hook {hook} raised {type(error).__name__}: {error}") from error


def _offer(hook: str, kind: type[object], item: object) -> Offer:
    if not isinstance(item, Contribution):
        raise HookFault(f"its hook {hook} returned {type(item).__name__}, not a Contribution")
    if not isinstance(item.port, kind):
        raise HookFault(f"what its hook {hook} offers as {item.name!r} is no {kind.__name__}")
    return Offer(hook=hook, kind=kind, contribution=item)
