"""Policy of groups, agents in groups, and what agents run and use."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("agent_keys", sa.Column("running", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("agent_keys", sa.Column("used_at", sa.DateTime(timezone=True)))
    op.create_table(
        "group_policies",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("group", sa.String(length=63), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("before", sa.String(length=8)),
        sa.Column("after", sa.String(length=8)),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "group", "number", name=op.f("pk_group_policies")),
        _tenant("group_policies"),
        _of("group_policies", "group", "groups"),
    )
    op.create_table(
        "agent_policies",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "agent", name=op.f("pk_agent_policies")),
        _tenant("agent_policies"),
        _of("agent_policies", "agent", "agents"),
    )
    op.create_table(
        "group_agents",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("group", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "group", "agent", name=op.f("pk_group_agents")),
        _tenant("group_agents"),
        _of("group_agents", "group", "groups"),
        _of("group_agents", "agent", "agents"),
    )
    op.create_index("ix_group_agents_tenant_agent", "group_agents", ["tenant", "agent"])


def downgrade() -> None:
    """From this revision."""
    for table in ("group_agents", "agent_policies", "group_policies"):
        op.drop_table(table)
    op.drop_column("agent_keys", "used_at")
    op.drop_column("agent_keys", "running")


def _tenant(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_tenant_tenants")
    return sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=name, ondelete="CASCADE")


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", column],
        [f"{other}.tenant", f"{other}.id"],
        name=op.f(f"fk_{table}_tenant_{other}"),
        ondelete="CASCADE",
    )
