"""Hooks: the membership, the link, the notices, and the service that keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from tympan.plugin import Contribution, hookimpl


@hookimpl
def register_memberships() -> Sequence[Contribution]:
    """Makes this agent known to a hub."""
    from tympan_transport_https._parts import MEMBERSHIP

    return [Contribution(port=MEMBERSHIP, name="hub")]


@hookimpl
def register_hub_links() -> Sequence[Contribution]:
    """Requests to that hub."""
    from tympan_transport_https._parts import LINK

    return [Contribution(port=LINK, name="https")]


@hookimpl
def register_hub_uploads() -> Sequence[Contribution]:
    """Uploads to that hub."""
    from tympan_transport_https._parts import UPLOADS

    return [Contribution(port=UPLOADS, name="https")]


@hookimpl
def register_hub_downloads() -> Sequence[Contribution]:
    """Downloads from that hub."""
    from tympan_transport_https._parts import DOWNLOADS

    return [Contribution(port=DOWNLOADS, name="https")]


@hookimpl
def register_hub_identities() -> Sequence[Contribution]:
    """Proves to others that it is this agent."""
    from tympan_transport_https._parts import IDENTITY

    return [Contribution(port=IDENTITY, name="hub")]


@hookimpl
def register_agent_keys() -> Sequence[Contribution]:
    """Knows the keys of the other agents."""
    from tympan_transport_https._parts import KEYS

    return [Contribution(port=KEYS, name="hub")]


@hookimpl
def register_notice_sources() -> Sequence[Contribution]:
    """Notices of that hub."""
    from tympan_transport_https._parts import STREAM

    return [Contribution(port=STREAM, name="https")]


@hookimpl
def register_sign_ins() -> Sequence[Contribution]:
    """People sign in at that hub."""
    from tympan_transport_https._parts import SIGN_INS

    return [Contribution(port=SIGN_INS, name="hub")]


@hookimpl
def register_examiners() -> Sequence[Contribution]:
    """Looks at the way to that hub."""
    from tympan_transport_https._parts import EXAMINER

    return [Contribution(port=EXAMINER, name="hub")]


@hookimpl
def register_services() -> Sequence[Contribution]:
    """Keeps the stream open."""
    from tympan_transport_https._parts import service

    return [Contribution(port=service(), name="stream")]
