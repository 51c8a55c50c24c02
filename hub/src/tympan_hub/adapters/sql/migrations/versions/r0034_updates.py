"""Updates: what tenants say of them, what computers have, and what was stopped. Tokens for many computers."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _rules()
    _versions()
    _updates()
    _stops()
    op.add_column("enrolments", sa.Column("computers", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("enrolments", sa.Column("joined", sa.Integer(), nullable=False, server_default="0"))


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_tenants"), ondelete="CASCADE"
    )


def _agent(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", "agent"],
        ["agents.tenant", "agents.id"],
        name=op.f(f"fk_{table}_tenant_agent_agents"),
        ondelete="CASCADE",
    )


def _rules() -> None:
    op.create_table(
        "update_rules",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("canary", sa.JSON(), nullable=False),
        sa.Column("early", sa.JSON(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("pin", sa.String(length=64), nullable=False),
        sa.Column("window", sa.JSON(), nullable=True),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        _tenant("update_rules"),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_update_rules")),
    )


def _versions() -> None:
    op.create_table(
        "agent_versions",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("installed", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("able", sa.Boolean(), nullable=False),
        sa.Column("why_not", sa.Text(), nullable=False),
        sa.Column("healthy", sa.Boolean(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("plugins", sa.JSON(), nullable=False),
        sa.Column("ring", sa.String(length=16), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        _agent("agent_versions"),
        _tenant("agent_versions"),
        sa.PrimaryKeyConstraint("tenant", "agent", name=op.f("pk_agent_versions")),
    )


def _updates() -> None:
    op.create_table(
        "agent_updates",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("lacking", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        _agent("agent_updates"),
        _tenant("agent_updates"),
        sa.PrimaryKeyConstraint("tenant", "agent", "subject", name=op.f("pk_agent_updates")),
    )
    for columns in (["tenant", "subject", "version"], ["tenant", "step"]):
        op.create_index(op.f(f"ix_agent_updates_{'_'.join(columns)}"), "agent_updates", columns)


def _stops() -> None:
    op.create_table(
        "update_stops",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("toll", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=254), nullable=False),
        _tenant("update_stops"),
        sa.PrimaryKeyConstraint("tenant", "subject", "version", name=op.f("pk_update_stops")),
    )


def downgrade() -> None:
    """From this revision."""
    op.drop_column("enrolments", "joined")
    op.drop_column("enrolments", "computers")
    for table in ("update_stops", "agent_updates", "agent_versions", "update_rules"):
        op.drop_table(table)
