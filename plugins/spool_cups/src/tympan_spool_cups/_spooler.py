"""CUPS as the spooler of this machine.

- Queues are made and removed one at a time: CUPS makes their PPDs in threads that get in each other's way (CUPS 2.4.2
  crashed in one of ten attempts to make five queues at once).
- A queue is told of when CUPS can print on it: see ``_remaking``.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from uuid import UUID

import attrs
import trio

from tympan.plugin import BadInput, Queue, QueueCapabilities, QueueEvent, QueueRequest, SpoolJob
from tympan_net.ipp_client import PeerError
from tympan_spool_cups._abilities import Driver, capabilities_of, drivers_of
from tympan_spool_cups._error_log import LogMark
from tympan_spool_cups._errors import (
    CupsAway,
    CupsRefused,
    EndpointIncomplete,
    EndpointSilent,
    NoSuchQueue,
    QueueTaken,
    QueueUnusable,
)
from tympan_spool_cups._jobs import CupsJobs
from tympan_spool_cups._limits import CLEANUP_S, PORTS, PROOF_AT_MOST_S, PROOF_EVERY_S
from tympan_spool_cups._link import CupsLink, ask_endpoint
from tympan_spool_cups._lpadmin import add_queue, remove_queue
from tympan_spool_cups._model import Server, SpoolSettings
from tympan_spool_cups._ppd import Ppd, parse_ppd
from tympan_spool_cups._remaking import Remaking
from tympan_spool_cups._requests import get_endpoint, get_ppd, get_queue, get_queues, print_job, queue_uri
from tympan_spool_cups._rules import (
    DEFAULT_PORT,
    endpoint_port,
    is_ours,
    is_usable,
    locate_server,
    missing_for_ppd,
    queue_from,
    queue_name,
)
from tympan_spool_cups._watch import QueueWatch
from tympan_wire.ipp import Group, GroupTag


def _own_name() -> str:
    """Whose questions CUPS is asked; an account that exists while a service runs may be in no list of accounts."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return os.environ.get("USER") or str(os.geteuid())


class CupsSpooler:
    """Satisfies ``tympan.plugin.Spooler``. Usable at once with default settings; the service brings the real ones.

    Args:
        settings: What a user may set.
    """

    def __init__(self, settings: SpoolSettings | None = None) -> None:
        self.settings = settings or SpoolSettings()
        self.ports: tuple[int, ...] = (DEFAULT_PORT,)
        self.on_new_port: Callable[[tuple[int, ...]], Awaitable[None]] | None = None
        self._user = _own_name()
        self._turn = trio.Lock()
        self._jobs = CupsJobs(self._link, user=self._user)

    @property
    def server(self) -> Server:
        """Where CUPS is, looked up anew: it may have been installed since."""
        try:
            return locate_server(self.settings.server, os.environ, os.path.exists)
        except ValueError as error:
            raise CupsAway(self.settings.server, f"that is no address: {error}") from error

    def know_ports(self, ports: Iterable[int]) -> None:
        """Learns on which ports this agent's endpoint has been, the newest first."""
        self.ports = tuple(dict.fromkeys((*ports, *self.ports)))[:PORTS]

    async def list_queues(self) -> tuple[Queue, ...]:
        """Every queue and class CUPS has.

        Raises:
            SpoolerError: CUPS does not answer, or refuses.
        """
        async with self._link() as link:
            return await self._queues(link)

    async def _queues(self, link: CupsLink) -> tuple[Queue, ...]:
        answer = await link.ask(get_queues(self._user), what="list its queues")
        groups = answer.groups_of(GroupTag.PRINTER) if answer else ()
        return tuple(queue_from(group, self.ports) for group in groups if group.string("printer-name"))

    async def install(self, request: QueueRequest) -> Queue:
        """Makes a driverless queue, or brings ours of that name up to date, and proves that CUPS has a PPD for it.

        The queue is called by what CUPS takes of the name asked for: see ``Queue.name`` of the answer.

        Raises:
            BadInput: The URI is not that of an endpoint on loopback.
            QueueTaken: The queue of that name is not ours; it is left as it is.
            EndpointSilent: What it should print to does not answer; nothing was made.
            EndpointIncomplete: It answers, and CUPS can make no PPD of its answer; nothing was made.
            QueueUnusable: CUPS made no PPD in time; the queue was taken away again.
            SpoolerError: CUPS does not answer, or does not let this user do it.
        """
        wanted = attrs.evolve(request, name=queue_name(request.name))
        port = endpoint_port(wanted.uri)
        if port is None:
            raise BadInput(
                f"{wanted.uri} is no endpoint of an agent on this machine",
                next_step="Give the address that tympan printers list shows as endpoint.",
            )
        async with self._turn, self._link() as link:
            before = await self._find(link, wanted.name)
            if before is not None and not is_ours(before.uri, (*self.ports, port)):
                raise QueueTaken(wanted.name, before.uri)
            await self._check_endpoint(wanted)
            await self._learn(port)
            return await self._make(link, wanted, before)

    async def _learn(self, port: int) -> None:
        if port not in self.ports:
            self.know_ports((port,))
            if self.on_new_port is not None:
                await self.on_new_port(self.ports)

    async def _check_endpoint(self, wanted: QueueRequest) -> None:
        """Asks what CUPS will ask, because CUPS would say nothing about a bad answer."""
        try:
            printer = await ask_endpoint(wanted.uri, self._user, self.settings.request_timeout_s)
        except PeerError as error:
            raise EndpointSilent(wanted.name, wanted.uri, str(error)) from error
        missing = missing_for_ppd(printer)
        if missing:
            raise EndpointIncomplete(wanted.name, wanted.uri, ", ".join(missing))

    async def _make(self, link: CupsLink, wanted: QueueRequest, before: Queue | None) -> Queue:
        mark = LogMark.now(self.settings.error_log)
        remaking = Remaking(link, wanted.name, user=self._user)
        if before is not None and before.usable:
            await remaking.begin()
        try:
            await add_queue(self.server, wanted, user=self._user)
            return await self._prove(link, wanted.name, mark, remaking)
        except BaseException:
            if before is None:
                await self._take_away(wanted.name)
            raise

    async def _take_away(self, name: str) -> None:
        """Leaves nothing half-made behind; when that fails too, the first error is the one to tell."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + CLEANUP_S):
            try:
                await remove_queue(self.server, name, user=self._user)
            except Exception:
                return

    async def _prove(self, link: CupsLink, name: str, mark: LogMark, remaking: Remaking) -> Queue:
        """Waits for the PPD, which CUPS makes on its own after lpadmin has ended."""
        deadline, pause = trio.current_time() + self.settings.install_timeout_s, PROOF_EVERY_S
        while True:
            over, queue = await remaking.over(), await self._find(link, name)
            late = trio.current_time() >= deadline
            if queue is not None and queue.usable and (over or late):
                return queue
            reasons = mark.reasons(name)
            if queue is None or reasons or late:
                raise QueueUnusable(name, "; ".join(reasons) or self._no_ppd(gone=queue is None))
            await trio.sleep(pause)
            pause = min(pause * 2, PROOF_AT_MOST_S)

    def _no_ppd(self, *, gone: bool) -> str:
        if gone:
            return "CUPS removed it again because it could not make a PPD"
        return f"CUPS made no PPD for it within {self.settings.install_timeout_s:g} s"

    async def _find(self, link: CupsLink, name: str) -> Queue | None:
        answer = await link.ask(get_queue(name, self._user), what=f"tell of the queue {name}")
        return queue_from(answer.first(GroupTag.PRINTER), self.ports) if answer else None

    async def remove(self, name: str) -> bool:
        """Removes a queue of ours, with the jobs in it. False when there is none.

        Raises:
            QueueTaken: The queue of that name is not ours; it is left as it is.
            SpoolerError: CUPS does not answer, or does not let this user do it.
        """
        safe = queue_name(name)
        async with self._turn:
            async with self._link() as link:
                queue = await self._find(link, safe)
            if queue is None:
                return False
            if not queue.ours:
                raise QueueTaken(safe, queue.uri)
            await remove_queue(self.server, safe, user=self._user)
        return True

    def watch(self) -> AsyncIterator[QueueEvent]:
        """What happens to any queue, whoever did it, from the first look on; goes on when CUPS comes back."""
        return QueueWatch(self._link, self._queues, user=self._user, settings=lambda: self.settings).events()

    async def print_document(
        self, name: str, document: AsyncIterator[bytes], *, title: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        """Prints on any queue, the document going through as it comes. Options as ``lp -o`` takes them.

        Raises:
            BadInput: An option's value does not fit.
            SpoolerError: CUPS does not answer, or refuses.
        """
        try:
            request = print_job(name, self._user, title=title, media_type=media_type, options=options)
        except ValueError as error:
            raise BadInput(f"the document cannot be printed so: {error}", next_step="Correct the option.") from error
        what = f"print on the queue {name}"
        async with self._link() as link:
            answer = await link.ask(request, what=what, document=document)
        number = answer.first(GroupTag.JOB).integer("job-id") if answer else None
        if number is None:
            raise CupsRefused(what, "there is no such queue" if answer is None else "it gave no job number")
        return number

    async def capabilities(self, name: str) -> QueueCapabilities:
        """What a queue takes, in IPP terms; the device is asked only where CUPS passes documents on as they are.

        Raises:
            NoSuchQueue: There is none of that name.
            SpoolerError: CUPS does not answer, or refuses.
        """
        async with self._link() as link:
            printer, ppd = await self._look(link, name)
        raw = await self._raw_formats(printer) if ppd is None else ()
        return capabilities_of(printer, ppd, raw_formats=raw)

    async def _look(self, link: CupsLink, name: str) -> tuple[Group, Ppd | None]:
        what = f"tell of the queue {name}"
        answer = await link.ask(get_endpoint(queue_uri(name), self._user, ("all",)), what=what)
        if answer is None:
            raise NoSuchQueue(name)
        printer = answer.first(GroupTag.PRINTER)
        if not is_usable(printer):
            return printer, None
        data = await link.fetch(get_ppd(name, self._user), what=f"give the PPD of {name}")
        return printer, parse_ppd(data or b"")  # a class has none of its own, and its members' filters

    async def _raw_formats(self, printer: Group) -> tuple[str, ...]:
        """What the device itself takes, where it can be asked over IPP; of any other nobody knows."""
        uri = printer.string("device-uri") or ""
        try:
            device = await ask_endpoint(uri, self._user, self.settings.request_timeout_s)
        except (BadInput, PeerError):
            return ()
        return tuple(device.strings("document-format-supported"))

    async def start_job(
        self, name: str, *, job: UUID, title: str, user: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        """Makes an empty job that carries its UUID, with its options as CUPS and the driver read them.

        Raises:
            BadInput: An option's value does not fit.
            NoSuchQueue: There is none of that name.
            JobUntraceable: This CUPS keeps no mark on it; it was canceled.
            SpoolerError: CUPS does not answer, or refuses.
        """
        drivers: tuple[Driver, ...] = ()
        if options:
            async with self._link() as link:
                printer, ppd = await self._look(link, name)
            drivers = drivers_of(printer, ppd) if ppd else ()
        return await self._jobs.start(
            name, job=job, title=title, user=user, media_type=media_type, options=options, drivers=drivers
        )

    async def send_document(self, name: str, number: int, document: AsyncIterator[bytes]) -> None:
        """Hands a started job its document, going through as it comes; a broken one CUPS does not keep.

        Raises:
            SpoolerError: CUPS does not answer, or refuses.
        """
        await self._jobs.send(name, number, document)

    async def find_job(self, name: str, job: UUID) -> SpoolJob | None:
        """The job with that UUID, also after a restart of CUPS, for as long as CUPS keeps its history.

        Raises:
            SpoolerError: CUPS does not answer, or refuses.
        """
        return await self._jobs.find(name, job)

    def follow_job(self, name: str, number: int) -> AsyncIterator[SpoolJob]:
        """Each change of a job, until its end; a CUPS that is away is waited for."""
        return self._jobs.follow(name, number)

    async def cancel_job(self, name: str, number: int) -> None:
        """Cancels a job that is not over.

        Raises:
            SpoolerError: CUPS does not answer, or refuses.
        """
        await self._jobs.cancel(name, number)

    def _link(self) -> CupsLink:
        return CupsLink(self.server, user=self._user, timeout_s=self.settings.request_timeout_s)
