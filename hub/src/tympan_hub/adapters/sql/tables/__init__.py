"""Tables. Every row but a tenant's own names its tenant first, in its primary key and in every reference.

A reference to a row of another tenant cannot be written: foreign keys carry the tenant too. In PostgreSQL every table
here comes under row-level security by itself (``security``); a method of the directory may look for a column that is
unique in the whole hub, or has ``info=SOUGHT``.
"""

from tympan_hub.adapters.sql.tables._agents import agent_keys, agents, assertions, enrolments
from tympan_hub.adapters.sql.tables._api_tokens import api_tokens, repeats
from tympan_hub.adapters.sql.tables._audit import audit
from tympan_hub.adapters.sql.tables._badges import badges
from tympan_hub.adapters.sql.tables._columns import SOUGHT, same_tenant
from tympan_hub.adapters.sql.tables._commands import commands
from tympan_hub.adapters.sql.tables._crossings import crossing_envelopes, crossings
from tympan_hub.adapters.sql.tables._found import (
    device_changes,
    device_intakes,
    device_sightings,
    device_sweeps,
    found_devices,
)
from tympan_hub.adapters.sql.tables._groups import group_agents, groups, memberships
from tympan_hub.adapters.sql.tables._jobs import jobs, report_ids, usage
from tympan_hub.adapters.sql.tables._key_book import key_book
from tympan_hub.adapters.sql.tables._mail_addresses import mail_addresses
from tympan_hub.adapters.sql.tables._metadata import PASSING, metadata
from tympan_hub.adapters.sql.tables._people import attempts, invitations, people
from tympan_hub.adapters.sql.tables._policies import agent_policies, group_policies, policies
from tympan_hub.adapters.sql.tables._presences import presences, processes
from tympan_hub.adapters.sql.tables._printers import devices, printer_groups, printer_people, printers, queues
from tympan_hub.adapters.sql.tables._providers import departures, identities, provider_domains, providers, vouchings
from tympan_hub.adapters.sql.tables._releases import (
    held_wishes,
    mirror_copies,
    mirror_envelopes,
    mirrors,
    near_doors,
    passed_on,
    release_grants,
    release_points,
    releases,
    stations,
)
from tympan_hub.adapters.sql.tables._scans import agent_networks, scan_parts, scans
from tympan_hub.adapters.sql.tables._sessions import half_sign_ins, recovery_codes, second_factors, sessions
from tympan_hub.adapters.sql.tables._shares import shares, sharing_rules
from tympan_hub.adapters.sql.tables._sign_ins import device_codes, sign_ins
from tympan_hub.adapters.sql.tables._tenants import keepings, tenants
from tympan_hub.adapters.sql.tables._tunnel_use import tunnel_limits, tunnel_serving
from tympan_hub.adapters.sql.tables._updates import (
    agent_updates,
    agent_versions,
    update_floors,
    update_rules,
    update_stops,
)
from tympan_hub.adapters.sql.tables._uploads import upload_parts, uploads
from tympan_hub.adapters.sql.tables._webhooks import deliveries, webhooks

__all__ = [
    "PASSING",
    "SOUGHT",
    "agent_keys",
    "agent_networks",
    "agent_policies",
    "agent_updates",
    "agent_versions",
    "agents",
    "api_tokens",
    "assertions",
    "attempts",
    "audit",
    "badges",
    "commands",
    "crossing_envelopes",
    "crossings",
    "deliveries",
    "departures",
    "device_changes",
    "device_codes",
    "device_intakes",
    "device_sightings",
    "device_sweeps",
    "devices",
    "enrolments",
    "found_devices",
    "group_agents",
    "group_policies",
    "groups",
    "half_sign_ins",
    "held_wishes",
    "identities",
    "invitations",
    "jobs",
    "keepings",
    "key_book",
    "mail_addresses",
    "memberships",
    "metadata",
    "mirror_copies",
    "mirror_envelopes",
    "mirrors",
    "near_doors",
    "passed_on",
    "people",
    "policies",
    "presences",
    "printer_groups",
    "printer_people",
    "printers",
    "processes",
    "provider_domains",
    "providers",
    "queues",
    "recovery_codes",
    "release_grants",
    "release_points",
    "releases",
    "repeats",
    "report_ids",
    "same_tenant",
    "scan_parts",
    "scans",
    "second_factors",
    "sessions",
    "shares",
    "sharing_rules",
    "sign_ins",
    "stations",
    "tenants",
    "tunnel_limits",
    "tunnel_serving",
    "update_floors",
    "update_rules",
    "update_stops",
    "upload_parts",
    "uploads",
    "usage",
    "vouchings",
    "webhooks",
]
