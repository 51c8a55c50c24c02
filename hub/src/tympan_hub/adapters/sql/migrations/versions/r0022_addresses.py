"""E-mail addresses are unique in their tenant, and not in the hub: none tells, or takes, what another has."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    _change("uq_people_email", "uq_people_tenant_email", ["tenant", "email"])
    op.create_index("ix_people_email", "people", ["email"])


def downgrade() -> None:
    """From this revision; an address that several tenants have stops it."""
    op.drop_index("ix_people_email", "people")
    _change("uq_people_tenant_email", "uq_people_email", ["email"])


def _change(old: str, new: str, columns: list[str]) -> None:
    """In SQLite the table is made anew, which takes its rows' children along where references are enforced."""
    connection = op.get_bind()
    enforced = connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    if enforced and connection.exec_driver_sql("SELECT 1 FROM people LIMIT 1").first() is not None:
        raise RuntimeError("references are enforced: whatever refers to people would go with the old table")
    with op.batch_alter_table("people") as people:
        people.drop_constraint(old, type_="unique")
        people.create_unique_constraint(new, columns)
