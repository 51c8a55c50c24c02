"""OpenID providers, people as they know them, sessions they vouch for."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "providers",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("id", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("homes", sa.JSON(), nullable=False),
        sa.Column("adds_unknown", sa.Boolean(), nullable=False),
        sa.Column("links_by_email", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _tenant("providers"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_providers")),
        sa.UniqueConstraint("tenant", "issuer", name=op.f("uq_providers_tenant_issuer")),
    )
    op.create_table(
        "provider_domains",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("provider", sa.String(length=63), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        _tenant("provider_domains"),
        sa.ForeignKeyConstraint(
            ["tenant", "provider"],
            ["providers.tenant", "providers.id"],
            name=op.f("fk_provider_domains_tenant_provider_providers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "provider", "domain", name=op.f("pk_provider_domains")),
        sa.UniqueConstraint("domain", name=op.f("uq_provider_domains_domain")),
    )
    op.create_table(
        "identities",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("issuer", sa.String(length=1023), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("own_role", sa.String(length=32), nullable=False),
        sa.Column("given_role", sa.String(length=32), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        _tenant("identities"),
        sa.ForeignKeyConstraint(
            ["tenant", "person"],
            ["people.tenant", "people.id"],
            name=op.f("fk_identities_tenant_person_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "issuer", "subject", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_tenant_person"), "identities", ["tenant", "person"])
    op.create_table(
        "vouchings",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("whose", sa.String(length=63), nullable=False),
        sa.Column("provider", sa.String(length=63), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        _tenant("vouchings"),
        sa.ForeignKeyConstraint(
            ["tenant", "session"],
            ["sessions.tenant", "sessions.hash"],
            name=op.f("fk_vouchings_tenant_session_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "session", name=op.f("pk_vouchings")),
    )
    op.create_index(op.f("ix_vouchings_tenant_whose_provider"), "vouchings", ["tenant", "whose", "provider"])
    op.create_table(
        "departures",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        _tenant("departures"),
        sa.PrimaryKeyConstraint("tenant", "state", name=op.f("pk_departures")),
    )
    op.create_index(op.f("ix_departures_tenant_until"), "departures", ["tenant", "until"])


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_tenants")
    return sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    """To the revision before."""
    for table in ("departures", "vouchings", "identities", "provider_domains", "providers"):
        op.drop_table(table)
