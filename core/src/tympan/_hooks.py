"""Hooks plugins may implement, and the typed façade over pluggy. Sole importer of pluggy.

- Hooks are synchronous, cheap, and only declare: each returns frozen contributions. What runs is behind ports.
- One plugin is asked at a time, so that a failure is charged to the plugin that failed.
"""

from __future__ import annotations

from collections.abc import Sequence

import pluggy

from tympan._ports import Contribution

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
