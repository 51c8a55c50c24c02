"""Site: the virtual printers that run in one process, and which of them a request is for."""

from collections.abc import Iterator, Sequence

from tympan_net.http_server import Request, Response
from tympan_sim._addresses import PRINT_PATH
from tympan_sim._certificates import TlsIdentity
from tympan_sim._control import control
from tympan_sim._handle import PrinterHandle


class Site:
    """The running printers, in the order given; `site[0]` and `site["NAME"]`.

    Attributes:
        control_url: where faults are ordered over HTTP.
    """

    def __init__(self, handles: Sequence[PrinterHandle], *, control_url: str, identity: TlsIdentity | None) -> None:
        self._handles = tuple(handles)
        self._by_name = {handle.name: handle for handle in handles}
        self._identity = identity
        self.control_url = control_url

    @property
    def certificate(self) -> bytes | None:
        """The certificate shown over IPPS now, DER; None without TLS."""
        return self._identity.certificate if self._identity is not None else None

    def __getitem__(self, which: int | str) -> PrinterHandle:
        return self._by_name[which] if isinstance(which, str) else self._handles[which]

    def __len__(self) -> int:
        return len(self._handles)

    def __iter__(self) -> Iterator[PrinterHandle]:
        return iter(self._handles)

    async def answer(self, request: Request) -> Response:
        """Answer a request on the shared listener: printing by its path, and the control page."""
        if not request.path.startswith(PRINT_PATH):
            return await control(request, self._handles, self._by_name.get)
        name = request.path.removeprefix(PRINT_PATH).strip("/").partition("/")[0]
        handle = self._by_name.get(name) or (self._handles[0] if len(self._handles) == 1 else None)
        return await _printed(request, handle)


async def _printed(request: Request, handle: PrinterHandle | None) -> Response:
    """Answer a request below /ipp/print; a stranger's path is no printer."""
    if handle is None or not handle.address.owns(request.path):
        return Response.text("There is no such printer.\n", status=404)
    if request.method != "POST":
        return Response.text(f"{handle.name} is a virtual printer; print to {handle.uri}\n")
    return await handle.answer(request)


async def answer_alone(request: Request, handle: PrinterHandle) -> Response:
    """Answer a request on a printer's own listener: printing, and its icon."""
    if request.path.startswith(PRINT_PATH):
        return await _printed(request, handle)
    return await control(request, (), lambda name: None)
