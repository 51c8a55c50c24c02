"""Every number of this plugin that is no setting, with its unit and its reason."""

NAME_CHARACTERS = 127
"""Longest queue name CUPS takes."""
INFO_CHARACTERS = 127
"""Longest description: ``printer-info`` is text(127) (RFC 8011 section 5.4.6)."""
COMMAND_S = 20.0
"""One run of lpadmin: it makes a few requests; more means that CUPS hangs."""
COMMAND_OUTPUT_CHARACTERS = 300
"""Of lpadmin's complaint shown to the user."""
PROOF_EVERY_S = 0.05
"""Between the first two looks whether a queue is usable; a quick endpoint needs about 0.1 s. Doubles up to the next."""
PROOF_AT_MOST_S = 1.0
"""Between two later looks."""
REMADE_S = 10.0
"""For CUPS to tell that it read the new PPD of a queue that had one; a CUPS that never tells costs this much."""
REMADE_LEASE_S = 60
"""Life of the subscription to that: longer than it is needed, and short, as CUPS grants 100 at a time."""
CLEANUP_S = 10.0
"""For taking away a half-made queue, even when the caller was cancelled."""
LOG_BYTES = 256 * 1024
"""Of CUPS's error log looked at: a debug log grows by about 20 KiB while one queue is made."""
LEASE_S = 600
"""Life of a subscription that is not renewed: short, so that a killed agent leaves nothing behind for long."""
FULL_LOOK_S = 300.0
"""Queues are listed at least this often although CUPS tells of no event."""
REFUSED_S = 600.0
"""After CUPS refused a subscription: how long queues are listed every time before it is asked again."""
PORTS = 8
"""Endpoint ports remembered; an agent has one, and a second one when it was started elsewhere."""
DOCUMENT_PAUSE_S = 60.0
"""For CUPS to take one piece of a document."""
IDENTITY_CHARACTERS = 512
"""Of what a device behind a queue is known by: device URIs end at 1023, and what names the device comes first."""
PPD_BYTES = 4 * 1024 * 1024
"""Of a PPD read: the largest of a vendor has about 1 MiB."""
PPD_OPTIONS = 500
"""Options of a driver; the most seen are about 120."""
PPD_CHOICES = 1000
"""Choices of one option: large ones list some hundred paper sizes."""
PPD_CONSTRAINTS = 5000
"""Constraints of a driver; a finisher with many trays has about 2,000."""
JOBS_LOOKED_AT = 500
"""Ended jobs asked for their UUID when one is looked for: CUPS keeps 500 by default (MaxJobs)."""
FOLLOW_FIRST_S = 0.2
"""Between the first two looks at a job: a short one is over in about 0.5 s. Doubles up to the next."""
FOLLOW_AT_MOST_S = 2.0
"""Between two later looks: a page every two seconds is told of as it comes."""
FOLLOW_AWAY_S = 5.0
"""Before CUPS is asked again of a job, when it does not answer: it is restarted in about that time."""
