"""Which shares wait for the first who signs in at their computer; those there are were given, or taken, by somebody."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("shares", sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """From this revision."""
    op.drop_column("shares", "waits")
