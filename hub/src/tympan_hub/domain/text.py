"""Text from outside, made fit to be kept and shown.

- Lone surrogates (file names that are no UTF-8) cannot be stored or sent; NUL cannot be stored by every database.
- Nothing is refused for its text: a job whose title is odd is a job.
"""

_GONE = {0: "\N{REPLACEMENT CHARACTER}", **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")}


def fit(text: str) -> str:
    """The text with what cannot be kept replaced."""
    return text if text.isascii() and "\0" not in text else text.translate(_GONE)


def is_name(text: str, octets: int) -> bool:
    """Whether a text is a name for people: 1 to so many octets, printable, not all blank."""
    try:
        return 1 <= len(text.encode()) <= octets and text.isprintable() and bool(text.strip())
    except UnicodeEncodeError:
        return False


def plain(text: str, chars: int) -> str:
    """Words of a stranger as one line for people: nothing that is not seen, or turns round what is, and no longer.

    Args:
        text: What was said.
        chars: So many characters stay.
    """
    if text.isascii() and text.isprintable() and len(text) <= chars:
        return text.strip()
    seen = "".join(" " if one.isspace() else one for one in text[: 4 * chars] if one.isprintable() or one.isspace())
    return " ".join(seen.split())[:chars].strip()


def cut(text: str, octets: int) -> str:
    """A text with no more than so many octets, whole characters."""
    return text.encode()[:octets].decode(errors="ignore").strip()
