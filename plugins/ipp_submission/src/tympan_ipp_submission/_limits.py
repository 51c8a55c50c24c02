"""Every number of this plugin that is not a setting, with its unit and its reason."""

from __future__ import annotations

from typing import Final

MIB: Final = 1024 * 1024

HEAD_BYTES: Final = 1024
"""Looked at to recognise a document: PDF allows that much before its ``%PDF`` (ISO 32000-1 annex H.3.4.1)."""

EVIDENCE_BYTES: Final = 4096
"""The most the kernel keeps of one checkpoint."""

ATTACH_TIMEOUT_S: Final = 10.0
"""For the plugin's own service to start before the first delivery."""

LOOK_TIMEOUT_S: Final = 10.0
"""One Get-Printer-Attributes; a sleeping network card wakes within 5 s."""

ASK_TIMEOUT_S: Final = 15.0
"""One small request about a job."""

CREATE_TIMEOUT_S: Final = 30.0
"""One Create-Job or Validate-Job: a device may warm its formatter first."""

STALL_TIMEOUT_S: Final = 120.0
"""Between two pieces of a document taken by the device, and from the last piece to its answer. Devices stop reading
while paper is out, so this only decides when to ask the device what became of the job."""

CANCEL_TIMEOUT_S: Final = 60.0
"""For a device to confirm that a job it was asked to cancel is over."""

INCOMING_GRACE_S: Final = 3.0
"""A job that still waits for its document this long after we stopped sending is stuck and is canceled."""

SETTLE_PAUSE_S: Final = 1.0
"""Before a device's job list is believed that lacks a job which was just sent: it may still be filing it."""

HISTORY_S: Final = 60.0
"""How long a device keeps finished jobs at least (RFC 8011 section 5.3.7.2); an older absence proves nothing."""

CREATED_WINDOW_S: Final = 30
"""Of the device's clock, within which a job must have been created to be taken for the one whose number was lost."""

POLL_FIRST_S: Final = 0.1
"""First pause between two questions about a job: a one-page job is often over in half a second."""

POLL_LAST_S: Final = 2.0
"""Longest pause: a person at the device sees a change of state no later."""

POLL_GROWTH: Final = 1.5
"""Each pause is that much longer than the one before."""

AWAY_POLL_S: Final = 5.0
"""Between two questions while the device does not answer about a job it has."""

BUSY_RETRY_S: Final = 2.0
"""A busy device is tried again soon: another printer of ours may share it."""

RESEND_RETRY_S: Final = 1.0
"""After a broken connection whose job is known to have put nothing on paper."""

YIELD_RETRY_S: Final = 2.0
"""Before a device is asked again whether another agent went on with a job that both were given."""

MARKED_NAME_BYTES: Final = 80
"""Of a ``job-name`` that bears a mark at its end: devices cut long names short, and the mark with them."""

EMPTY_ABORTS: Final = 3
"""Times a device may abort a job with nothing on paper before the job is given up."""

REMEMBERED_ABORTS: Final = 1024
"""Jobs whose aborts are counted at one time; the oldest are forgotten."""

LOOK_GAP_S: Final = 0.5
"""At least between two looks of the watcher at one device, however many ask for one."""

JITTER: Final = 0.2
"""Share by which the watcher's pauses vary, so that a hundred agents do not ask one device in step."""

UPGRADE_RETRY_S: Final = 600.0
"""A device that offers IPPS but could not be connected so is tried again after this time."""

JOBS_LISTED: Final = 200
"""Jobs of a device's list that are looked at in search of one."""

RENDER_MEMORY_BYTES: Final = 1536 * MIB
"""Address space of a renderer: an A3 page with large images at 600 dpi needs about a third."""

RENDER_CPU_S: Final = 1800
"""Processor time of a renderer: a thousand pages at 600 dpi take about ten minutes."""

RENDER_STALL_S: Final = 180.0
"""For a renderer to give its next piece; a page of a hostile file can be made to take hours."""

RENDER_PROCESSES: Final = 4
"""Renderers of one document at most, and never more than there are processors; each has a page of its own in hand."""

RENDER_TOGETHER_PAGES: Final = 8
"""From so many pages on a document has several renderers: starting one costs as much as drawing three pages."""

RENDER_AHEAD_BYTES: Final = MIB
"""Rendered bytes that a renderer whose turn it is not may have in its pipe: a page of text. Linux allows no more."""

RENDER_CLOSE_S: Final = 5.0
"""For a killed renderer to be gone."""

FRAME_BYTES: Final = 4 * MIB
"""Longest frame between agent and renderer; documents up to the kernel's inline size travel in the first one."""

STRIP_BYTES: Final = 4 * MIB
"""Pixels rendered at one time: bounds the renderer's memory whatever the resolution. Smaller ones fit into caches, and
make a page be walked more often; between 2 and 8 MiB plain pages cost the same."""

PAGE_PIXELS: Final = 30_000
"""Longest side of a page in pixels: 50 inches at 600 dpi."""

DOCUMENT_PAGES: Final = 20_000
"""Pages rendered at most."""

PICTURE_PIXELS: Final = 150_000_000
"""Of a picture that is drawn: A2 at 600 dpi is 140 million, a telephone's largest 108; each takes three bytes."""

RENDER_DPI: Final = 300
"""Resolution aimed at where the ticket does not ask for another quality."""

JPEG_QUALITY: Final = 90
"""Of Pillow's scale; text shows no rings at this value."""
