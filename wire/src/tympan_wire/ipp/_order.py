"""Order: the rules on how a request must begin and how its groups follow (RFC 8011 section 4.1.4)."""

from tympan_wire.ipp._message import Message
from tympan_wire.ipp._tags import GroupTag, Tag

_OPENING = (("attributes-charset", Tag.CHARSET), ("attributes-natural-language", Tag.NATURAL_LANGUAGE))


def check_order(message: Message) -> str | None:
    """Say which rule a request breaks; None if it breaks none.

    Checked: request-id 1 or more; the operation group first, its first two attributes the charset and the natural
    language with exactly those tags and one value each; group tags that never decrease.
    """
    if message.request_id < 1:
        return f"request-id {message.request_id} is not between 1 and 2147483647"
    tags = [group.tag for group in message.groups]
    if not tags or tags[0] != GroupTag.OPERATION:
        return "the operation attributes do not come first"
    if tags != sorted(tags):
        return "the groups are out of order"
    return _check_opening(message)


def _check_opening(message: Message) -> str | None:
    attributes = message.groups[0].attributes
    for place, (name, tag) in enumerate(_OPENING):
        if len(attributes) <= place or attributes[place].name != name:
            return f"{name} is not operation attribute number {place + 1}"
        if [value.tag for value in attributes[place].values] != [tag]:
            return f"{name} is not one value of its own syntax"
    return None
