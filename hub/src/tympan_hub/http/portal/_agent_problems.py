"""What agents write in English about what is wrong with them, and why an order of the portal failed.

Causes and next steps of their errors, each a pattern of its own: an agent joins the two to a line.
"""

from typing import Final

from tympan_hub.http.portal._language import marked

PROBLEMS: Final = (
    marked("%(file)s cannot be read (%(why)s); remove it, and the hub sends its policy again"),
    marked("%(file)s cannot be read: %(why)s"),
    marked("%(file)s cannot be understood: %(why)s"),
    marked("%(file)s is named after no scope"),
    marked("%(folder)s has more than %(most)s documents"),
    marked("%(number)s printers are more than %(most)s"),
    marked("%(plugin)s brings printers whose ids are taken: %(printers)s; they are left out"),
    marked("%(plugin)s brings what is no printer: %(what)s"),
    marked("%(scope)s policy: %(why)s"),
    marked("%(uri)s is no device URI"),
    marked("%(uri)s is no endpoint of an agent on this machine"),
    marked("%(value)s is no text"),
    marked(
        "Add %(user)s to the group that may (Debian: lpadmin, macOS: _lpadmin) and sign in again, or ask an "
        "administrator."
    ),
    marked("CUPS did not %(what)s (%(said)s)"),
    marked("CUPS does not let %(user)s %(what)s (%(said)s)"),
    marked("CUPS made no PPD for it within %(seconds)s s"),
    marked("CUPS removed it again because it could not make a PPD"),
    marked("Check that the agent runs and that the printer exists in it."),
    marked("Choose another name, or remove it."),
    marked("Choose another name."),
    marked("Correct the option."),
    marked("Edit it with 'tympan policy set', which signs it."),
    marked("Give each printer its own id."),
    marked("Give one such as ipp://printer.example/ipp/print."),
    marked("Give the address that tympan printers list shows as endpoint."),
    marked("Install it (Debian: apt-get install cups-client)."),
    marked("Is the agent connected to its hub, and is the printer assigned to you?"),
    marked("It was left as it is. Choose another name, or remove that queue yourself."),
    marked("Known printers: %(printers)s."),
    marked("Known printers: none yet."),
    marked("Leave out what stands before the '@' of %(address)s."),
    marked("Look into the log of CUPS for more."),
    marked("Mend or remove the file."),
    marked("Remove one first."),
    marked("Run 'tympan login' there, then install the printer again."),
    marked("See 'tympan plugins'."),
    marked("Start it (systemctl start cups), or set `server` of spool_cups in settings.toml."),
    marked("Switch the device on so that the agent can learn what it can do, then install again."),
    marked("Try again; the log of CUPS may tell more."),
    marked("a %(kind)s is no DeviceSnapshot"),
    marked("a device URI holds no user name and no password"),
    marked("a document of the hub is refused: %(why)s"),
    marked("a printer's name has 1 to 127 octets and no control characters"),
    marked("it gave no job number"),
    marked("it is of the scope %(scope)s, which is this machine's own affair"),
    marked("it is signed as %(scope)s '%(name)s'"),
    marked("it was not done within %(seconds)s s"),
    marked("its file is gone; number %(number)s stays in force until a newer one replaces it"),
    marked("lpadmin did not end within %(seconds)s s"),
    marked("no plugin for this system's spooler is running"),
    marked("no trusted key has signed it"),
    marked("nobody is signed in on this computer"),
    marked("number %(number)s is not newer than number %(known)s, which stays in force"),
    marked("that is no address: %(why)s"),
    marked("the command lpadmin, which makes queues, was not found"),
    marked("the document cannot be printed so: %(why)s"),
    marked("the document has %(bytes)s bytes, more than %(most)s"),
    marked("the document is no signed envelope: %(why)s"),
    marked("the document of job %(job)s is gone from the state folder"),
    marked("the envelope carries %(what)s, not a policy"),
    marked("the hub does not send it any more; number %(number)s stays in force"),
    marked("the hub sends more than %(most)s documents; the rest is not looked at"),
    marked("the print system CUPS does not answer at %(server)s (%(why)s)"),
    marked("the queue %(queue)s could not be made usable: %(why)s"),
    marked("the queue %(queue)s is not this agent's: it prints to %(uri)s"),
    marked("the signed payload breaks a rule: %(why)s"),
    marked(
        "the %(scope)s policy '%(name)s' ended on %(day)s: all but printing is off until the hub is reached again, or "
        "this computer's clock is right"
    ),
    marked("there are %(number)s printers already"),
    marked("there are %(number)s printers, more than %(most)s"),
    marked("there is a printer called %(name)s already"),
    marked("there is no printer %(printer)s"),
    marked("there is no such queue"),
    marked("this agent does not know the order %(order)s; update it"),
    marked("this agent knows no printer %(printer)s"),
    marked("two printers have one id"),
)
"""The patterns."""
