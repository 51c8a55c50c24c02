"""What a page says after a deed. The address carries a keyword alone, so nobody's link can put words in our mouth."""

from typing import Final

from tympan_hub.http.portal import _held_words as held
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal.views import Said, Tone


def _done(text: str, then: str = "") -> Said:
    return Said(tone=Tone.GOOD, text=text, then=then)


SAID: Final = {
    "printer-added": _done(marked("The printer is added. Connected agents know it now.")),
    "queue-added": _done(
        marked("The queue is added. Connected agents know it now."), marked("Say below how it holds jobs.")
    ),
    "printer-changed": _done(marked("The change is saved. Connected agents know it now.")),
    "device-ignored": _done(marked("The device is ignored. It stays in the list of those that are.")),
    "device-heeded": _done(marked("The device is not ignored any more.")),
    "printer-moved": _done(marked("The printer has the new address. Connected agents know it now.")),
    "printer-moved-on": Said(
        tone=Tone.WARN,
        text=marked("The device has yet another address by now; nothing is changed."),
        then=marked("Look at it again."),
    ),
    "devices-taken": _done(marked("The list is taken.")),
    "device-forgotten": _done(marked("The device is forgotten. When a computer sees it again, it stands here anew.")),
    "device-in-view": Said(
        tone=Tone.WARN,
        text=marked("A computer sees the device, or a printer was made of it; nothing is changed."),
        then=marked("Ignore it instead."),
    ),
    "printer-removed": _done(marked("The printer is removed.")),
    "for-everybody": _done(marked("The printer is for everybody now. Connected agents know it.")),
    "for-chosen": _done(marked("The printer is now for those alone whom it was given to. Connected agents know it.")),
    "printer-given": _done(marked("The printer is given to them.")),
    "printer-taken": _done(marked("The printer is taken from them. Their computers take it away within seconds.")),
    "nobody-there": Said(
        tone=Tone.WARN,
        text=marked("Nobody who may use this printer is signed in at that computer."),
        then=marked("Somebody it is for signs in there first, or you change for whom it is."),
    ),
    "full": Said(
        tone=Tone.WARN,
        text=marked("There are as many of these as there may be; nothing is changed."),
        then=marked("Take one away first."),
    ),
    "decided": Said(
        tone=Tone.WARN,
        text=marked("A wider scope has decided this meanwhile; nothing is changed."),
        then=marked("What it says stands beside the switch."),
    ),
    "busy": Said(
        tone=Tone.WARN,
        text=marked("That computer has as much to do as may wait for it; nothing is changed."),
        then=marked("Wait until it has done some of it, or cancel what nobody needs."),
    ),
    "given-to-many": Said(
        tone=Tone.WARN,
        text=marked("This printer is given to as many as one can be."),
        then=marked("Put people into a group, and give it to the group."),
    ),
    "agent-revoked": _done(marked("The agent is revoked. Nothing it asks for is answered any more.")),
    "share-stopped": _done(marked("It is not shared any more, and stays so until it is allowed again.")),
    "share-allowed": _done(marked("It may be shared again. Its users have it back.")),
    "share-default-set": _done(marked("Done. It holds for jobs that say nothing else.")),
    "share-default-impossible": Said(
        tone=Tone.WARN,
        text=marked("The queue cannot be like that; nothing is changed."),
        then=marked("Choose one of its values, or a number it takes."),
    ),
    "sharing-changed": _done(marked("Done. Connected agents obey within seconds.")),
    "version-stopped": _done(marked("The version is stopped. No further computer takes it.")),
    "version-goes-on": _done(
        marked("The version goes on."), marked("It stops again when computers that take it from now on fare ill.")
    ),
    "update-rules-changed": _done(marked("Done. Connected computers know within seconds.")),
    "agent-renamed": _done(marked("The agent has another name.")),
    "key-confirmed": _done(marked("The key is confirmed. Other computers give it documents from now on.")),
    "key-changed": Said(
        tone=Tone.WARN,
        text=marked("The agent has another key by now; nothing is confirmed."),
        then=marked("Compare the new one, then confirm it."),
    ),
    "signed-out-there": _done(marked("Signed out on that computer. What is printed there from now on is held.")),
    "policy-switched": _done(marked("Done. Connected agents obey within seconds.")),
    "person-added": _done(
        marked("The person is added."), marked("Tell them the address of this page and their first password.")
    ),
    "person-disabled": _done(marked("The person is disabled and signed out everywhere.")),
    "person-enabled": _done(marked("The person may sign in again.")),
    "group-added": _done(marked("The group is made. Now put people into it.")),
    "group-renamed": _done(marked("The group has its new name.")),
    "group-removed": _done(marked("The group is removed.")),
    "group-joined": _done(marked("The person is in the group.")),
    "computer-joined": _done(marked("The computer is in the group and obeys its policy within seconds.")),
    "computer-left": _done(marked("The computer is out of the group.")),
    "keeping-changed": _done(marked("Done. What is older goes within the hour, for good.")),
    "tunnel-limits-changed": _done(marked("Done. It holds for what is sent from now on.")),
    "group-left": _done(marked("The person is out of the group.")),
    "person-changed": _done(marked("The change is saved. It holds at once.")),
    "person-removed": _done(marked("The person is removed.")),
    "password-set": _done(
        marked("The new password holds, and the person is signed out everywhere."), marked("Tell it them in person.")
    ),
    "last-administrator": Said(
        tone=Tone.BAD,
        text=marked("Nobody would be left to manage this tenant."),
        then=marked("Make somebody else an administrator first."),
    ),
    "second-factor-off": _done(marked("The second factor is taken away. Your password alone signs you in.")),
    "second-factor-reset": _done(marked("The second factor is taken away, and the person is signed out everywhere.")),
    "invitation-revoked": _done(marked("The invitation is revoked. Its link opens nothing any more.")),
    "session-ended": _done(marked("That browser is signed out.")),
    "password-changed": _done(marked("The password is changed. All other browsers are signed out.")),
    "language-kept": _done(marked("The language is changed.")),
    "provider-added": _done(
        marked("The provider is added."), marked("Enter the address below at the provider, then test it.")
    ),
    "provider-changed": _done(marked("The provider is changed.")),
    "provider-removed": _done(marked("The provider is removed, and everybody who came through it is signed out.")),
    "provider-linked": _done(marked("From now on you can sign in with the provider too.")),
    "provider-unlinked": _done(marked("The link is gone. Who came in with it is signed out.")),
    "rule-added": _done(marked("The rule is added. It holds from the next sign-in, or within a quarter of an hour.")),
    "rule-removed": _done(
        marked("The rule is removed. That holds from the next sign-in, or within a quarter of an hour.")
    ),
    "token-revoked": _done(marked("The token is revoked. Nobody gets in with it any more.")),
    "enrolment-revoked": _done(marked("The token is revoked. No computer can join with it any more.")),
    "enrolment-over": Said(
        tone=Tone.WARN,
        text=marked("A computer has joined with this token already, or it has ended; nothing is changed."),
        then=marked("A computer that should not be here is revoked in the list of agents."),
    ),
    "webhook-added": _done(
        marked("The webhook is added."), marked("Give its secret to the other end, then send a try.")
    ),
    "webhook-changed": _done(marked("The change is saved. It holds at once.")),
    "webhook-removed": _done(marked("The webhook is removed.")),
    "webhook-on": _done(marked("The webhook is switched on; what waits is sent.")),
    "webhook-off": _done(marked("The webhook is switched off. What happens meanwhile it is never told.")),
    "webhook-is-off": Said(tone=Tone.WARN, text=marked("That waits already, or the webhook is switched off.")),
    "webhook-tried": _done(marked("A try is on its way. The log below tells how it ends.")),
    "delivery-again": _done(marked("It is sent again. The log below tells how it ends.")),
    "secret-renewed": _done(marked("The secret is new. Give it to the other end.")),
    "scan-ordered": _done(marked("The scan begins. What it finds appears among the devices.")),
    "scan-stopped": _done(marked("The scan is stopped. What it found stays.")),
    "scan-resumed": _done(
        marked("The scan goes on. Computers that were through stay so, the others go on where they were.")
    ),
    "scan-removed": _done(marked("The scan is forgotten. What it found stays.")),
    "scan-passed-on": _done(marked("Another computer does this part now, from its beginning.")),
    "scan-runs": Said(tone=Tone.WARN, text=marked("The scan runs."), then=marked("Stop it first.")),
    "scans-full": Said(
        tone=Tone.WARN,
        text=marked("As many scans run as may run at once; nothing is begun."),
        then=marked("Wait for one to end, or stop one."),
    ),
    "scans-overlap": Said(
        tone=Tone.WARN,
        text=marked("Another scan asks these addresses now, or others next to them; nothing is begun."),
        then=marked("Wait for one to end, or stop one."),
    ),
    "held-changed": _done(marked("The job will be printed so.")),
    "held-deleted": _done(marked("The job is deleted. Nobody can print it any more.")),
    "code-over": Said(tone=Tone.WARN, text=held.NO_PROOF),
    "proof-over": Said(tone=Tone.WARN, text=held.PROOF_OVER),
    "codes-too-often": Said(tone=Tone.BAD, text=held.TOO_OFTEN),
    "none-picked": Said(tone=Tone.WARN, text=marked("No job was ticked; nothing is changed.")),
    "some-refused": Said(
        tone=Tone.WARN,
        text=marked("Some of the jobs cannot be printed here now; they stay held."),
        then=marked("The page of the printer says why."),
    ),
    "points-made": _done(
        marked("They are release points now."), marked("Print their sheets, and hang each beside its printer.")
    ),
    "point-changed": _done(marked("The change is saved. It holds at once.")),
    "point-renewed": _done(marked("It has a new code."), marked("Print the new sheet and hang it there.")),
    "point-removed": _done(marked("It is no release point any more.")),
    "mail-aimed": _done(marked("What you send to your address is printed so from now on.")),
    "mail-revoked": _done(marked("Your address is revoked: no letter to it is printed any more.")),
    "badge-added": _done(marked("The badge is theirs: at a station it releases what they hold.")),
    "badge-removed": _done(marked("The badge opens nothing any more.")),
    "station-removed": _done(marked("The station is removed.")),
    "signed-out": _done(marked("You are signed out.")),
    "too-late": Said(tone=Tone.WARN, text=marked("It was done already.")),
    "already-so": Said(tone=Tone.WARN, text=marked("It was so already; nothing is changed.")),
}
"""By keyword."""
