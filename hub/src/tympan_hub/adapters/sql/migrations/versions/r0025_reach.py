"""What the map of reach counts is read from an index alone."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_TABLE = "device_sightings"
_OLD = ["tenant", "agent", "in_view"]
_NEW = [*_OLD, "paused", "device"]


def upgrade() -> None:
    """To this revision."""
    _instead(_OLD, _NEW)


def downgrade() -> None:
    """From this revision."""
    _instead(_NEW, _OLD)


def _instead(old: list[str], new: list[str]) -> None:
    op.create_index(_name(new), _TABLE, new, unique=False)
    op.drop_index(_name(old), _TABLE)


def _name(columns: list[str]) -> str:
    return op.f("_".join(("ix", _TABLE, *columns)))
