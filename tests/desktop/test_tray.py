"""The tray beside a real agent and a real CUPS: people on one machine see, release and delete their own jobs alone."""

from __future__ import annotations

import json
import pwd
import sys
from pathlib import Path
from typing import Any

import pytest
import trio
from rig import (
    Agent,
    EvePrinter,
    ProgramFailed,
    agent,
    agent_jobs,
    ippeveprinter,
    private_cupsd,
    run,
    wait_for_device,
    wait_until,
)

pytestmark = [pytest.mark.anyio, pytest.mark.system]

LETTER = Path(__file__).parents[1] / "documents" / "01-a4-1p-gray.pdf"
COMMAND = Path(sys.executable).with_name("tympan")
QUEUE = "pull"
ROOT, OTHER = pwd.getpwuid(0), pwd.getpwuid(1)
"""Two accounts every Debian has; the second has no rights at all."""

_ASK = """
import http.client, json, sys
link = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
link.request("POST", "/me/v1/" + sys.argv[2], sys.argv[3], {"Content-Type": "application/json"})
answer = link.getresponse()
print(json.dumps([answer.status, json.loads(answer.read())]))
"""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "trio"


async def as_user(account: pwd.struct_passwd, *command: str, server: str = "") -> str:
    """Runs a program as somebody."""
    argv = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", *command]
    return await run(argv, env={"CUPS_SERVER": server, "HOME": "/nonexistent"})


async def asked(ours: Agent, who: pwd.struct_passwd, what: str, **arguments: object) -> tuple[int, Any]:
    """What the agent answers a program of somebody's, without any token."""
    argv = ["/usr/bin/python3", "-I", "-c", _ASK, str(ours.port), what, json.dumps(arguments)]
    status, answer = json.loads(await as_user(who, *argv))
    return status, answer


async def held(ours: Agent, account: pwd.struct_passwd) -> dict[str, str]:
    """Titles of what waits for somebody, with ids."""
    status, answer = await asked(ours, account, "look", seen="")
    assert status == 200, answer
    return {job["name"]: job["job"] for job in answer["view"]["held"]}


async def test_each_person_on_a_machine_sees_releases_and_deletes_their_own_jobs_alone(tmp_path: Path) -> None:
    async with private_cupsd() as cups, ippeveprinter() as eve:
        settings = f'[spool_cups]\nserver = "{cups.server}"\nerror_log = "{cups.root}/log/error_log"\n'
        async with agent(tmp_path / "home", env={"TYMPAN_KEYS": "file"}, settings=settings) as ours:
            await _queue(ours, eve)
            letter = LETTER.read_bytes()
            for account, title in ((ROOT, "of root"), (OTHER, "of daemon")):
                argv = ["sh", "-c", 'lp -h "$CUPS_SERVER" -d "$1" -t "$2"', "sh", QUEUE, title]
                await _print(account, argv, letter, cups.server)
            await wait_until(lambda: _are_held(ours, 2), "both jobs to be held", timeout_s=30.0, every_s=0.2)
            roots, others = await held(ours, ROOT), await held(ours, OTHER)
            assert (set(roots), set(others)) == ({"of root"}, {"of daemon"})
            foreign = roots["of root"]
            status, answer = await asked(ours, OTHER, "delete", jobs=[foreign], account="root")
            assert (status, answer["error"]) == (404, "NotYours")
            status, answer = await asked(ours, OTHER, "release", jobs=[foreign], account="root")
            assert status == 404, answer
            assert await held(ours, ROOT) == roots
            assert (await asked(ours, OTHER, "release", jobs=[others["of daemon"]])) == (200, {"said": []})

            async def printed() -> bool:
                return [job["job-name"] for job in await eve.jobs()] == ["of daemon"]

            await wait_until(printed, "the released job to come out", timeout_s=60.0, every_s=0.2)
            assert (await asked(ours, ROOT, "delete", jobs=[foreign]))[0] == 200
            assert await held(ours, ROOT) == {}
            stranger = await asked(ours, OTHER, "../../api/v1/jobs.list")
            assert stranger[0] >= 400


async def _queue(ours: Agent, eve: EvePrinter) -> None:
    await ours.tympan("printers", "add", "Pull", "--uri", eve.uri, "--mode", "pull")
    await wait_for_device(ours, QUEUE)
    await ours.tympan("printers", "install", QUEUE)


async def _print(account: pwd.struct_passwd, argv: list[str], document: bytes, server: str) -> None:
    user = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", *argv]
    done = await trio.run_process(
        user, stdin=document, capture_stdout=True, capture_stderr=True, check=False,
        env={"CUPS_SERVER": server, "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


async def _are_held(ours: Agent, count: int) -> bool:
    return [job.state for job in await agent_jobs(ours)] == ["held"] * count


async def test_tympan_open_prints_an_address_that_opens_the_page_once(tmp_path: Path) -> None:
    async with agent(tmp_path / "home", env={"TYMPAN_KEYS": "file"}) as ours:
        address = (await ours.tympan("open", "--print", "--about")).strip()
        assert address.startswith(f"{ours.url}/me/open?code=")
        first, second = await _status(address), await _status(address)
        assert (first, second) == (303, 403)


async def test_a_user_who_has_no_agent_of_their_own_is_shown_the_system_s(tmp_path: Path) -> None:
    public = tmp_path / "run"
    public.mkdir()
    env = {"TYMPAN_KEYS": "file", "RUNTIME_DIRECTORY": str(public)}
    async with agent(tmp_path / "system", env=env) as ours:
        nobody = {"TYMPAN_HOME": str(tmp_path / "own"), "TYMPAN_PUBLIC": str(public)}
        address = (await run([str(COMMAND), "open", "--print"], env=nobody)).strip()
        assert address.startswith(f"{ours.url}/me/open?code=")
        assert await _status(address) == 303
        await ours.stop()
        with pytest.raises(ProgramFailed, match="no agent runs"):
            await run([str(COMMAND), "open", "--print"], env=nobody)


async def _status(address: str) -> int:
    script = (
        "import http.client, sys, urllib.parse\n"
        "parts = urllib.parse.urlsplit(sys.argv[1])\n"
        "link = http.client.HTTPConnection(parts.netloc, timeout=60)\n"
        "link.request('GET', parts.path + '?' + parts.query, headers={'Sec-Fetch-Site': 'none'})\n"
        "print(link.getresponse().status)\n"
    )
    return int(await run([sys.executable, "-I", "-c", script, address]))
