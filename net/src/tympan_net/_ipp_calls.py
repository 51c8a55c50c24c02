"""The values IPP calls take and give."""

import attrs

from tympan_wire.ipp import Group, GroupTag, Message, Operation


@attrs.frozen(kw_only=True)
class JobHandle:
    """A job a printer has accepted.

    Attributes:
        job_id: the printer's own number for it.
        job_uri: its URI at the printer.
        job_uuid: its job-uuid, where the printer gives one.
        state: its job-state as of the answer (RFC 8011 section 5.3.7), where given.
    """

    job_id: int
    job_uri: str
    job_uuid: str | None = None
    state: int | None = None

    @classmethod
    def of(cls, job: Group) -> "JobHandle | None":
        """The job of an answer's job group; None where it names no job."""
        job_id = job.integer("job-id")
        if job_id is None:
            return None
        return cls(
            job_id=job_id,
            job_uri=job.string("job-uri", "") or "",
            job_uuid=job.string("job-uuid"),
            state=job.integer("job-state"),
        )


_REPEATABLE = frozenset(
    {
        Operation.VALIDATE_JOB,
        Operation.GET_JOB_ATTRIBUTES,
        Operation.GET_JOBS,
        Operation.GET_PRINTER_ATTRIBUTES,
        Operation.GET_SUBSCRIPTION_ATTRIBUTES,
        Operation.GET_SUBSCRIPTIONS,
        Operation.GET_DOCUMENT_ATTRIBUTES,
        Operation.GET_DOCUMENTS,
        Operation.CUPS_GET_DEFAULT,
        Operation.CUPS_GET_PRINTERS,
        Operation.CUPS_GET_CLASSES,
        Operation.CUPS_GET_DEVICES,
        Operation.CUPS_GET_PPDS,
    }
)


def repeatable(message: Message) -> bool:
    """Whether a request does nothing but look, so that it may be sent again when its connection turns out dead."""
    return message.code in _REPEATABLE


def unsupported_of(message: Message) -> Group:
    """The unsupported-attributes group of an answer."""
    return message.first(GroupTag.UNSUPPORTED)
