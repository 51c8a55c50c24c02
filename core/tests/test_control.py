"""What people may ask of the running agent: every operation, its answer, and its refusals."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from plugin_maker import QUICK, Bench, Maker, making, running

from tympan._errors import BadInput, IllegalStep, NotFound, PluginFault
from tympan._home import find_home
from tympan._ids import PluginId, printer_id
from tympan._limits import DEFAULTS
from tympan._operations import OPERATIONS
from tympan._printer_file import PrinterFile
from tympan._states import JobState, PluginState
from tympan._values import NewJob, Printer, PrinterMode

pytestmark = pytest.mark.anyio
URI = "ipp://device.example/ipp/print"

SPOOLER = """
    from tympan.plugin import Contribution, Queue, hookimpl
    class Spooler:
        def __init__(self): self.queues = {}
        async def install(self, request):
            if request.name == "bad": raise ValueError("the spooler is confused")
            queue = Queue(name=request.name, uri=request.uri, info=request.info, ours=True)
            self.queues[request.name] = queue
            return queue
        async def remove(self, name): return self.queues.pop(name, None) is not None
        async def list_queues(self): return tuple(self.queues.values())
        def watch(self): ...
        async def print_document(self, name, document, *, title, media_type, options): return 1
        async def capabilities(self, name): ...
        async def start_job(self, name, *, job, title, user, media_type, options): return 1
        async def send_document(self, name, number, document): ...
        async def find_job(self, name, job): return None
        def follow_job(self, name, number): ...
        async def cancel_job(self, name, number): ...
    @hookimpl
    def register_spoolers(): return [Contribution(port=Spooler())]
"""


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Maker]:
    with making(tmp_path / "site") as made:
        yield made


@asynccontextmanager
async def asking(tmp_path: Path) -> AsyncIterator[tuple[Bench, Any]]:
    async with running(tmp_path / "home") as bench:

        async def ask(operation: str, **arguments: object) -> Any:
            answer = await bench.agent.control.ask(operation, arguments)
            return json.loads(json.dumps(answer))  # every answer is JSON-ready

        yield bench, ask


async def submitted(bench: Bench, **fields: Any) -> str:
    printer = fields.pop("printer", bench.agent.printers.all()[0].id)
    intake = bench.agent.book.open(NewJob(printer=printer, name="report", **fields))
    await intake.write(b"document")
    return str((await intake.commit()).uuid)


async def test_status_and_plugins_say_what_runs(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("good")
    maker.plugin("quiet", default="off")
    async with asking(tmp_path) as (_, ask):
        status = await ask("status")
        assert status["plugins"] == {"off": 1, "running": 1}
        assert (status["keys"], status["jobs_open"], status["problems"]) == ("file", 0, [])
        rows = {row["id"]: row for row in await ask("plugins")}
        assert (rows["good"]["distribution"], rows["good"]["status"]) == ("made-good", "running")
        assert rows["quiet"]["reason"].startswith("test.quiet is off")
        assert [step["step"] for step in rows["good"]["gate"]][:2] == ["found", "unique"]


async def test_two_claiming_one_id_are_shown_as_two_rows(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("twin", distribution="first")
    maker.plugin("twin", distribution="second")
    async with asking(tmp_path) as (_, ask):
        rows = await ask("plugins")
        assert [(row["id"], row["status"]) for row in rows] == [("twin", "refused")] * 2
        assert {row["distribution"] for row in rows} == {"first", "second"}


async def test_explain_names_who_decides(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("good")
    async with asking(tmp_path) as (bench, ask):
        assert (await ask("policy.explain", key="test.good"))["scope"] is None
        await bench.policy(good="off")
        await bench.until("good", PluginState.OFF)
        answer = await ask("policy.explain", key="test.good")
        assert (answer["on"], answer["scope"], answer["number"], answer["default"]) == (False, "machine", 1, "on")
        assert [step["document"] for step in answer["chain"]] == ["machine"]
        with pytest.raises(NotFound, match=r"Known keys: agent\.require-sign-in, test\.good"):
            await ask("policy.explain", key="test.bad")


async def test_printers_are_added_listed_trusted_and_removed(maker: Maker, tmp_path: Path) -> None:
    async with asking(tmp_path) as (bench, ask):
        added = await ask("printers.add", name="Front", uri=URI, mode="pull", location="Hall")
        assert (added["id"], added["mode"]) == ("front", "pull")
        assert (await ask("printers.list"))[0]["device"] is None
        await ask("printers.trust", printer="front", fingerprint="ab")
        assert PrinterFile(bench.home).read()[0].fingerprint == "ab"
        assert (await ask("printers.remove", printer="Front"))["id"] == "front"
        assert await ask("printers.list") == []


@pytest.mark.parametrize(
    ("operation", "arguments", "kind", "reason"),
    [
        ("printers.add", {"name": "x", "uri": URI, "mode": "shove"}, BadInput, "none of push, pull"),
        ("printers.add", {"name": "x"}, BadInput, "'uri' must be a text"),
        ("printers.add", {"name": 7, "uri": URI}, BadInput, "'name' must be a text"),
        ("printers.remove", {"printer": "nobody"}, NotFound, "none yet"),
        ("jobs.show", {"job": "7"}, NotFound, "no job '7'"),
        ("jobs.cancel", {"job": ""}, NotFound, "no job"),
        ("jobs.show", {"job": "²"}, NotFound, "no job '²'"),
        ("queues.list", {}, NotFound, "no plugin for this system's spooler"),
        ("no.such", {}, NotFound, "no operation 'no.such'"),
    ],
)
async def test_a_refusal_names_cause_and_next_step(
    maker: Maker, tmp_path: Path, operation: str, arguments: dict[str, object], kind: type[Exception], reason: str
) -> None:
    async with asking(tmp_path) as (_, ask):
        with pytest.raises(kind, match=reason):
            await ask(operation, **arguments)


async def test_jobs_are_listed_shown_and_acted_on(maker: Maker, tmp_path: Path) -> None:
    async with asking(tmp_path) as (bench, ask):
        await ask("printers.add", name="Front", uri=URI)
        job = await submitted(bench, hold="indefinite", ticket=b"\x01\x02")
        row = (await ask("jobs.list"))[0]
        assert (row["uuid"], row["name"], row["printer"], row["state"]) == (job, "report", "front", "held")
        assert "ticket" not in row
        shown = await ask("jobs.show", job=job[:8])
        assert [line["what"] for line in shown["timeline"]] == ["received", "held"]
        assert (await ask("jobs.show", job=str(row["number"])))["uuid"] == job
        assert (await ask("jobs.release", job=job, by="ada"))["state"] == "queued"
        with pytest.raises(IllegalStep):
            await ask("jobs.settle", job=job)
        await bench.poll(lambda: bench.agent.book.all()[0].state is JobState.WAITING, "no route takes it")
        assert (await ask("jobs.hold", job=job))["state"] == "held"
        assert (await ask("jobs.cancel", job=job))["state"] == "canceled"
        assert "by ada" in str((await ask("jobs.show", job=job))["timeline"])


async def test_attack_the_title_of_what_another_computer_sent_is_shown_to_nobody_here(
    maker: Maker, tmp_path: Path
) -> None:
    async with asking(tmp_path) as (bench, ask):
        await ask("printers.add", name="Front", uri=URI)
        job = await submitted(bench, hold="indefinite", shared=True)
        rows = [*(await ask("jobs.list")), await ask("jobs.show", job=job), await ask("jobs.cancel", job=job)]
        assert [row["name"] for row in rows] == ["(sent from another computer)"] * 3
        assert "report" not in str(rows)


async def test_queues_go_through_the_spooler_and_its_faults_are_charged(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("spool", SPOOLER)
    async with asking(tmp_path) as (bench, ask):
        await ask("printers.add", name="Front", uri=URI)
        made = await ask("queues.install", printer="front", uri="ipp://localhost:1/ipp/print/front")
        assert (made["name"], made["info"], made["ours"]) == ("front", "Front", True)
        assert [queue["name"] for queue in await ask("queues.list")] == ["front"]
        assert await ask("queues.remove", queue="front") is True
        assert await ask("queues.remove", queue="front") is False
        with pytest.raises(PluginFault, match="the plugin spool failed: ValueError: the spooler is confused"):
            await ask("queues.install", printer="front", queue="bad", uri=URI)
        assert "install failed" in bench.record("spool").reason
        assert bench.record("spool").state is PluginState.RUNNING


DISCOVERY = """
    from types import SimpleNamespace
    from tympan.plugin import Contribution, SweepStanding, hookimpl
    class Discovery:
        method = "{method}"
        standing = SweepStanding(dropped=2)
        async def sightings(self):
            if self.method == "broken": raise ValueError("it is confused")
            return [SimpleNamespace(method=self.method)] if self.method == "odd" else []
        async def wait_changed(self): ...
        def sweep(self, request): ...
    @hookimpl
    def register_discoverers(): return [Contribution(port=Discovery())]
"""


async def test_a_discovery_that_fails_is_told_beside_the_others(maker: Maker, tmp_path: Path) -> None:
    for method in ("broken", "odd", "sound"):
        maker.plugin(method, DISCOVERY.format(method=method))
    async with asking(tmp_path) as (bench, ask):
        told = await ask("devices")
        rows = {row["method"]: row for row in told["discoveries"]}
        assert "it is confused" in rows["broken"]["problem"]
        assert (rows["sound"]["problem"], rows["sound"]["dropped"], rows["sound"]["swept_at"]) == ("", 2, None)
        assert rows.keys() == {"broken", "odd", "sound"}
        assert "sightings failed" in bench.record("broken").reason


KEYS = """
    from tympan.plugin import Contribution, hookimpl
    from tympan.testing import FakeAgentKeys
    KEYS = FakeAgentKeys({"agent-1": "a2V5", "agent-2": "a2V5", "other": "a2V5"})
    KEYS.accepted["agent-2"] = "b2xk"
    KEYS.trouble = "the book does not fit"
    @hookimpl
    def register_agent_keys(): return [Contribution(port=KEYS)]
"""


async def test_keys_of_other_agents_are_told_accepted_and_read_again(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("keys", KEYS, permissions=["hub"])
    async with asking(tmp_path) as (bench, ask):
        await bench.until("keys", PluginState.RUNNING)
        told = await ask("keys")
        assert (told["number"], len(told["digest"]), told["trouble"]) == (3, 64, "the book does not fit")
        states = {row["agent"]: row["state"] for row in told["agents"]}
        assert states == {"agent-1": "trusted", "agent-2": "changed", "other": "trusted"}
        assert "the book does not fit" in (await ask("status"))["problems"]
        prints = {row["agent"]: row["fingerprint"] for row in told["agents"]}
        with pytest.raises(NotFound, match="another key by now"):
            await ask("keys.accept", agent="agent-2", fingerprint="0" * 64)
        with pytest.raises(BadInput, match="fingerprint"):
            await ask("keys.accept", agent="agent-2")
        accepted = await ask("keys.accept", agent="agent-2", fingerprint=prints["agent-2"])
        assert accepted["state"] == "trusted"
        assert (await ask("keys.accept", agent="othe", fingerprint=prints["other"]))["agent"] == "other"
        for nobody in ("agent-", "oth", "agent-9", ""):
            with pytest.raises(NotFound, match=r"tympan keys|agents are called"):
                await ask("keys.accept", agent=nobody, fingerprint="0" * 64)
        assert (await ask("keys.reread"))["trouble"] == ""
        assert (await ask("status"))["problems"] == []


async def test_without_a_plugin_that_knows_keys_there_are_none(maker: Maker, tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, ask):
        for operation in ("keys", "keys.accept", "keys.reread"):
            with pytest.raises(NotFound, match="no plugin that knows keys"):
                await ask(operation, agent="agent-1", fingerprint="0" * 64)


async def test_who_asks_while_plugins_start_is_answered_by_the_one_that_comes(maker: Maker, tmp_path: Path) -> None:
    gate = tmp_path / "may-go-on"
    wait = f"""
    import pathlib, time
    deadline = time.monotonic() + 60
    while not pathlib.Path({str(gate)!r}).exists():
        if time.monotonic() > deadline: raise TimeoutError("nobody let it go on")
        time.sleep(0.01)
    """
    maker.plugin("spool", wait + SPOOLER)
    answers: list[Any] = []
    patient = attrs.evolve(QUICK, import_s=60.0)
    async with running(tmp_path / "home", limits=patient, ready=False) as bench, trio.open_nursery() as nursery:
        await bench.until("spool", PluginState.STARTING)

        async def asked() -> None:
            answers.append(await bench.agent.control.ask("queues.list", {}))

        nursery.start_soon(asked)
        for _ in range(20):
            await trio.lowlevel.checkpoint()
        assert answers == []
        await trio.Path(gate).touch()
    assert answers == [[]]


async def test_reload_takes_up_edited_files_at_once(maker: Maker, tmp_path: Path) -> None:
    async with asking(tmp_path) as (bench, ask):
        PrinterFile(bench.home).add("Front", URI)
        await ask("reload")
        assert [row["id"] for row in await ask("printers.list")] == ["front"]


async def test_what_is_announced_is_private_and_withdrawn_at_the_end(maker: Maker, tmp_path: Path) -> None:
    async with asking(tmp_path) as (bench, _):
        bench.agent.control.announce(4711)
        assert json.loads(bench.home.announcement.read_bytes())["port"] == 4711
        assert bench.home.token_file.read_text() == bench.agent.control.token
        assert bench.home.token_file.stat().st_mode & 0o777 == 0o600
    assert not bench.home.token_file.exists()
    assert not bench.home.announcement.exists()


RELEASER = """
    import uuid
    from tympan.plugin import Contribution, NotReleased, Released, hookimpl
    class Releaser:
        async def release(self, wish):
            if wish.at == "break": raise ValueError("confused")
            note = f"{wish.user} at {wish.at} {wish.copies} {wish.sides} {wish.color} {wish.proof} {len(wish.grants)}"
            return Released(jobs=wish.jobs, refused=(NotReleased(job=uuid.UUID(int=1), detail="no"),), notes=(note,))
    @hookimpl
    def register_releasers(): return [Contribution(port=Releaser())]
"""


async def test_an_account_lists_and_releases_its_own_held_jobs_alone(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("releaser", RELEASER)
    async with asking(tmp_path) as (bench, ask):
        await bench.until("releaser", PluginState.RUNNING)
        await ask("printers.add", name="Pull", uri=URI, mode="pull")
        mine = [await submitted(bench, user="ada") for _ in range(2)]
        theirs = await submitted(bench, user="ben")
        await all_held(bench)
        assert [row["uuid"] for row in await ask("held", user="ada")] == mine
        wish = {"at": "Pull", "copies": 3, "sides": "one-sided", "color": "auto", "proof": "K7", "grants": ["a", "b"]}
        answer = await ask("release", user="ada", jobs=[mine[1][:8], mine[0]], **wish)
        assert answer == {
            "jobs": mine[::-1],
            "refused": [{"job": str(uuid.UUID(int=1)), "detail": "no"}],
            "notes": ["ada at pull 3 one-sided auto K7 2"],
        }
        for job in (theirs, theirs[:8], "99"):
            with pytest.raises(NotFound, match="no held job of yours"):
                await ask("release", user="ada", jobs=[job])
        with pytest.raises(PluginFault, match="confused"):
            await ask("release", user="ada", at="break")


@pytest.mark.parametrize("sent", [{"foreign": True}, {"shared": True}])
async def test_what_another_machine_sent_is_no_accounts_here_though_its_sender_has_the_same_name(
    maker: Maker, tmp_path: Path, sent: dict[str, bool]
) -> None:
    async with asking(tmp_path) as (bench, ask):
        await ask("printers.add", name="Pull", uri=URI, mode="pull")
        theirs = await submitted(bench, user="ada", uuid=uuid.uuid4(), **sent)
        mine = await submitted(bench, user="ada")
        await all_held(bench)
        assert [row["uuid"] for row in await ask("held", user="ada")] == [mine]
        number = next(str(job.number) for job in bench.agent.book.all() if str(job.uuid) == theirs)
        for job in (theirs, theirs[:8], number):
            with pytest.raises(NotFound, match="no held job of yours"):
                await ask("release", user="ada", jobs=[job])
        assert (await ask("release", user="ada"))["jobs"] == [mine]


async def test_without_a_plugin_that_releases_own_pull_printers_release_at_their_device(
    maker: Maker, tmp_path: Path
) -> None:
    async with asking(tmp_path) as (bench, ask):
        await ask("printers.add", name="Pull", uri=URI, mode="pull")
        hub = Printer(id=printer_id("hubs"), name="Hub's", uri="", mode=PrinterMode.PULL)
        await bench.agent.take_printers(PluginId("hub_sync"), [hub])
        mine, theirs = [await submitted(bench, user=user) for user in ("ada", "ben")]
        hubs = await submitted(bench, user="ada", printer=hub.id)
        await all_held(bench)
        for refused in ({"at": "elsewhere"}, {"copies": 2}, {"proof": "K7"}):
            answer = await ask("release", user="ada", jobs=[mine], **refused)
            assert (answer["jobs"], [one["job"] for one in answer["refused"]]) == ([], [mine])
        answer = await ask("release", user="ada", at="Pull")
        assert (answer["jobs"], [one["job"] for one in answer["refused"]]) == ([mine], [hubs])
        states = {str(job.uuid): job.state for job in bench.agent.book.all()}
        assert (states[theirs], states[hubs]) == (JobState.HELD, JobState.HELD)
        assert states[mine] is not JobState.HELD


@pytest.mark.parametrize("wrong", [{"copies": "2"}, {"copies": True}, {"jobs": "7"}, {"jobs": [7]}, {"grants": [None]}])
async def test_a_wish_that_makes_no_sense_is_refused(maker: Maker, tmp_path: Path, wrong: dict[str, object]) -> None:
    async with asking(tmp_path) as (_, ask):
        with pytest.raises(BadInput):
            await ask("release", user="ada", **wrong)


async def all_held(bench: Bench) -> None:
    with trio.fail_after(10):
        while any(job.state is not JobState.HELD for job in bench.agent.book.all()):
            await trio.sleep(0.01)


SHARING = """
    import uuid
    from tympan.plugin import Contribution, QueueShared, SharingView, hookimpl
    class Sharing:
        async def shared(self):
            laser = QueueShared(queue="laser", share=uuid.UUID(int=1), printer="laser")
            return SharingView(queues=(laser, QueueShared(queue="fax", why="it is a fax")))
    @hookimpl
    def register_queue_sharings(): return [Contribution(port=Sharing())]
"""


async def test_shared_queues_are_told_by_the_plugin_that_shares_them(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("sharer", SHARING)
    async with asking(tmp_path) as (_, ask):
        told = await ask("shares")
        assert [(one["queue"], one["printer"], one["why"]) for one in told["queues"]] == [
            ("laser", "laser", ""),
            ("fax", "", "it is a fax"),
        ]
        assert told["queues"][0]["share"] == str(uuid.UUID(int=1))


async def test_without_a_plugin_that_shares_it_is_said_what_is_off(tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, ask):
        with pytest.raises(NotFound, match=r"share\.queues is off"):
            await ask("shares")


def test_every_operation_has_a_name_people_can_type() -> None:
    assert sorted(OPERATIONS) == [
        "devices", "drain", "examine", "held", "hub.enrol", "hub.leave", "hub.status", "jobs.cancel", "jobs.hold",
        "jobs.list", "jobs.release",
        "jobs.settle", "jobs.show", "keys", "keys.accept", "keys.reread",
        "login.ask", "login.begin", "logout", "people", "plugins", "plugins.let-in", "policy.explain",
        "printers.add", "printers.list", "printers.remove",
        "printers.trust", "queues.install", "queues.list", "queues.remove", "release", "reload", "shares", "status",
        "whoami",
    ]  # fmt: skip


EXAMINING = """
import trio
from tympan.plugin import Contribution, Examined, Health, hookimpl

class Well:
    async def examine(self):
        return [Examined(topic="spooler", health=Health.OK, found="it answers " + "x" * 5000)] * 200

class Ill:
    async def examine(self):
        raise RuntimeError("boom")

class Silly:
    async def examine(self):
        return ["fine"]

@hookimpl
def register_examiners():
    return [Contribution(port=Well(), name="well"), Contribution(port=Ill(), name="ill"),
            Contribution(port=Silly(), name="silly")]
"""


async def test_plugins_say_what_they_find_and_one_that_fails_spoils_nothing(maker: Maker, tmp_path: Path) -> None:
    maker.plugin("doctor", EXAMINING)
    async with asking(tmp_path) as (_, ask):
        rows = [row for row in await ask("examine") if row["plugin"] == "doctor"]
    well, others = rows[:-2], rows[-2:]
    assert len(well) == DEFAULTS.examined
    assert {(row["health"], len(row["found"])) for row in well} == {("ok", DEFAULTS.text_characters)}
    assert [row["health"] for row in others] == ["note", "note"]
    assert "boom" in others[0]["found"]
    assert "nonsense" in others[1]["found"]


async def test_a_service_says_to_every_user_where_it_listens_and_tells_no_secret(tmp_path: Path) -> None:
    public = tmp_path / "run"
    public.mkdir()
    home = find_home({"TYMPAN_HOME": str(tmp_path / "home"), "RUNTIME_DIRECTORY": f"{public}:/elsewhere"})
    async with running(tmp_path / "home") as bench:
        control = bench.agent.control
        control.home = home
        control.announce(4711)
        told = public / "agent.json"
        assert json.loads(told.read_bytes())["port"] == 4711
        assert control.token.encode() not in told.read_bytes()
        assert told.stat().st_mode & 0o777 == 0o644
        assert home.token_file.stat().st_mode & 0o777 == 0o600
    assert not told.exists()


def test_an_agent_of_one_user_says_it_to_nobody_else(tmp_path: Path) -> None:
    assert find_home({"TYMPAN_HOME": str(tmp_path)}).public_announcement is None
