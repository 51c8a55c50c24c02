"""Jobs that a person handed in: no agent took them, sent them or uploaded them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_AGENTS = (("jobs", "agent"), ("crossings", "sender"), ("mirrors", "agent"), ("uploads", "agent"))


def upgrade() -> None:
    """To this revision."""
    for table, column in _AGENTS:
        _change(table, column, nullable=True)
    op.add_column("uploads", sa.Column("person", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """From this revision; what was handed in goes."""
    for table, column in reversed(_AGENTS):
        rows: Any = sa.table(table, sa.column(column))
        op.execute(rows.delete().where(rows.c[column].is_(None)))
    _drop_what_refers_to_nothing()
    with op.batch_alter_table("uploads", schema=None) as uploads:
        uploads.drop_column("person")
    for table, column in _AGENTS:
        _change(table, column, nullable=False)


def _change(table: str, column: str, *, nullable: bool) -> None:
    with op.batch_alter_table(table, schema=None) as changed:
        changed.alter_column(column, existing_type=sa.String(length=32), nullable=nullable)


def _drop_what_refers_to_nothing() -> None:
    """SQLite enforces no references while a schema is changed: what goes with the rows that went is looked for."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    while left := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        for table, row, *_ in left:
            rows: Any = sa.table(table, sa.column("rowid"))
            op.execute(rows.delete().where(rows.c.rowid == row))
