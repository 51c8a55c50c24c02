"""Hooks: what this plugin offers. Importing it costs nothing; the service is made when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import CapabilityKey, Contribution, hookimpl


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Looks for updates; and hands on what was fetched, where policy has that on."""
    from tympan_updater._service import UpdaterService
    from tympan_updater._sharing import SharingService

    share = CapabilityKey("agent.update.share")
    return [Contribution(port=UpdaterService()), Contribution(port=SharingService(), name="share", capability=share)]


@hookimpl
def register_examiners() -> Sequence[Contribution]:
    """How updates stand, for ``tympan doctor``."""
    from tympan_updater._examiner import UpdatesExaminer

    return [Contribution(port=UpdatesExaminer())]
