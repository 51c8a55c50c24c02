"""What the package's scripts do, on a folder of their own: which version is started, kept, or laid anew; whose disk."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import attrs
import pytest

from tympan_packages._debian import LOCK_S, maintainer_script
from tympan_packages._release import Release
from tympan_updater._installation import Installation

pytestmark = pytest.mark.system  # dpkg compares versions
SCRIPT_S = 60.0


@attrs.frozen(kw_only=True)
class Machine:
    """A folder that stands for a machine without systemd.

    Attributes:
        top: Of its disk.
    """

    top: Path

    @property
    def root(self) -> Path:
        """Where the agent lies."""
        return self.top / "opt" / "tympan"

    def unpack(self, version: str, text: str = "") -> None:
        """Does what dpkg does before the script: the new package's files come, the old one's go."""
        for old in (self.root / "package").glob("*"):
            subprocess.run(["rm", "-rf", str(old)], check=True)
        program = self.root / "package" / version / "tympan"
        program.parent.mkdir(parents=True)
        program.write_text(text or version)
        setup = self.root / "package" / "setup"
        setup.write_text("#!/bin/sh\n")
        setup.chmod(0o755)

    def configure(self, version: str, was: str = "", **env: str) -> str:
        """Runs the script as dpkg does."""
        done = self.run("postinst", version, "configure", was, **env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, script: str, version: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Runs one of the scripts, which waits for nobody for long."""
        text = maintainer_script(script, Release(sources=self.top, version=version, epoch=0))
        text = text.replace(f"--wait {LOCK_S}", "--wait 0.1")
        for place in ("/opt/tympan", "/etc/tympan", "/etc/systemd", "/etc/cred", "/etc/machine-id", "/var/lib",
                      "/run/systemd"):  # fmt: skip
            text = text.replace(place, f"{self.top}{place}")
        command = ["/bin/sh", "-c", text, script, *words]
        env = {**os.environ, "CUPS_SERVER": str(self.top / "nobody"), **env}
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=SCRIPT_S)

    def install(self, version: str, was: str = "") -> None:
        """Both."""
        self.unpack(version)
        self.configure(version, was)

    def updated_itself(self, version: str) -> None:
        """What the updater does: a version beside the others, and the links moved."""
        (self.root / "versions" / version).mkdir()
        for name in ("tympan", "complete"):
            (self.root / "versions" / version / name).write_text(version)
        for link in ("current", "steady"):
            (self.root / link).unlink()
            (self.root / link).symlink_to(f"versions/{version}")

    @property
    def links(self) -> dict[str, str]:
        """Where each leads."""
        found = {name: self.root / name for name in ("current", "previous", "steady")}
        return {name: os.readlink(link).removeprefix("versions/") for name, link in found.items() if link.is_symlink()}

    @property
    def runs(self) -> str:
        """What would be started."""
        return (self.root / "current" / "tympan").read_text()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(top=tmp_path)
    (tmp_path / "var/lib/dpkg/info").mkdir(parents=True)
    return made


def test_the_first_version_is_whole_and_started(machine: Machine) -> None:
    machine.install("1.0.0")
    assert (machine.links, machine.runs) == ({"current": "1.0.0", "steady": "1.0.0"}, "1.0.0")
    assert (machine.root / "versions/1.0.0/complete").exists()


def test_the_version_before_stays_when_its_package_has_gone(machine: Machine) -> None:
    machine.install("1.0.0")
    machine.install("1.1.0", was="1.0.0")
    assert machine.links == {"current": "1.1.0", "previous": "1.0.0", "steady": "1.1.0"}
    assert (machine.root / "previous" / "tympan").read_text() == "1.0.0"


def test_an_agent_that_brought_itself_further_stays_there(machine: Machine) -> None:
    machine.install("1.0.0")
    machine.updated_itself("1.2.0")
    machine.install("1.1.0", was="1.0.0")
    assert (machine.links["current"], machine.runs) == ("1.2.0", "1.2.0")
    machine.install("1.3.0", was="1.1.0")
    assert machine.links == {"current": "1.3.0", "previous": "1.2.0", "steady": "1.3.0"}


def test_an_update_that_was_cut_off_is_not_gone_on_with_when_the_package_has_moved_the_links(machine: Machine) -> None:
    machine.install("1.0.0")
    machine.updated_itself("1.1.0")
    journal = machine.root / "update" / "journal.json"
    journal.write_text("proving 1.1.0")
    machine.install("1.0.5", was="1.0.0")
    assert journal.exists()  # the package moved nothing
    machine.install("1.2.0", was="1.0.5")
    assert (machine.links["current"], journal.exists()) == ("1.2.0", False)


def test_the_updater_is_stopped_before_the_package_moves_the_links(machine: Machine) -> None:
    machine.install("1.0.0")
    (machine.top / "run/systemd/system").mkdir(parents=True)
    said = machine.top / "said"
    manager = machine.top / "bin" / "systemctl"
    manager.parent.mkdir()
    manager.write_text(f'#!/bin/sh\necho "$* while $(readlink {machine.root}/current)" >> {said}\n')
    manager.chmod(0o755)
    machine.unpack("1.1.0", "#!/bin/sh\n")
    (machine.root / "package/1.1.0/tympan").chmod(0o755)
    machine.configure("1.1.0", was="1.0.0", PATH=f"{manager.parent}:{os.environ['PATH']}")
    assert said.read_text() == "stop tympan-update.path tympan-update.service while versions/1.0.0\n"
    assert machine.links["current"] == "1.1.0"


def test_what_somebody_updates_by_hand_is_not_moved_or_removed_meanwhile(machine: Machine) -> None:
    machine.install("1.0.0")
    machine.unpack("1.1.0")
    with Installation(machine.root).locked():
        refused = machine.run("postinst", "1.1.0", "configure", "1.0.0"), machine.run("prerm", "1.1.0", "remove")
    assert [done.returncode for done in refused] == [1, 1]
    assert "dpkg --configure tympan" in refused[0].stderr
    assert "wait for it" in refused[1].stderr
    assert (machine.links["current"], machine.runs) == ("1.0.0", "1.0.0")
    machine.configure("1.1.0", "1.0.0")
    assert machine.links["current"] == "1.1.0"


def test_attack_the_agent_s_account_cannot_hold_the_lock_of_the_package(machine: Machine) -> None:
    machine.install("1.0.0")
    lock = machine.root / "update" / "lock"
    lock.chmod(0o644)  # as an older updater left it
    machine.install("1.1.0", "1.0.0")
    assert oct(lock.stat().st_mode & 0o777) == "0o600"


def test_removed_it_leaves_no_lock(machine: Machine) -> None:
    machine.install("1.0.0")
    assert machine.run("prerm", "1.0.0", "remove").returncode == 0
    assert machine.run("postrm", "1.0.0", "remove").returncode == 0
    assert not machine.root.exists()


def test_a_candidate_gives_way_to_what_it_was_a_candidate_for(machine: Machine) -> None:
    machine.install("1.1.0rc1")
    machine.install("1.1.0", was="1.1.0~rc1")
    assert machine.links["current"] == "1.1.0"


def test_an_older_package_that_is_installed_on_purpose_is_taken(machine: Machine) -> None:
    machine.install("1.1.0")
    machine.install("1.0.0", was="1.1.0")
    assert machine.links == {"current": "1.0.0", "previous": "1.1.0", "steady": "1.0.0"}


def test_said_again_it_changes_nothing(machine: Machine) -> None:
    machine.install("1.0.0")
    machine.install("1.1.0", was="1.0.0")
    before = (machine.root / "versions/1.1.0").stat().st_ino
    machine.configure("1.1.0", was="1.1.0")
    assert (machine.root / "versions/1.1.0").stat().st_ino == before
    assert machine.links == {"current": "1.1.0", "previous": "1.0.0", "steady": "1.1.0"}


def test_a_version_that_was_damaged_or_never_whole_is_laid_anew(machine: Machine) -> None:
    machine.install("1.0.0")
    program = machine.root / "versions/1.0.0/tympan"
    program.unlink()
    program.write_text("damaged")
    machine.configure("1.0.0", was="1.0.0")
    assert machine.runs == "1.0.0"
    (machine.root / "versions/1.0.0/complete").unlink()
    (machine.root / "versions/1.0.0/half").touch()
    machine.configure("1.0.0", was="1.0.0")
    assert not (machine.root / "versions/1.0.0/half").exists()
    assert (machine.root / "versions/1.0.0/complete").exists()


def test_a_power_cut_while_the_same_version_is_laid_anew_leaves_a_whole_one(machine: Machine) -> None:
    """Each step that could move something looks afterwards whether a version is there."""
    machine.install("1.0.0")
    tools, gone = machine.top / "steps", machine.top / "gone"
    tools.mkdir()
    for name in ("mv", "rm", "cp", "ln", "sync", "perl"):
        look = f"[ -f {machine.root}/current/complete ] && [ -f {machine.root}/current/tympan ]"
        (tools / name).write_text(f'#!/bin/sh\n/usr/bin/env -i PATH=/usr/bin:/bin {name} "$@"; ended=$?\n'
                                  f'{look} || echo "{name} $*" >> {gone}\nexit $ended\n')  # fmt: skip
        (tools / name).chmod(0o755)
    machine.unpack("1.0.0", "made anew")
    machine.configure("1.0.0", "1.0.0", PATH=f"{tools}:{os.environ['PATH']}")
    assert machine.runs == "made anew"
    assert not gone.exists(), gone.read_text()
    assert sorted(path.name for path in (machine.root / "versions").iterdir()) == ["1.0.0"]


def test_what_is_told_of_the_hub_is_kept_for_root_alone(machine: Machine) -> None:
    machine.unpack("1.0.0")
    machine.configure("1.0.0", TYMPAN_HUB="https://print.example.org", TYMPAN_TOKEN="-once")
    file = machine.top / "etc/tympan/enrolment"
    assert file.read_text() == "hub=https://print.example.org\ntoken=-once\n"
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["tympan.enrolment", "tympan:amd64.enrolment"])
def test_a_package_made_for_one_computer_hands_over_its_token_once(machine: Machine, name: str) -> None:
    given = machine.top / "var/lib/dpkg/info" / name
    given.write_text("hub=https://print.example.org\ntoken=mine\n")
    machine.install("1.0.0")
    assert (machine.top / "etc/tympan/enrolment").read_text() == "hub=https://print.example.org\ntoken=mine\n"
    assert not given.exists()


def test_a_file_that_a_tool_wrote_for_everybody_is_closed(machine: Machine) -> None:
    file = machine.top / "etc/tympan/enrolment"
    file.parent.mkdir(parents=True)
    file.write_text("hub=https://print.example.org\ntoken=mine\n")
    file.chmod(0o644)
    machine.install("1.0.0")
    assert file.stat().st_mode & 0o777 == 0o600


COPIED = ("var/lib/private/tympan/jobs", "etc/credstore.encrypted/tympan.store", "etc/systemd/system/tympan.service")
"""What is one computer's alone: its jobs, its key, and the unit that is installed anew with another key."""


def computer(machine: Machine) -> Machine:
    """One with the agent's service, whose systemd writes down what it is told."""
    for name in (*COPIED, "etc/machine-id", "opt/tympan/update/lock"):
        (machine.top / name).parent.mkdir(parents=True, exist_ok=True)
        (machine.top / name).write_text("1" * 32 + "\n")
    systemctl = machine.top / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {machine.top}/told\n')
    systemctl.chmod(0o755)
    assert setup(machine, "mark") == ""
    return machine


def setup(machine: Machine, word: str) -> str:
    """What the script of the first start says."""
    path = f"{machine.top / 'bin'}:{os.environ['PATH']}"
    done = machine.run("setup", "1.0.0", word, PATH=path)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_disk_in_its_own_computer_keeps_everything(machine: Machine) -> None:
    assert setup(computer(machine), "copied") == ""
    assert all((machine.top / name).exists() for name in COPIED)
    assert not (machine.top / "told").exists()


def test_a_disk_that_was_copied_to_another_computer_forgets_the_first_ones_key_identity_and_jobs(
    machine: Machine,
) -> None:
    (computer(machine).top / "etc/machine-id").write_text("2" * 32 + "\n")
    assert "copied from another computer" in setup(machine, "copied")
    assert [name for name in COPIED if (machine.top / name).exists()] == []
    assert "stop tympan.socket tympan.service" in (machine.top / "told").read_text(), "it starts with no other's key"
    assert not (machine.root / "machine").exists(), "the next start installs the service anew"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("etc/machine-id", None),
        ("etc/machine-id", ""),
        ("etc/machine-id", "uninitialized\n"),
        ("opt/tympan/machine", ""),
    ],
)
def test_a_computer_that_cannot_tell_which_one_it_is_keeps_its_key_and_its_jobs(
    machine: Machine, place: str, text: str | None
) -> None:
    """A power cut leaves files empty."""
    path = computer(machine).top / place
    path.unlink()
    if text is not None:
        path.write_text(text)
    assert "copied" not in setup(machine, "copied")
    assert all((machine.top / name).exists() for name in COPIED)


def test_a_computer_that_has_no_id_yet_is_not_written_down(machine: Machine) -> None:
    """It would be another one at its next start."""
    (computer(machine).root / "machine").unlink()
    (machine.top / "etc/machine-id").write_text("uninitialized\n")
    assert setup(machine, "mark") == ""
    assert not (machine.root / "machine").exists()


@pytest.mark.parametrize(("options", "goes"), [("ro,relatime", False), ("rw,errors=remount-ro", True)])
def test_an_id_that_is_another_one_at_each_start_makes_no_other_computer(
    machine: Machine, options: str, goes: bool
) -> None:
    """Where /etc cannot be written, systemd mounts one over the file; else it is written soon (machine-id(5))."""
    tools = computer(machine).top / "bin"
    for name, text in {"mountpoint": "exit 0", "findmnt": f"echo {options}"}.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    (machine.top / "etc/machine-id").write_text("2" * 32 + "\n")
    assert ("copied" in setup(machine, "copied")) is goes
    assert all((machine.top / name).exists() is not goes for name in COPIED)
