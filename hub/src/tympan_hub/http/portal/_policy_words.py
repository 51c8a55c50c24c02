"""Words for what policy switches."""

from typing import Final

from tympan_hub.domain.people import Role
from tympan_hub.domain.policy import (
    DOCUMENT_NAMES,
    MOBILITY_CONVERT,
    MOBILITY_MAIL,
    MOBILITY_PRINT,
    OWNER_FACTOR,
    REQUIRE_SIGN_IN,
    TUNNEL_PRESIGNED,
    TUNNEL_RECEIVE,
    TUNNEL_SEND,
    UPDATE,
    UPDATE_SHARE,
    USER_ENROLMENT,
    Scope,
    Verdict,
)
from tympan_hub.domain.second_factor import REQUIRED
from tympan_hub.http.portal._language import marked

CAPABILITIES: Final = {
    "statistics.document": (
        marked("Count pages"),
        marked("Agents count pages, colour and paper of every document. Off: jobs are printed uncounted."),
    ),
    "endpoint.ipp": (
        marked("Take documents from programs"),
        marked("The print dialogue of every program can use the printers of the hub. Off: no new document is taken."),
    ),
    "submission.ipp": (
        marked("Send documents to devices"),
        marked("Agents speak IPP to devices in their network. Off: documents wait, and nothing comes out."),
    ),
    "local.site": (
        marked("Listen to this computer"),
        marked("The spooler of the same computer may talk to the agent. Off: nothing can be printed through it."),
    ),
    "spool.cups": (
        marked("Queues on Linux and macOS"),
        marked("Agents put printers into the print dialogue. Off: queues that are there stay, no new ones are made."),
    ),
    "spool.windows": (
        marked("Queues on Windows"),
        marked("Agents put printers into the print dialogue. Off: queues that are there stay, no new ones are made."),
    ),
    "hub.https": (
        marked("Talk to the hub"),
        marked("The link to this hub. Off: agents go on printing, and cannot hear when you turn it on again."),
    ),
    "hub.sync": (
        marked("Follow the hub"),
        marked("Agents take printers and policy from here, and report their jobs. Off: they keep what they have."),
    ),
    "browser.bridge": (
        marked("Answer pages of this portal"),
        marked("A page here finds the agent on the same computer, and installs at once. Off: the hub does it instead."),
    ),
    "discovery.bonjour": (
        marked("Find devices by Bonjour"),
        marked(
            "Agents listen to what devices tell of themselves in their own network (mDNS, UDP 5353). "
            "Off: they send and hear nothing there, and what they saw is kept."
        ),
    ),
    "discovery.wsd": (
        marked("Find devices by WS-Discovery"),
        marked(
            "Agents ask for devices in their own network as Windows does (UDP 3702). "
            "Off: they ask nothing and answer nothing there, and what they saw is kept."
        ),
    ),
    "discovery.ippscan": (
        marked("Find devices by IPP scan"),
        marked(
            "Agents ask ranges of addresses for printers when an administrator orders it. "
            "Off: no new scan begins, and those that run wait until it is on again."
        ),
    ),
    "pull.release": (
        marked("Hold jobs until they are released"),
        marked(
            "Agents hold jobs of pull queues, sealed, until their owner releases them at a device. "
            "Off: what is held stays so, and nothing more is released."
        ),
    ),
    "pull.mirror": (
        marked("Mirror held jobs"),
        marked(
            "Where a pull queue says so, sealed jobs are copied to the hub, so that they come out while their computer "
            "sleeps; the hub cannot read them. Off: held jobs lie on their own computer alone."
        ),
    ),
    "pull.nearby": (
        marked("Let phones reach agents near by"),
        marked(
            "Agents open a page in their own network, to which phones prove that they are near, and at which they "
            "release while the hub is away. Off unless it is switched on: agents listen to nobody but their computer."
        ),
    ),
    "hub.mqtt": (
        marked("Hear of news by MQTT"),
        marked("Where the hub names a broker, agents hear of news there too. Off: they hear of them by HTTPS alone."),
    ),
    TUNNEL_SEND: (
        marked("Print through the hub"),
        marked(
            "Where a printer says so, sealed jobs go through the hub to a computer beside the device; the hub cannot "
            "read them. Off unless the owner of the service switches it on; each printer is chosen after that."
        ),
    ),
    TUNNEL_RECEIVE: (
        marked("Print what comes through the hub"),
        marked(
            "Agents print jobs of other computers on devices beside them. Off unless it is switched on: "
            "they are given no such job."
        ),
    ),
    TUNNEL_PRESIGNED: (
        marked("Fetch sealed documents straight from the store"),
        marked(
            "Where the hub keeps documents in an object store, agents fetch the sealed bytes there themselves. "
            "Off unless it is switched on: all of it goes by the hub."
        ),
    ),
    REQUIRED[Role.ADMINISTRATOR]: (
        marked("Second factor for administrators"),
        marked("Administrators who sign in with a password need a code of an app as well. Off: each decides."),
    ),
    REQUIRED[Role.OPERATOR]: (
        marked("Second factor for operators"),
        marked("Operators who sign in with a password need a code of an app as well. Off: each decides."),
    ),
    REQUIRED[Role.USER]: (
        marked("Second factor for users"),
        marked("Users who sign in with a password need a code of an app as well. Off: each decides."),
    ),
    OWNER_FACTOR: (
        marked("Second factor for service owners"),
        marked("Service owners need a code of an app as well. Off: each decides."),
    ),
    MOBILITY_PRINT: (
        marked("Hand documents in"),
        marked(
            "People print from a phone, a page or a program: what they hand in is sealed for the computers that print "
            "it. On unless it is switched off."
        ),
    ),
    MOBILITY_CONVERT: (
        marked("Convert documents"),
        marked(
            "The hub makes PDFs of office documents, pages, texts and pictures that people hand in. It sees those "
            "documents and erases them right after. On unless it is switched off."
        ),
    ),
    MOBILITY_MAIL: (
        marked("Print by e-mail"),
        marked(
            "People send documents from their own address to a secret one, and the hub prints them. It sees those "
            "letters and erases them right after. Off unless it is switched on, and only where the service has a "
            "mail door."
        ),
    ),
    DOCUMENT_NAMES: (
        marked("Show titles to operators"),
        marked("Operators see the titles of other people's documents. Off: each person sees only their own."),
    ),
    REQUIRE_SIGN_IN: (
        marked("Print only when signed in"),
        marked(
            "Agents print on the hub's printers only for people who signed in with tympan login. On unless it is "
            "switched off. Off: whoever uses the computer prints."
        ),
    ),
    UPDATE: (
        marked("Keep agents up to date"),
        marked("Computers take signed updates of Tympan and its plugins. Off: each stays at the version it has."),
    ),
    UPDATE_SHARE: (
        marked("Hand updates on near by"),
        marked(
            "Computers give updates they fetched to others in their network. Off unless it is switched on. Whoever "
            "takes one verifies it all the same."
        ),
    ),
    USER_ENROLMENT: (
        marked("Users join their own computers"),
        marked("Users may let computers in by typing their code. Off unless it is switched on: only administrators."),
    ),
}
"""Name and meaning of capabilities that come with Tympan."""

STRANGE: Final = marked("A plugin of your own brings this capability; its documentation says what it does.")
"""The meaning of a capability that is not listed here."""

LOCKED: Final = {
    Scope.OWNER: {
        Verdict.ON: marked("On: the service owner decided this for everybody."),
        Verdict.OFF: marked("Off: the service owner decided this for everybody."),
    },
    Scope.TENANT: {
        Verdict.ON: marked("On: this is decided for everybody in the organisation."),
        Verdict.OFF: marked("Off: this is decided for everybody in the organisation."),
    },
}
"""Why a switch cannot be moved."""
