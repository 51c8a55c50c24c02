"""The audit log as pages show it."""

import datetime as dt

from attrs import frozen


@frozen(kw_only=True)
class AuditRow:
    """One act.

    Attributes:
        whole: It is as it was written; else somebody changed it afterwards.
    """

    number: int
    at: dt.datetime
    by: str
    act: str
    subject: str
    detail: str
    whole: bool


@frozen(kw_only=True)
class Audit:
    """The page.

    Attributes:
        rows: Newest first.
        query: What was looked for.
        total: Entries of the whole log.
        gone: So many entries before those are not there any more.
        proved: Whether the whole chain was followed for this page.
        broken: Number of the first entry that does not follow from those before; None when all do.
        checked_at: When it was followed.
        newest: Hash of the newest entry; "" when there is none.
        older: Address of the next page; "" on the last.
        filtered: Whether something was looked for, or this is not the first page.
    """

    rows: tuple[AuditRow, ...]
    query: str
    total: int
    gone: int
    proved: bool
    broken: int | None
    checked_at: dt.datetime
    newest: str
    older: str
    filtered: bool
