"""How long an audit log is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    with op.batch_alter_table("keepings") as keepings:
        keepings.add_column(sa.Column("audit_days", sa.Integer()))


def downgrade() -> None:
    """From this revision."""
    with op.batch_alter_table("keepings") as keepings:
        keepings.drop_column("audit_days")
