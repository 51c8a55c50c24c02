"""Tables. Every row but a tenant's own names its tenant first, in its primary key and in every reference.

A reference to a row of another tenant cannot be written: foreign keys carry the tenant too. In PostgreSQL every table
here comes under row-level security by itself (``security``); a method of the directory may look for a column that is
unique in the whole hub, or has ``info=SOUGHT``.
"""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from tympan_hub.adapters.sql.types import Moment
from tympan_hub.domain.usage import NAMES

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SOUGHT: Final = {"sought": True}
"""Marks a column by which the directory finds whose a row is, though it is not unique by itself."""

PASSING: Final = frozenset({"processes", "presences"})
"""Tables of what is only true now: a backup leaves them out."""

_WORD = String(63)
_ID = String(32)
_HASH = String(64)
_NAME = String(254)


def _tenant() -> Column[str]:
    return Column("tenant", _WORD, ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False)


def _of(table: str, column: str) -> ForeignKeyConstraint:
    """A reference to a row of the same tenant."""
    return ForeignKeyConstraint(["tenant", column], [f"{table}.tenant", f"{table}.id"], ondelete="CASCADE")


tenants = Table(
    "tenants",
    metadata,
    Column("id", _WORD, primary_key=True),
    Column("name", _NAME, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("webhooks", Integer, nullable=False, server_default="0"),
)

people = Table(
    "people",
    metadata,
    _tenant(),
    Column("id", _ID, nullable=False),
    Column("email", _NAME, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("login", _NAME, nullable=False),
    Column("sought", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("password", String(255), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("email"),
    Index(None, "tenant", "login"),
    Index(None, "tenant", "sought", "id"),
)

groups = Table(
    "groups",
    metadata,
    _tenant(),
    Column("id", _WORD, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("source", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "name"),
)

memberships = Table(
    "memberships",
    metadata,
    _tenant(),
    Column("group", _WORD, nullable=False),
    Column("person", _ID, nullable=False),
    PrimaryKeyConstraint("tenant", "group", "person"),
    _of("groups", "group"),
    _of("people", "person"),
    Index(None, "tenant", "person"),
)

sessions = Table(
    "sessions",
    metadata,
    _tenant(),
    Column("hash", _HASH, nullable=False),
    Column("person", _ID, nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("id", _ID, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("source", String(100), nullable=False),
    Column("browser", String(100), nullable=False),
    PrimaryKeyConstraint("tenant", "hash"),
    UniqueConstraint("hash"),
    _of("people", "person"),
    Index(None, "tenant", "person"),
)

providers = Table(
    "providers",
    metadata,
    _tenant(),
    Column("id", _WORD, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("claims", JSON, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("homes", JSON, nullable=False),
    Column("adds_unknown", Boolean, nullable=False),
    Column("links_by_email", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "issuer"),
)

provider_domains = Table(
    "provider_domains",
    metadata,
    _tenant(),
    Column("provider", _WORD, nullable=False),
    Column("domain", String(253), nullable=False),
    PrimaryKeyConstraint("tenant", "provider", "domain"),
    UniqueConstraint("domain"),
    _of("providers", "provider"),
)

identities = Table(
    "identities",
    metadata,
    _tenant(),
    Column("issuer", String(1023), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("person", _ID, nullable=False),
    Column("own_role", String(32), nullable=False),
    Column("given_role", String(32), nullable=False),
    Column("linked_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "issuer", "subject"),
    _of("people", "person"),
    Index(None, "tenant", "person"),
)

vouchings = Table(
    "vouchings",
    metadata,
    _tenant(),
    Column("session", _HASH, nullable=False),
    Column("whose", _WORD, nullable=False),
    Column("provider", _WORD, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", String(255), nullable=False),
    Column("tokens", LargeBinary, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("confirmed_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "session"),
    ForeignKeyConstraint(["tenant", "session"], ["sessions.tenant", "sessions.hash"], ondelete="CASCADE"),
    Index(None, "tenant", "whose", "provider"),
)

departures = Table(
    "departures",
    metadata,
    _tenant(),
    Column("state", _HASH, nullable=False),
    Column("until", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "state"),
    Index(None, "tenant", "until"),
)

second_factors = Table(
    "second_factors",
    metadata,
    _tenant(),
    Column("person", _ID, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("confirmed_at", Moment),
    Column("last_step", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "person"),
    _of("people", "person"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    _tenant(),
    Column("person", _ID, nullable=False),
    Column("hash", _HASH, nullable=False),
    PrimaryKeyConstraint("tenant", "person", "hash"),
    _of("people", "person"),
)

half_sign_ins = Table(
    "half_sign_ins",
    metadata,
    _tenant(),
    Column("hash", _HASH, nullable=False),
    Column("person", _ID, nullable=False),
    Column("source", String(100), nullable=False),
    Column("browser", String(100), nullable=False),
    Column("expires_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "hash"),
    UniqueConstraint("hash"),
    _of("people", "person"),
    Index(None, "tenant", "person"),
)

invitations = Table(
    "invitations",
    metadata,
    _tenant(),
    Column("id", _ID, nullable=False),
    Column("hash", _HASH, nullable=False),
    Column("email", _NAME, nullable=False),
    Column("role", String(32), nullable=False),
    Column("groups", JSON, nullable=False),
    Column("made_by", _NAME, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended", String(16)),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("hash"),
    Index(None, "tenant", "expires_at"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    _tenant(),
    Column("key", String(320), nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "tenant", "key", "at"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    _tenant(),
    Column("id", _ID, nullable=False),
    Column("hash", _HASH, nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("name", _NAME, nullable=False),
    Column("role", String(32), nullable=False),
    Column("person", _ID, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("revoked_at", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("hash"),
    _of("people", "person"),
)

repeats = Table(
    "repeats",
    metadata,
    _tenant(),
    Column("token", _ID, nullable=False),
    Column("key", _HASH, nullable=False),
    Column("asked", _HASH, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("status", Integer),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("tenant", "token", "key"),
    _of("api_tokens", "token"),
    Index(None, "tenant", "begun_at"),
)

webhooks = Table(
    "webhooks",
    metadata,
    _tenant(),
    Column("id", _ID, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("url", String(1023), nullable=False),
    Column("happenings", JSON, nullable=False),
    Column("salt", String(64), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _tenant(),
    Column("id", _ID, nullable=False),
    Column("webhook", _ID, nullable=False),
    Column("happening", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("fate", String(16), nullable=False),
    Column("status", Integer),
    Column("detail", Text, nullable=False),
    Column("ended_at", Moment),
    Column("holder", _ID, nullable=False),
    Column("leased_until", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    _of("webhooks", "webhook"),
    Index(None, "tenant", "webhook", "made_at"),
    Index(None, "fate", "due_at"),
)

enrolments = Table(
    "enrolments",
    metadata,
    _tenant(),
    Column("hash", _HASH, nullable=False),
    Column("made_by", _NAME, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("agent", _ID),
    Column("replaces", _ID),
    PrimaryKeyConstraint("tenant", "hash"),
    UniqueConstraint("hash"),
    _of("agents", "agent"),
)

agents = Table(
    "agents",
    metadata,
    _tenant(),
    Column("id", _ID, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("platform", String(16), nullable=False),
    Column("release", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("recipient", LargeBinary, nullable=False),
    Column("certificate", Text, nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("told_at", Moment),
    Column("told", JSON),
    Column("replaces", _ID),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("id"),
)

processes = Table(
    "processes",
    metadata,
    _tenant(),
    Column("id", _ID, nullable=False),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
)

presences = Table(
    "presences",
    metadata,
    _tenant(),
    Column("process", _ID, nullable=False),
    Column("agent", _ID, nullable=False),
    PrimaryKeyConstraint("tenant", "process", "agent"),
    _of("agents", "agent"),
)

device_codes = Table(
    "device_codes",
    metadata,
    _tenant(),
    Column("hash", _HASH, nullable=False),
    Column("user_code", String(8), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("agent", _ID),
    Column("user", _NAME, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("platform", String(16), nullable=False),
    Column("release", Text, nullable=False),
    Column("source", String(100), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("interval_s", Integer, nullable=False),
    Column("polled_at", Moment),
    Column("decision", String(16), nullable=False),
    Column("person", _ID),
    Column("replaces", _ID),
    Column("signs_in", Boolean, nullable=False),
    PrimaryKeyConstraint("tenant", "hash"),
    UniqueConstraint("hash"),
    UniqueConstraint("user_code"),
    _of("agents", "agent"),
    _of("people", "person"),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    _tenant(),
    Column("id", _ID, nullable=False),
    Column("agent", _ID, nullable=False),
    Column("user", _NAME, nullable=False),
    Column("person", _ID, nullable=False),
    Column("token", _HASH, nullable=False),
    Column("previous", _HASH, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("renewed_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    PrimaryKeyConstraint("tenant", "id"),
    _of("agents", "agent"),
    _of("people", "person"),
    Index(None, "tenant", "agent", "user"),
    Index(None, "tenant", "person"),
)

agent_keys = Table(
    "agent_keys",
    metadata,
    _tenant(),
    Column("agent", _ID, nullable=False),
    Column("key", String(100), nullable=False),
    Column("running", Boolean, nullable=False),
    Column("used_at", Moment),
    PrimaryKeyConstraint("tenant", "agent", "key"),
    _of("agents", "agent"),
)

assertions = Table(
    "assertions",
    metadata,
    _tenant(),
    Column("agent", _ID, nullable=False),
    Column("assertion", _HASH, nullable=False),
    Column("until", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "agent", "assertion"),
    _of("agents", "agent"),
    Index(None, "tenant", "until"),
)

report_ids = Table(
    "report_ids",
    metadata,
    _tenant(),
    Column("agent", _ID, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "agent", "id"),
    _of("agents", "agent"),
    Index(None, "tenant", "at"),
)

printers = Table(
    "printers",
    metadata,
    _tenant(),
    Column("id", _WORD, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("uri", String(1023), nullable=False),
    Column("delivery", String(8), nullable=False),
    Column("location", _NAME, nullable=False),
    Column("fingerprint", _HASH, nullable=False),
    Column("everybody", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "name"),
)

printer_people = Table(
    "printer_people",
    metadata,
    _tenant(),
    Column("printer", _WORD, nullable=False),
    Column("person", _ID, nullable=False),
    PrimaryKeyConstraint("tenant", "printer", "person"),
    _of("printers", "printer"),
    _of("people", "person"),
    Index(None, "tenant", "person"),
)

printer_groups = Table(
    "printer_groups",
    metadata,
    _tenant(),
    Column("printer", _WORD, nullable=False),
    Column("group", _WORD, nullable=False),
    PrimaryKeyConstraint("tenant", "printer", "group"),
    _of("printers", "printer"),
    _of("groups", "group"),
    Index(None, "tenant", "group"),
)

devices = Table(
    "devices",
    metadata,
    _tenant(),
    Column("printer", _WORD, nullable=False),
    Column("agent", _ID, nullable=False),
    Column("reachable", Boolean, nullable=False),
    Column("observed_at", Moment, nullable=False),
    Column("make_and_model", Text, nullable=False),
    Column("formats", JSON, nullable=False),
    Column("color", Boolean),
    Column("duplex", Boolean),
    Column("media", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "printer", "agent"),
    _of("printers", "printer"),
    _of("agents", "agent"),
)

queues = Table(
    "queues",
    metadata,
    _tenant(),
    Column("printer", _WORD, nullable=False),
    Column("agent", _ID, nullable=False),
    Column("installed", Boolean, nullable=False),
    Column("usable", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    Column("observed_at", Moment, nullable=False),
    PrimaryKeyConstraint("tenant", "printer", "agent"),
    _of("printers", "printer"),
    _of("agents", "agent"),
)

commands = Table(
    "commands",
    metadata,
    _tenant(),
    Column("id", Uuid, nullable=False),
    Column("agent", _ID, nullable=False),
    Column("order", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("about", String(64), nullable=False),
    Column("asked_by", _NAME, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("leased_until", Moment),
    Column("ended_at", Moment),
    Column("detail", Text, nullable=False),
    Column("found", JSON(none_as_null=True)),
    PrimaryKeyConstraint("tenant", "id"),
    _of("agents", "agent"),
    Index(None, "tenant", "agent", "state"),
    Index(None, "tenant", "about", "asked_at"),
)

jobs = Table(
    "jobs",
    metadata,
    _tenant(),
    Column("id", Uuid, nullable=False),
    Column("agent", _ID, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("printer", _WORD, nullable=False),
    Column("title", Text, nullable=False),
    Column("user", _NAME, nullable=False),
    Column("person", _ID),
    Column("standing", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("size_bytes", BigInteger, nullable=False),
    Column("impressions_completed", BigInteger),
    Column("pages", JSON(none_as_null=True)),
    Column("story", JSON, nullable=False),
    Column("counted", JSON(none_as_null=True)),
    PrimaryKeyConstraint("tenant", "id"),
    _of("agents", "agent"),
    Index(None, "tenant", "created_at", "id"),
    Index(None, "tenant", "user", "created_at"),
    Index(None, "tenant", "person", "created_at"),
    Index(None, "tenant", "printer", "created_at"),
)

usage = Table(
    "usage",
    metadata,
    _tenant(),
    Column("grain", String(5), nullable=False),
    Column("day", Date, nullable=False),
    Column("month", Date, nullable=False),
    Column("person", _ID, nullable=False),
    Column("user", _NAME, nullable=False),
    Column("printer", _WORD, nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in NAMES),
    PrimaryKeyConstraint("tenant", "grain", "day", "person", "user", "printer"),
)

policies = Table(
    "policies",
    metadata,
    _tenant(),
    Column("number", Integer, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("by", _NAME, nullable=False),
    Column("key", String(100), nullable=False),
    Column("before", String(8)),
    Column("after", String(8)),
    Column("rules", JSON, nullable=False),
    Column("envelope", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "number"),
)

group_policies = Table(
    "group_policies",
    metadata,
    _tenant(),
    Column("group", _WORD, nullable=False),
    Column("number", Integer, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("by", _NAME, nullable=False),
    Column("key", String(100), nullable=False),
    Column("before", String(8)),
    Column("after", String(8)),
    Column("rules", JSON, nullable=False),
    PrimaryKeyConstraint("tenant", "group", "number"),
    _of("groups", "group"),
)

agent_policies = Table(
    "agent_policies",
    metadata,
    _tenant(),
    Column("agent", _ID, nullable=False),
    Column("number", Integer, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("origins", JSON, nullable=False),
    Column("envelope", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "agent"),
    _of("agents", "agent"),
)

group_agents = Table(
    "group_agents",
    metadata,
    _tenant(),
    Column("group", _WORD, nullable=False),
    Column("agent", _ID, nullable=False),
    PrimaryKeyConstraint("tenant", "group", "agent"),
    _of("groups", "group"),
    _of("agents", "agent"),
    Index(None, "tenant", "agent"),
)

keepings = Table(
    "keepings",
    metadata,
    _tenant(),
    Column("jobs_days", Integer, nullable=False),
    Column("titles_days", Integer, nullable=False),
    Column("jobs_gone", Moment),
    Column("titles_gone", Moment),
    PrimaryKeyConstraint("tenant"),
)

audit = Table(
    "audit",
    metadata,
    _tenant(),
    Column("number", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", _NAME, nullable=False),
    Column("act", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", _HASH, nullable=False),
    Column("hash", _HASH, nullable=False),
    PrimaryKeyConstraint("tenant", "number"),
)


def same_tenant(tenant: str, named: str) -> None:
    """Raises ``ValueError`` for a value of one tenant about to be kept under another: a mistake of ours."""
    if tenant != named:
        raise ValueError(f"a value of {named!r} cannot be kept under {tenant!r}")
