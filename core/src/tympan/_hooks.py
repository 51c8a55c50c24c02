"""Hooks plugins may implement, and the typed façade over pluggy. Sole importer of pluggy.

- Hooks are synchronous, cheap, and only declare: each returns frozen contributions. What runs is behind ports.
- One plugin is asked at a time, so that a failure is charged to the plugin that failed.
"""

from __future__ import annotations

import inspect
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs
import pluggy

from tympan._errors import HookFault
from tympan._limits import DEFAULTS
from tympan._ports import (
    AgentKeys,
    Command,
    Contribution,
    Discoverer,
    Examiner,
    Gate,
    HubDownloads,
    HubIdentity,
    HubLink,
    HubUploads,
    Inspector,
    KeyProvider,
    LocalApp,
    Membership,
    NoticeSource,
    PeopleSource,
    PolicySource,
    PrinterSource,
    QueueSharing,
    Releaser,
    Route,
    Scanner,
    Service,
    SignIn,
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
    def register_queue_sharings(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``QueueSharing``."""

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
    def register_examiners(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Examiner``."""

    @hookspec
    def register_discoverers(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Discoverer``."""

    @hookspec
    def register_scanners(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Scanner``."""

    @hookspec
    def register_hub_links(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``HubLink``."""

    @hookspec
    def register_hub_uploads(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``HubUploads``."""

    @hookspec
    def register_hub_downloads(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``HubDownloads``."""

    @hookspec
    def register_hub_identities(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``HubIdentity``."""

    @hookspec
    def register_agent_keys(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``AgentKeys``."""

    @hookspec
    def register_memberships(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Membership``."""

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
    def register_printer_sources(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``PrinterSource``."""

    @hookspec
    def register_people_sources(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``PeopleSource``."""

    @hookspec
    def register_sign_ins(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``SignIn``."""

    @hookspec
    def register_releasers(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Releaser``."""

    @hookspec
    def register_key_providers(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``KeyProvider``."""

    @hookspec
    def register_commands(self) -> Sequence[Contribution]:  # type: ignore[empty-body]
        """Ports of kind ``Command``."""


HOOKS: Mapping[str, type[object]] = {
    "register_services": Service,
    "register_queue_sharings": QueueSharing,
    "register_spoolers": Spooler,
    "register_routes": Route,
    "register_gates": Gate,
    "register_inspectors": Inspector,
    "register_examiners": Examiner,
    "register_discoverers": Discoverer,
    "register_scanners": Scanner,
    "register_hub_links": HubLink,
    "register_hub_uploads": HubUploads,
    "register_hub_downloads": HubDownloads,
    "register_hub_identities": HubIdentity,
    "register_agent_keys": AgentKeys,
    "register_memberships": Membership,
    "register_notice_sources": NoticeSource,
    "register_local_apps": LocalApp,
    "register_policy_sources": PolicySource,
    "register_printer_sources": PrinterSource,
    "register_people_sources": PeopleSource,
    "register_sign_ins": SignIn,
    "register_releasers": Releaser,
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
    _check_names(offers)
    return tuple(offers)


def _ask(manager: pluggy.PluginManager, hook: str) -> list[list[object]]:
    try:
        return [_items(hook, answer) for answer in getattr(manager.hook, hook)()]
    except HookFault:
        raise
    except Exception as error:
        raise HookFault(f"its hook {hook} raised {type(error).__name__}: {error}") from error


def _items(hook: str, answer: object) -> list[object]:
    if inspect.iscoroutine(answer):
        answer.close()
        raise HookFault(f"its hook {hook} is async; hooks only declare, what runs is behind ports")
    if isinstance(answer, str) or not isinstance(answer, Iterable):
        raise HookFault(f"its hook {hook} returned {type(answer).__name__}, not a list of Contribution")
    items = list(itertools.islice(answer, DEFAULTS.contributions + 1))
    if len(items) > DEFAULTS.contributions:
        raise HookFault(f"its hook {hook} returned more than {DEFAULTS.contributions} contributions")
    return items


def _offer(hook: str, kind: type[object], item: object) -> Offer:
    if not isinstance(item, Contribution):
        raise HookFault(f"its hook {hook} returned {type(item).__name__}, not a Contribution")
    if not isinstance(item.port, kind):
        raise HookFault(f"what its hook {hook} offers as {item.name!r} is no {kind.__name__}")
    return Offer(hook=hook, kind=kind, contribution=item)


def _check_names(offers: Iterable[Offer]) -> None:
    counts = Counter((offer.hook, offer.contribution.name) for offer in offers)
    for (hook, name), count in counts.items():
        if count > 1:
            raise HookFault(f"its hook {hook} offers {name!r} {count} times; give each its own name")
