"""Stage: a hub behind TLS, an agent with a job held, a device behind a line that tells when its first byte came."""

from __future__ import annotations

import functools
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import attrs
import httpx
import trio
import trustme

sys.path.append(str(Path(__file__).parents[2] / "tests" / "release"))
sys.path.append(str(Path(__file__).parents[2] / "tests" / "hub"))
sys.path.append(str(Path(__file__).parents[2] / "tests" / "print_path"))
sys.path.append(str(Path(__file__).parents[2] / "hub" / "tests"))
sys.path.append(str(Path(__file__).parents[1] / "print_path"))

from load import Server
from portal_rig import PASSWORD
from release_rig import LETTER, Front, Person, Plan, address, csrf, office, send
from rig import simulator, wait_until
from watched import Watched, watched

from tympan_wire.ipp import Group, GroupTag, Message, Operation, attr, encode

__all__ = ["Authority", "Held", "Legs", "Watched", "at", "bare_hops", "held_jobs", "simulator", "watched"]

HERE = Path(__file__).parent
DEVICE, USER = "Device", "ben"
ENDED_S = 20
OVER_S = 120.0


@attrs.frozen(kw_only=True)
class Authority:
    """Who signs the certificate of the front.

    Attributes:
        certificate: Key and certificate of the front, PEM.
        root: Whom to trust, PEM.
    """

    certificate: Path
    root: Path

    @classmethod
    def made(cls, folder: Path) -> Authority:
        """A new one, whose files lie in a folder."""
        authority = trustme.CA()
        front = authority.issue_cert("localhost")
        made = cls(certificate=folder / "front.pem", root=folder / "root.pem")
        made.certificate.write_bytes(
            front.private_key_pem.bytes() + b"".join(blob.bytes() for blob in front.cert_chain_pems)
        )
        authority.cert_pem.write_to_path(str(made.root))
        return made

    def trusting(self) -> ssl.SSLContext:
        """Of somebody who trusts it."""
        return ssl.create_default_context(cafile=str(self.root))


@contextmanager
def program(*command: str) -> Iterator[str]:
    """Runs a program of this folder until the block ends; gives the line it says when it is ready."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / command[0]), *command[1:]], stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline().strip() if process.stdout else ""
        if not line:
            raise RuntimeError(f"{command[0]} does not answer")
        yield line
    finally:
        process.kill()
        process.wait(ENDED_S)


@attrs.define(kw_only=True)
class Held:
    """Jobs that are held for somebody who stands at the device, with the page open on their phone.

    Attributes:
        jobs: Their ids.
    """

    jobs: list[str]
    _phone: httpx.AsyncClient
    _person: Person
    _code: str
    _csrf: str

    async def tap(self, job: str) -> None:
        """Presses the button, with one job ticked."""
        answer = await self._phone.post(f"/r/{self._code}", data={f"job-{job}": "yes", "csrf": self._csrf})
        if answer.status_code != 303:
            raise RuntimeError(f"the hub answered {answer.status_code}")

    async def over(self, job: str) -> None:
        """Returns when it is printed, and the hub knows it."""

        async def done() -> bool:
            return job in {row["id"] for row in await self._person.jobs("completed")}

        await wait_until(done, "the job to be printed", timeout_s=OVER_S, every_s=0.05)


@asynccontextmanager
async def held_jobs(
    place: Path, authority: Authority, uri: str, count: int, *, broker: bool = False, alone: bool = False
) -> AsyncIterator[Held]:
    """A hub, an agent and so many jobs held at it, which can be released at one device.

    Args:
        place: For all state.
        authority: Of the hub's front.
        uri: The device's.
        count: How many jobs.
        broker: Whether notices also go over MQTT.
        alone: Whether they go there alone: on the stream over HTTPS they are lost.
    """
    await trio.Path(place).mkdir()
    fronted = functools.partial(front, authority)
    plan = Plan(devices={DEVICE: uri}, people={USER: USER})
    async with office(place, plan, broker=broker, front=fronted) as all_of_it:
        person = Person(name=USER, url=all_of_it.hub.url, token=all_of_it.made.tokens[USER])
        await send(all_of_it.agents[0], USER, *(f"Report {number}.pdf" for number in range(count)))

        async def known() -> bool:
            return len(await person.held()) == count

        await wait_until(known, "the jobs to be held", timeout_s=OVER_S, every_s=0.2)
        if alone:
            all_of_it.line.loses = is_notice
        code = all_of_it.made.points[DEVICE].code
        async with httpx.AsyncClient(base_url=all_of_it.front.url, verify=authority.trusting(), timeout=60) as phone:
            await _sign_in(phone)
            page = await phone.get(f"/r/{code}")
            jobs = [row["id"] for row in await person.held()]
            yield Held(jobs=jobs, phone=phone, person=person, code=code, csrf=csrf(page.text))


def is_notice(piece: bytes) -> bool:
    """Whether it is a notice of the stream over HTTPS, alone in its chunk; echoes and answers are none."""
    return piece.count(b"\r\n") == 2 and b'"kind":"look"' in piece


async def _sign_in(phone: httpx.AsyncClient) -> None:
    page = await phone.get("/sign-in")
    form = {"email": address(USER), "password": PASSWORD, "csrf": csrf(page.text)}
    if (await phone.post("/sign-in", data=form)).status_code != 303:
        raise RuntimeError("nobody can sign in")


@contextmanager
def front(authority: Authority, port: int) -> Iterator[Front]:
    """What ends TLS before a port of loopback."""
    with program("front.py", str(authority.certificate), str(port)) as url:
        yield Front(url=url, env={"SSL_CERT_FILE": str(authority.root)})


@attrs.frozen(kw_only=True)
class Legs:
    """A way in two legs, milliseconds.

    Attributes:
        answer: From the tap until whoever tapped is answered.
        whole: From the tap to the first byte at the device.
    """

    answer: float
    whole: float


async def bare_hops(authority: Authority, device: Watched, path: str, count: int) -> list[Legs]:
    """A plain HTTPS request and a Print-Job straight to the device, each time."""
    server = Server(port=device.port, path=path)
    request = server.request(print_job(server), LETTER.read_bytes())
    with program("bare_page.py") as port, front(authority, int(port)) as before:
        async with httpx.AsyncClient(base_url=before.url, verify=authority.trusting(), timeout=60) as client:
            return [await _bare(client, device, request) for _ in range(count)]


async def _bare(client: httpx.AsyncClient, device: Watched, request: bytes) -> Legs:
    device.watch()
    start = time.perf_counter()
    (await client.post("/taken", json={"jobs": ["one"]})).raise_for_status()
    answered = time.perf_counter()
    async with await trio.open_tcp_stream("127.0.0.1", device.port) as stream:
        await stream.send_all(request)
        end = await device.first_byte()
        if b"200 OK" not in await stream.receive_some(4096):
            raise RuntimeError("the device took no job")
    return Legs(answer=1000 * (answered - start), whole=1000 * (end - start))


def print_job(server: Server) -> bytes:
    """Print-Job, as a program sends it that asks nothing."""
    opening = (
        attr.uri("printer-uri", server.uri),
        attr.name_("requesting-user-name", USER),
        attr.name_("job-name", "Report.pdf"),
        attr.mime("document-format", "application/pdf"),
    )
    return encode(Message.request(Operation.PRINT_JOB, 1, Group(GroupTag.OPERATION, opening)))


def at(share: float, values: Sequence[float]) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
