"""``python packaging COMMAND``: makes what people install. See ``packaging/README.md``."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tympan_packages._archive import sha256
from tympan_packages._bundle import BILL, archive, make_bundle
from tympan_packages._debian import make_package
from tympan_packages._errors import PackagingError
from tympan_packages._release import Release, this_release
from tympan_packages._wheels import make_wheels

SOURCES = Path(__file__).resolve().parents[1]
SUMS = "SHA256SUMS"
KINDS = ("wheels", "bundle", "deb", "all")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--version", required=True, help="Of everything that is made, such as 1.2.0.")
@click.option("--into", type=click.Path(path_type=Path), default=Path("dist"), show_default=True, help="Where it goes.")
@click.option("--trust", type=click.Path(path_type=Path, exists=True), help="The root.json of updates.")
@click.option("--work", type=click.Path(path_type=Path), help="An empty folder to work in, which is kept.")
def main(kind: str, version: str, into: Path, trust: Path | None, work: Path | None) -> None:
    """Make wheels, the self-contained program with its bill of materials, or the package for Debian."""
    release = this_release(SOURCES, version, os.environ)
    with _workplace(work) as place:
        made = list(_make(kind, release, place, into.absolute(), trust))
    lines = [f"{sha256(path)}  {path.relative_to(into.absolute()).as_posix()}\n" for path in sorted(made)]
    (into / SUMS).write_text("".join(lines))
    click.echo("".join(lines), nl=False)


def _make(kind: str, release: Release, work: Path, into: Path, trust: Path | None) -> Iterator[Path]:
    wheels = make_wheels(release, work, into / "wheels" if kind in ("wheels", "all") else work / "wheels")
    if kind in ("wheels", "all"):
        yield from wheels
    if kind == "wheels":
        return
    tree = make_bundle(release, wheels, work)
    if kind in ("bundle", "all"):
        yield archive(release, tree, into)
        bill = into / release.bill
        bill.write_bytes((tree / BILL).read_bytes())
        yield bill
    if kind in ("deb", "all"):
        yield make_package(release, tree, work, into, trust=trust)


@contextmanager
def _workplace(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True)
        yield given.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="tympan-packages-") as folder:
        yield Path(folder)


if __name__ == "__main__":
    try:
        main()
    except PackagingError as error:
        sys.exit(f"packaging: {error}")
