"""A device's words about itself, normalised."""

from attrs import frozen

from tympan_wire.device._supply import Supply


@frozen(kw_only=True)
class Description:
    """What a device says of itself; "" , () and None stand for what it does not say.

    Nothing in it is proved: it is what somebody on a network said.

    Attributes:
        uuid: ``printer-uuid`` in lower case, without ``urn:uuid:``; "" also where it is known to be bogus.
        serial: Serial number; "" also where it is known to be bogus.
        name: For people.
        make_and_model: As it calls itself.
        location: For people.
        firmware: Version of its firmware.
        formats: Media types it takes.
        color: Whether it prints colour.
        sides: IPP ``sides-supported`` keywords.
        media: PWG media names it takes.
        state: ``idle``, ``processing`` or ``stopped``.
        reasons: IPP ``printer-state-reasons`` other than ``none``.
        supplies: What it uses up.
        more_info: Its own page for people (http or https).
    """

    uuid: str = ""
    serial: str = ""
    name: str = ""
    make_and_model: str = ""
    location: str = ""
    firmware: str = ""
    formats: tuple[str, ...] = ()
    color: bool | None = None
    sides: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    state: str = ""
    reasons: tuple[str, ...] = ()
    supplies: tuple[Supply, ...] = ()
    more_info: str = ""
