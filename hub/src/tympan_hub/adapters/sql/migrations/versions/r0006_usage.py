"""Sums of what was printed, and of every job what it has put into them."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NUMBERS = (
    "jobs",
    "unfinished",
    "uncounted",
    "pages",
    "impressions",
    "color_impressions",
    "sheets",
    "two_sided",
    "saved",
)
_ENDED = ("completed", "aborted", "canceled", "expired")


def upgrade() -> None:
    """To this revision."""
    op.add_column("jobs", sa.Column("impressions_completed", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("counted", sa.JSON(none_as_null=True), nullable=True))
    usage = op.create_table(
        "usage",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("grain", sa.String(length=5), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=254), nullable=False),
        sa.Column("printer", sa.String(length=63), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _NUMBERS),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.id"], name=op.f("fk_usage_tenant_tenants"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "grain", "day", "person", "user", "printer", name=op.f("pk_usage")),
    )
    _count_what_is_there(usage)


def _count_what_is_there(usage: sa.Table) -> None:
    """Jobs that ended before the hub counted."""
    jobs = sa.table(
        "jobs",
        *(sa.column(name) for name in ("tenant", "person", "user", "printer", "standing")),
        sa.column("id", sa.Uuid()),
        sa.column("pages", sa.JSON()),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("ended_at", sa.DateTime(timezone=True)),
        sa.column("counted", sa.JSON(none_as_null=True)),
    )
    connection = op.get_bind()
    sums: dict[tuple[Any, ...], dict[str, int]] = {}
    ended = sa.select(jobs).where(jobs.c.standing.in_(_ENDED))
    for row in connection.execute(ended).all():
        day = (row.ended_at or row.created_at).date()
        tally = _tally(row.standing == "completed", row.pages or {})
        account = {"person": row.person or "", "user": row.user, "printer": row.printer}
        counted = {"day": day.isoformat(), **account, "tally": tally}
        this_one = jobs.c.tenant == row.tenant, jobs.c.id == row.id
        connection.execute(jobs.update().where(*this_one).values(counted=counted))
        for key in _keys(day, **account):
            sum_ = sums.setdefault((row.tenant, *key), dict.fromkeys(_NUMBERS, 0))
            sum_.update({name: sum_[name] + tally[name] for name in _NUMBERS})
    names = ("tenant", "grain", "day", "month", "person", "user", "printer")
    if sums:
        op.bulk_insert(usage, [{**dict(zip(names, key, strict=True)), **sum_} for key, sum_ in sums.items()])


def _keys(day: dt.date, person: str, user: str, printer: str) -> Iterator[tuple[Any, ...]]:
    month = day.replace(day=1)
    accounts = (
        ("day", "month", person, user, printer),
        ("day-p", "mon-p", "", "", printer),
        ("day-u", "mon-u", person, user, ""),
    )
    for by_day, by_month, *account in accounts:
        yield by_day, day, month, *account
        yield by_month, month, month, *account


def _tally(printed: bool, pages: dict[str, Any]) -> dict[str, int]:
    tally = dict.fromkeys(_NUMBERS, 0)
    if not printed:
        return {**tally, "unfinished": 1}
    sides = pages.get("impressions")
    if sides is None and pages.get("pages") is not None:
        sides = pages["pages"] * pages.get("copies", 1)
    if sides is None:
        return {**tally, "jobs": 1, "uncounted": 1}
    sheets = sides if pages.get("sheets") is None else pages["sheets"]
    saved = max(sides - sheets, 0) if str(pages.get("sides", "")).startswith("two-sided") else 0
    counted = {"pages": pages.get("pages") or 0, "impressions": sides, "sheets": sheets, "saved": saved}
    color = min(pages.get("color_impressions") or 0, sides)
    return {**tally, **counted, "jobs": 1, "color_impressions": color, "two_sided": min(2 * saved, sides)}


def downgrade() -> None:
    """Back from this revision."""
    op.drop_table("usage")
    for column in ("counted", "impressions_completed"):
        op.drop_column("jobs", column)
