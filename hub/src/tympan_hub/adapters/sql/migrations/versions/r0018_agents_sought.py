"""The text agents are found and listed by, and indexes for their list and for who took whose place."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("agents", sa.Column("sought", sa.Text(), nullable=False, server_default=""))
    _fill()
    op.create_index(
        op.f("ix_agents_tenant_sought_id_revoked_at"), "agents", ["tenant", "sought", "id", "revoked_at"], unique=False
    )
    op.create_index(op.f("ix_agents_tenant_replaces"), "agents", ["tenant", "replaces"], unique=False)


def downgrade() -> None:
    """From this revision."""
    op.drop_index(op.f("ix_agents_tenant_replaces"), "agents")
    op.drop_index(op.f("ix_agents_tenant_sought_id_revoked_at"), "agents")
    op.drop_column("agents", "sought")


def _fill() -> None:
    """The text of every agent there is; folded here, as databases fold ASCII alone, or by their own rules."""
    agents = sa.table("agents", *(sa.column(name) for name in ("id", "name", "sought")))
    connection = op.get_bind()
    for row in connection.execute(sa.select(agents.c.id, agents.c.name)).all():
        connection.execute(agents.update().where(agents.c.id == row.id).values(sought=row.name.casefold()))
