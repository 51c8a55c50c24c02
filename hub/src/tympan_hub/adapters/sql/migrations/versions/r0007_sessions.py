"""Since when, from where and with what a session is: not known of those there are, so everybody signs in once more."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BEGINNING = "1970-01-01 00:00:00"


def upgrade() -> None:
    """To this revision."""
    op.execute("DELETE FROM sessions")
    for name, kind, at_first in (
        ("id", sa.String(length=32), ""),
        ("begun_at", sa.DateTime(timezone=True), _BEGINNING),
        ("seen_at", sa.DateTime(timezone=True), _BEGINNING),
        ("source", sa.String(length=100), ""),
        ("browser", sa.String(length=100), ""),
    ):
        op.add_column("sessions", sa.Column(name, kind, nullable=False, server_default=at_first))


def downgrade() -> None:
    """From this revision."""
    for name in ("id", "begun_at", "seen_at", "source", "browser"):
        op.drop_column("sessions", name)
