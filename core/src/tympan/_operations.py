"""The operations people may ask of the running agent, each with JSON-ready answers; here those about the agent itself.

Every operation has a heading in ``docs/reference/control.md``, made from its docstring.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from tympan._arguments import Arguments, Operation, Operations, text
from tympan._errors import BadInput, TympanError
from tympan._examining import examine
from tympan._hub_operations import HUB_OPERATIONS
from tympan._ids import PluginId
from tympan._job_operations import JOB_OPERATIONS
from tympan._limits import DEFAULTS
from tympan._plain import Plain, plain
from tympan._ports import Discoverer, SweepStanding
from tympan._rows import (
    plugin_row,
    printer_mode,
    printer_row,
)

if TYPE_CHECKING:
    from tympan._control import AgentControl

_OWN: Final = Operations()


@_OWN.named("status")
async def _status(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells how the agent is: keys, plugins by state, printers, open jobs, problems.

    Answer: an object with `home`, `pid`, `started_at`, `keys`, `keys_statement`, `plugins`, `policy` (scope, name and
    number of every document in force), `port` (of the loopback site, null when there is none), `printers`,
    `jobs_open`, `problems`.
    """
    return control.agent.status()


@_OWN.named("plugins")
async def _plugins(control: AgentControl, arguments: Arguments) -> Plain:
    """Lists every plugin found, with its gate.

    Answer: a list of objects with `id`, `distribution`, `version`, `status`, `reason`, `sha256` (of the distribution's
    RECORD, as an allow-list pins it), `summary`, `capabilities`,
    `isolation` (`agent`, or `process` for one in a process of its own), `restarts`, `gate`.
    """
    return [plugin_row(record) for record in control.agent.lifecycle.records.values()]


@_OWN.named("plugins.let-in")
async def _let_in(control: AgentControl, arguments: Arguments) -> Plain:
    """Tries a plugin again that is held off because it kept the agent from going on.

    Takes:
        plugin: its id.

    Answer: nothing.
    """
    control.agent.let_in(text(arguments, "plugin"))
    return None


@_OWN.named("examine")
async def _examine(control: AgentControl, arguments: Arguments) -> Plain:
    """Looks at what the agent and its plugins stand on: the hub by each way, the spooler, clock, certificates, policy.

    Answer: a list of objects with `plugin` (or `kernel`), `topic`, `health` (`ok`, `note` or `problem`), `found` and
    `then`, the next step.
    """
    return await examine(control.agent)


@_OWN.named("policy.explain")
async def _explain(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells why a capability is on or off.

    Takes:
        key: the capability, such as `endpoint.ipp`.

    Answer: an object with `key`, `on`, `verdict`, `scope`, `document`, `number`, `reason`, `chain` (what each
    scope says), `default`, `problems`.
    """
    return control.agent.explain(text(arguments, "key"))


@_OWN.named("reload")
async def _reload(control: AgentControl, arguments: Arguments) -> Plain:
    """Reads printers, policy and settings again at once instead of at the next look.

    Answer: nothing.
    """
    await control.agent.refresh()
    return None


@_OWN.named("drain")
async def _drain(control: AgentControl, arguments: Arguments) -> Plain:
    """Begins no delivery for half a minute, so that the agent can be started again without cutting one off; said again,
    for another half. Jobs are taken meanwhile, and wait.

    Answer: an object with `under_way`, the number of deliveries that were begun before and are not over.
    """
    return {"under_way": control.agent.dispatcher.rest(DEFAULTS.rest_s)}


@_OWN.named("devices")
async def _devices(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells which devices are in view, by each discovery that runs. All of it was said by strangers on a network.

    Answer: an object with `devices` (a list of `method`, `key`, `seen_at`, `uri`, `host`, `addresses`, `mac`,
    `fingerprint`, `services`, `description`, `detail`) and `discoveries` (a list of `method`, `swept_at`, `took_s`,
    `packets`, `dropped`, and `problem`: why it could not be asked, and `method` is its plugin then); both empty where
    no discovery runs.
    """
    devices: list[Plain] = []
    discoveries: list[Plain] = []
    for owner, port in control.agent.owned(Discoverer):
        seen, standing = await _in_view(control, owner, port)
        devices += seen
        discoveries.append(standing)
    return {"devices": devices, "discoveries": discoveries}


async def _in_view(control: AgentControl, owner: PluginId, port: Discoverer) -> tuple[list[Plain], Plain]:
    """What one has in view, and how it fares; one that fails takes nothing from the others."""

    async def told() -> tuple[list[Plain], Plain]:
        seen = [plain(sighting) for sighting in await port.sightings()]
        return seen, {"method": str(port.method), **_object(plain(port.standing)), "problem": ""}

    try:
        return await control.asked(owner, "sightings", told, DEFAULTS.discoverer_s)
    except TympanError as error:
        return [], {"method": owner, **_object(plain(SweepStanding())), "problem": error.sentence}


def _object(value: Plain) -> dict[str, Plain]:
    return value if isinstance(value, dict) else {}


@_OWN.named("printers.list")
async def _printers(control: AgentControl, arguments: Arguments) -> Plain:
    """Lists the printers, each with what was last seen of its device.

    Answer: a list of printers with `id`, `name`, `uri` (empty for a pull printer of many devices), `mode`,
    `fingerprint`, `location`, `offered` (whether programs may print to it), `releases` (whether held jobs may come out
    at it), `serves` (whether jobs that other machines sent through the hub may come out at it), `reach` (`direct`,
    `fallback` for direct while the device answers and else through the hub, or `tunnel` for through the hub always),
    and `device` (null when it was never asked).
    """
    book = control.agent.printers
    return [{**printer_row(printer), "device": plain(book.snapshot(printer.id))} for printer in book.all()]


@_OWN.named("printers.add")
async def _add(control: AgentControl, arguments: Arguments) -> Plain:
    """Adds a printer to the printers file.

    Takes:
        name: for people, unique.
        uri: the device, `ipp`, `ipps`, `http` or `https`.
        mode: `push` (when left out) or `pull`.
        location: for people; may be left out.

    Answer: the printer.
    """
    mode = printer_mode(text(arguments, "mode", "push"))
    name, uri, location = text(arguments, "name"), text(arguments, "uri"), text(arguments, "location", "")
    added = control.file.add(name, uri, mode=mode, location=location)
    control.agent.printers.refresh()
    return printer_row(added)


@_OWN.named("printers.remove")
async def _remove(control: AgentControl, arguments: Arguments) -> Plain:
    """Removes a printer from the printers file; its jobs wait until it is added again or they are canceled.

    Takes:
        printer: id or name.

    Answer: the printer that was removed.
    """
    control.agent.printers.refresh()
    printer = control.printer(arguments)
    owner = control.agent.printers.brought_by(printer.id)
    if owner is not None:
        raise BadInput(
            f"{printer.id} is brought by {owner}", next_step="Remove it where it comes from, such as the hub."
        )
    removed = control.file.remove(printer.id)
    control.agent.printers.refresh()
    return printer_row(removed)


@_OWN.named("printers.trust")
async def _trust(control: AgentControl, arguments: Arguments) -> Plain:
    """Trusts a device's certificate instead of the one pinned, and asks for a new look at the device.

    Takes:
        printer: id or name.
        fingerprint: SHA-256 of the certificate, hex; left out or empty pins the next one seen.

    Answer: the printer as it was before.
    """
    printer = control.printer(arguments)
    control.agent.printers.pin(printer.id, text(arguments, "fingerprint", ""))
    control.agent.printers.want(printer.id)
    return printer_row(printer)


OPERATIONS: Final[Mapping[str, Operation]] = {**_OWN, **HUB_OPERATIONS, **JOB_OPERATIONS}
"""All of them, by their names."""
