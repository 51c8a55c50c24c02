"""Pages of a list."""


def first_of(asked: int, limit: int, total: int) -> int:
    """Where a page begins: where it was asked for, and past the end of the list at the last page.

    Args:
        asked: Place of the first row wanted.
        limit: Rows of a page.
        total: Rows of the list.
    """
    return min(max(asked, 0), max(total - 1, 0) // limit * limit)
