"""Every number of the hub, with its unit and why."""

import datetime as dt
from typing import Final

ACCESS_TOKEN: Final = dt.timedelta(minutes=10)
"""An access token lives so long; a stolen one is of use no longer."""

REVOCATION: Final = dt.timedelta(seconds=5)
"""So long may a process believe that an agent is not revoked before it looks again."""

ASSERTION: Final = dt.timedelta(seconds=300)
"""An assertion ends at most this far ahead; its id must be remembered until then."""

ENROLMENT_TOKEN: Final = dt.timedelta(days=1)
"""An enrolment token waits so long for its agent, when nothing else is said."""

ENROLMENT_TOKEN_MOST: Final = dt.timedelta(days=30)
"""The longest an enrolment token may wait: it lies in scripts meanwhile."""

ENROLMENT_TOKENS: Final = 2_000
"""Enrolment tokens of one tenant that nobody used yet: one for each computer of a large roll-out."""

CERTIFICATE: Final = dt.timedelta(days=365)
"""An agent's certificate."""

JOBS_DAYS: Final = 400
"""Days jobs are kept when nobody says otherwise: a year, and a month to look back at it."""

TITLES_DAYS: Final = 90
"""Days titles of documents are kept when nobody says otherwise: a title tells more than a count."""

JOBS_DAYS_MOST: Final = 3_650
"""The longest: sums are kept no longer either."""

AUDIT_DAYS_LEAST: Final = 90
"""The shortest an audit log is kept: what was done is asked for weeks later."""

AUDIT_TRIM: Final = dt.timedelta(days=1)
"""An audit log loses its beginning at most so often: each time adds an entry."""

AUDIT_TRIMMED_AT_ONCE: Final = 20_000
"""Entries of an audit log that go in one transaction; the others go with the next rounds."""

ERASED_AT_ONCE: Final = 1_000
"""Jobs erased in one transaction: nobody waits long."""

ERASED_STEPS: Final = 200
"""Such transactions for one tenant in one round of housekeeping; the next one goes on."""

USED_LATELY: Final = dt.timedelta(days=7)
"""Who used something within a week is told of before it is switched off."""

COMMAND_LEASE: Final = dt.timedelta(minutes=10)
"""An agent that fetched a command is given it anew after so long; making a queue takes at most 330 seconds."""

COMMAND: Final = dt.timedelta(days=7)
"""A command waits so long for a computer that is away: a holiday is longer, but then nobody expects it any more."""

DEVICE_CHECK: Final = dt.timedelta(minutes=2)
"""Somebody sits before the page and waits; a later answer is of no use."""

CHECKS_SHOWN: Final = dt.timedelta(minutes=30)
"""So long is what agents found at an address good for adding a printer."""

COMMANDS_KEPT: Final = dt.timedelta(days=30)
"""What became of a command is told so long."""

COMMANDS_PER_AGENT: Final = 50
"""Commands that wait for one agent; it remembers the outcome of 100."""

CHECKERS: Final = 5
"""Agents asked about one address when anyone will do: one of them is likely in the right network."""

CHECKERS_SHOWN: Final = 50
"""Computers one may choose from at once to look at an address; the others are found by name."""

COMPUTERS: Final = 20
"""Computers shown at once on the page of a printer; more are found by name."""

PLACES_LOOKED_AT: Final = 200
"""Commands and queues of a printer looked through for computers where something goes on, which are shown first."""

AGENTS_SEEING: Final = 50
"""Agents of which it is told how they see one device: thousands may."""

CALLS: Final = 8
"""Computers in need of a person named on the first page; the others are counted."""

REPORT_IDS: Final = dt.timedelta(days=60)
"""Ids of reports are remembered so long; an agent that was away longer than that starts afresh."""

SESSION: Final = dt.timedelta(hours=12)
"""A person is signed in for a working day."""

SECOND_STEP: Final = dt.timedelta(minutes=10)
"""Between password and second factor: time enough to set one up on a new telephone."""

RECOVERY_CODES: Final = 10
"""Recovery codes of one person: they fit on a slip of paper."""

INVITATION: Final = dt.timedelta(days=7)
"""An invitation is good so long: over a holiday weekend, not over a change of mind."""

INVITATION_SOON: Final = dt.timedelta(days=2)
"""An invitation that ends within this is told of: two days are enough to remind somebody."""

OVERVIEW: Final = dt.timedelta(days=7)
"""What failed longer ago needs nobody any more."""

OVERVIEW_ROWS: Final = 200
"""Commands that failed lately and are told of at once."""

INVITATIONS: Final = 1_000
"""Invitations of one tenant that are kept; each is a row of a page."""

INVITATION_KEPT: Final = dt.timedelta(days=30)
"""So long after its time an invitation stands in the list."""

SESSION_IDLE: Final = dt.timedelta(hours=2)
"""A session nobody uses ends after this: longer than a meeting, shorter than a night in an open office."""

SESSION_SEEN: Final = dt.timedelta(minutes=5)
"""The use of a session is written down at most so often: a page that keeps itself fresh would write all the time."""

SESSIONS_PER_PERSON: Final = 20
"""Sessions of one person; with one more the oldest ends. Nobody has so many browsers."""

PLACES: Final = 3
"""Organisations whose people of one address are looked at in a sign-in that names none. As many hashes are made for
every address, known or not, each a tenth of a second: more would slow everybody down."""

ATTEMPTS_WINDOW: Final = dt.timedelta(minutes=15)
"""Failed sign-ins are counted over this time."""

ATTEMPTS_PER_PERSON: Final = 8
"""Failed sign-ins of one person from one network address within the window; also wrong codes of one person."""

ATTEMPTS_PER_PERSON_ANYWHERE: Final = 100
"""Failed sign-ins of one person from wherever: far more than one place has, so that a stranger's wrong ones keep nobody
out, and far too few to guess."""

KNOWN_BROWSER: Final = dt.timedelta(days=180)
"""So long is a browser known for one in which somebody signed in: over a summer, and not for ever."""

KNOWN_BROWSER_PEOPLE: Final = 4
"""People one browser is known for: a family's, or somebody's own few; more would not fit a cookie."""

ATTEMPTS_PER_SOURCE: Final = 60
"""Failed sign-ins from one network address within the window: an office behind one router has that many typos."""

API_TOKEN_MOST: Final = dt.timedelta(days=366)
"""The longest a token of the API may live: it lies in scripts, and a year is when somebody looks at it again."""

API_TOKEN_KEPT: Final = dt.timedelta(days=30)
"""A token that has ended stays in the list so long, for whoever wonders why a script stopped."""

API_TOKENS: Final = 200
"""Tokens of the API in one tenant that are not revoked."""

API_TOKEN_USED: Final = dt.timedelta(minutes=1)
"""How exactly the last use of a token is kept: every request would else be a write."""

API_REQUESTS: Final = 600
"""Requests with one token within a minute, in each process: ten a second, more than any script of one tenant needs."""

REQUEST_S: Final = 30.0
"""For the head of a request to be whole, and for the beginning of its body: slow lines take some seconds."""

BODY_BYTES_PER_S: Final = 4096
"""The lowest rate of a body that is waited for: a quarter of what the slowest line brings that uploads are made for."""

ANSWER_S: Final = 120.0
"""So long is a reader waited for that takes nothing of its answer: a slow line empties what systems hold in steps."""

REPEATS: Final = dt.timedelta(days=1)
"""So long is the answer to a request with an ``Idempotency-Key`` kept for its repetition."""

REPEAT_KEY_CHARS: Final = 200
"""An ``Idempotency-Key``."""

REPEATS_PER_TOKEN: Final = 10_000
"""Answers kept for one token: what one request a token leaves behind stays bounded."""

WEBHOOKS: Final = 20
"""Webhooks of one tenant: every happening is a row for each."""

DELIVERY_FIRST: Final = dt.timedelta(seconds=15)
"""The wait before a delivery is tried a second time; it doubles from there."""

DELIVERY_SLOWEST: Final = dt.timedelta(hours=6)
"""The longest wait between two attempts."""

DELIVERY_FOR: Final = dt.timedelta(days=3)
"""So long is a delivery tried: an endpoint that broke on a Friday evening is mended on Monday."""

DELIVERIES_KEPT: Final = dt.timedelta(days=14)
"""A delivery that has ended stays in the list so long."""

DELIVERIES_WAITING: Final = 10_000
"""Deliveries that wait for one webhook; one more and it is switched off: nobody reads that much later."""

DELIVERY_LEASE: Final = dt.timedelta(minutes=2)
"""So long has one process a delivery to itself: longer than an attempt may take."""

DELIVERY_S: Final = 15.0
"""An attempt in all: name, connection, TLS, answer."""

DELIVERY_ANSWER_BYTES: Final = 1024
"""So much of an endpoint's answer is read."""

DELIVERIES_S: Final = 2
"""Seconds between two looks for deliveries that are due."""

DELIVERIES_AT_ONCE: Final = 8
"""Attempts at the same time for one tenant in one process."""

DELIVERY_TENANTS: Final = 32
"""Tenants whose deliveries are tried at the same time: with ``DELIVERIES_AT_ONCE``, 256 connections of a process."""

SILENT: Final = dt.timedelta(hours=24)
"""An agent not heard of for so long is told to be silent; computers sleep over night."""

PASSWORD_CHARS: Final = 10
"""Shortest password."""

PASSWORD_CHARS_MOST: Final = 256
"""Longest password: what argon2 is made to chew."""

PRINTERS: Final = 1_000
"""Printers of one tenant: as many as one agent takes."""

PEOPLE: Final = 100_000
"""People of one tenant."""

GROUPS: Final = 1_000
"""Groups of one tenant: a list people can still look through."""

GROUPS_PER_PERSON: Final = 200
"""Groups one person is in; each is looked at whenever their printers are told."""

PEOPLE_PER_PRINTER: Final = 200
"""People one printer is given to by name: as many as a page shows at once; more are a group."""

GROUPS_PER_PRINTER: Final = 200
"""Groups one printer is given to, for the same reason."""

AGENTS: Final = 100_000
"""Agents of one tenant."""

KEYS_PER_AGENT: Final = 1_000
"""Capabilities one agent may tell of; each is a row, and a real agent has some dozens."""

POLICY_RENEWED: Final = dt.timedelta(days=7)
"""Policy documents get another end so often: agents hear of it as of any change."""

POLICY_KEPT: Final = dt.timedelta(days=28)
"""So long at least is a document good for an agent: a computer left alone over the holidays comes back in order."""

PAPERS_KEPT: Final = 1_000
"""Signed documents one process remembers: the owner's, and those of tenants and agents that ask most."""

RULES: Final = 1_000
"""Rules in one policy document; agents refuse more."""

AUDIT_AT_ONCE: Final = 5_000
"""So many entries of the audit log are proved whenever the page is opened; more when somebody asks for it."""

USAGE_RANGE: Final = dt.timedelta(days=3660)
"""The longest range of a report: ten years of months."""

USAGE_LATE: Final = dt.timedelta(days=400)
"""A job that ended longer ago than this counts as if it had ended then: no agent's clock writes into older sums."""

USAGE_NUMBER: Final = 1_000_000_000
"""Most that one job adds to a sum: no agent can make the sums of its tenant overflow, or be of no use."""

USAGE_DAYS_KEPT: Final = dt.timedelta(days=800)
"""Sums by day are kept for this year and the one before; those by month go on."""

USAGE_KEPT: Final = dt.timedelta(days=3660)
"""Sums by month are kept for ten years."""

USAGE_ROWS_MOST: Final = 100_000
"""Lines of a report in a file: as many as a tenant may have people."""

EXPORT_ROWS: Final = 100_000
"""Jobs in one file for spreadsheets; narrower filters reach the others."""

PAGE: Final = 50
"""Rows of one page of a list."""

WORDS_MOST: Final = 8
"""Words of a search: each is one more look at every row."""

PAGE_MOST: Final = 500
"""Most rows one question may ask for."""

NAME_OCTETS: Final = 127
"""A name for people (RFC 8011 section 5.1.3: names of printers)."""

URI_OCTETS: Final = 1023
"""A device URI (RFC 8011 section 5.1.6)."""

NUMBER: Final = (1 << 53) - 1
"""Largest whole number kept: what every database and every JSON reader holds exactly."""

STREAMS_PER_AGENT: Final = 2
"""Notice streams of one agent: the one in use, and one that is not known to be dead yet."""

STREAM_LINES: Final = 8
"""Lines waiting on one notice stream; a reader slower than that is hung up on and comes back."""

STREAMS_AT_ONCE: Final = 100
"""Notice streams that are said the same in one go: about a millisecond in which nothing else is served."""

RETURNS_PER_S: Final = 200
"""Agents cut off from one process that come back within a second; each asks for a token, a stream and its state."""

PACE_MOST_S: Final = 300
"""Seconds over which they are spread at most: a person waits for an installation."""

PRESENCE_S: Final = 1.0
"""Seconds between two looks of a process at who came and who went, for the others to know: soon enough for people."""

PRESENCE_BEAT: Final = dt.timedelta(seconds=30)
"""A process says so often that it lives: one row, however many agents it serves."""

PRESENCE: Final = dt.timedelta(seconds=100)
"""A process that said nothing for so long is dead, and nobody is connected to it: three beats, and a slow database."""

COPIES_KEPT: Final = 3
"""Copies of an SQLite file from before upgrades: back to the third release ago."""

BACKUP_ROW_BYTES: Final = 16 * 2**20
"""A row in a backup: far more than any of ours, so that a damaged file does not fill memory."""

BACKUP_TOLD_BYTES: Final = 64 * 2**20
"""What a backup says of itself: a line for each tenant."""

HOUSEKEEPING_S: Final = 3600
"""Seconds between two rounds of forgetting what has run out."""

BLOB_BYTES: Final = 4 << 20
"""One blob: a part of an upload. It is held in memory, so that it is stored whole and proved, or not at all."""

BLOB_PIECE_BYTES: Final = 256 << 10
"""So much of a blob is read at once."""

BLOBS_WAIT_S: Final = 20.0
"""So long is a store of blobs tried before the hub says that it does not answer: an agent asks again by itself."""

BLOBS_CONNECT_S: Final = 5.0
"""For a connection to a store of blobs."""

UPLOAD_BYTES: Final = 16 << 30
"""One upload: a sealed job. The largest documents seen in print shops have a few GiB."""

UPLOAD_PART_BYTES_LEAST: Final = 64 << 10
"""Least bytes of a part that is not the last: smaller ones are more rows than bytes."""

UPLOAD_PARTS: Final = 4096
"""Parts of one upload; each is a row."""

UPLOAD_NAME_OCTETS: Final = 200
"""An agent's own name of an upload."""

UPLOADS_PER_AGENT: Final = 500
"""Uploads of one agent that are there at once."""

UPLOAD_BYTES_PER_AGENT: Final = 32 << 30
"""Bytes of the uploads of one agent, so that one cannot fill the store."""

UPLOADS_PER_TENANT: Final = 20_000
"""Uploads of all agents of a tenant that are there at once: they are counted whenever one begins."""

UPLOAD_BYTES_PER_TENANT: Final = 1 << 40
"""Bytes of the uploads of a tenant, so that many agents cannot fill the store; what begins at once may exceed it."""

UPLOAD_UNFINISHED: Final = dt.timedelta(days=3)
"""An upload nobody goes on with is given up after this: a laptop sleeps over a weekend."""

UPLOAD_KEPT: Final = dt.timedelta(days=7)
"""A finished upload that nobody takes goes after this."""

UPLOAD_PART_S: Final = 300.0
"""So long may one part be on its way: 4 MiB over a line of 128 kbit/s."""

PARTS_PER_AGENT: Final = 4
"""Parts of one agent on their way at once, in each process."""

PARTS_AT_ONCE: Final = 32
"""Parts on their way at once in one process: 128 MiB when all are of the largest size."""

UPLOADS_TIDIED: Final = 200
"""Uploads of one tenant cleared away in one step of housekeeping."""

NONCE_CHARS: Final = 200
"""A nonce an agent wants to hear again: what waits on a stream stays small."""

JTI_CHARS: Final = 200
"""The id of an assertion."""

PROVIDERS: Final = 20
"""OpenID providers of one tenant, or of the service: each may be a button on the page of sign-in."""

PROVIDER_RULES: Final = 200
"""Rules, homes or domains of one provider: a page people can still look through."""

PROVIDER_SCOPES: Final = 20
"""Scopes asked of a provider."""

CLAIM_CHARS: Final = 255
"""A claim's name or value (OpenID Connect Core section 2: a subject has at most 255)."""

CLAIM_VALUES: Final = 1_000
"""Values of one claim that are looked at: groups of one person."""

PROVIDER_WAIT_S: Final = 8
"""Seconds a provider may take for one answer: somebody waits in front of a page."""

PROVIDER_BYTES: Final = 512 << 10
"""Bytes of one answer of a provider: discovery documents and key sets have some KiB."""

PROVIDER_KEYS: Final = 100
"""Keys of one provider that are looked at; more are an attack on whoever tries them all."""

PROVIDER_CACHE: Final = dt.timedelta(hours=1)
"""Discovery documents and keys are believed so long."""

PROVIDER_KEYS_AGAIN: Final = dt.timedelta(minutes=1)
"""A token signed with a key nobody knows yet has the keys read again, but no sooner than this after the last time."""

PROVIDER_PAUSE: Final = dt.timedelta(seconds=15)
"""A provider whose documents could not be read is not asked for them again so soon: strangers can have it asked."""

PROVIDERS_KNOWN: Final = 200
"""Providers whose documents one process remembers."""

DEPARTURE: Final = dt.timedelta(minutes=15)
"""Somebody may take so long at the provider: long enough to look for a second factor."""

ID_TOKEN_SKEW: Final = dt.timedelta(minutes=2)
"""A provider's clock may differ by so much."""

ID_TOKEN_AGE: Final = dt.timedelta(minutes=30)
"""An ID token that was made longer ago is not for this sign-in."""

LOOK_AGAIN: Final = dt.timedelta(minutes=15)
"""So often is a provider asked whether somebody it vouches for is still welcome."""

LOOK_AGAIN_SOON: Final = dt.timedelta(minutes=1)
"""So long after a provider did not answer is it asked again."""

OWNER_LOOK_AGAIN: Final = dt.timedelta(seconds=45)
"""The same for service owners: who is disabled at the provider is out within a minute."""

OWNER_VOUCHED: Final = dt.timedelta(minutes=10)
"""A session of a service owner ends when its provider could not be asked for so long."""

VOUCHED: Final = dt.timedelta(hours=2)
"""A session ends when its provider could not be asked for so long."""

VOUCHED_BLIND: Final = dt.timedelta(hours=1)
"""A session of a provider that cannot be asked again, for it gave no refresh token, ends so soon."""
DEVICE_CODE: Final = dt.timedelta(minutes=10)
"""A device code waits so long for a person: time to find a phone, and little to guess in."""

DEVICE_CODE_INTERVAL_S: Final = 2
"""Seconds between two questions about a code: somebody waits in front of it. Who asks faster waits longer each time."""

DEVICE_CODE_SLOWER_S: Final = 5
"""Seconds added to that for who asks faster (RFC 8628 section 3.5)."""

DEVICE_CODE_INTERVAL_MOST_S: Final = 60
"""Where that ends, so that a clumsy agent still hears before its code is gone."""

DEVICE_CODES: Final = 5_000
"""Codes that wait in the whole hub: the more there are, the more likely a guess hits one."""

CODES_PER_SOURCE: Final = 120
"""Codes for one network address within ``ATTEMPTS_WINDOW``: a class room that is set up at once."""

CODES_PER_AGENT: Final = 20
"""Codes for sign-ins at one agent within ``ATTEMPTS_WINDOW``."""

GUESSES_PER_PERSON: Final = 10
"""Codes of nobody that one person may type within ``ATTEMPTS_WINDOW``: typos, and no search."""

GUESSES_PER_SOURCE: Final = 60
"""The same from one network address."""

SIGN_IN: Final = dt.timedelta(days=60)
"""A sign-in at an agent that is never lengthened lasts so long: a long holiday, or parental leave's first weeks."""

SIGN_INS: Final = dt.timedelta(days=60)
"""Ended sign-ins are remembered so long: jobs made under them may be reported until then."""

SIGN_INS_PER_AGENT: Final = 500
"""Accounts of one agent that somebody is signed in for: a terminal server."""

REFRESH_CHARS: Final = 32
"""Least characters of a refresh token: 192 bits in base64."""

REFRESH_CHARS_MOST: Final = 200
"""Most characters of a refresh token."""

RENEW_AFTER: Final = dt.timedelta(days=1)
"""A certificate younger than this is given again instead of a new one: repeating the question costs nothing."""

PROCESSES: Final = 64
"""Processes behind one address; each has connections of its own to the database."""

PROCESS_AGAIN_S: Final = 0.5
"""Seconds until a process that ended is started again."""

PROCESS_AGAIN_MOST_S: Final = 30.0
"""The longest such wait, for one that ends again and again."""

PROCESS_VAIN_STARTS: Final = 3
"""Starts that end by themselves in a place where none ever answered, until the hub's own start is given up: a database
that pauses for seconds costs one or two, a mistake in how the hub was started every one."""

PROCESS_END_S: Final = 15.0
"""Seconds a process has to end in order before it is killed."""

LINE_LOOKUPS: Final = 32
"""Texts looked up among the known lines to tell one line of an agent; no line of an agent's own takes ten."""

RANGES: Final = 500
"""Entries of the targets of one scan, and of its exclusions: what a person can still look through."""

SCAN_ADDRESSES: Final = 1 << 20
"""Addresses of one scan: a private /12. At the default speed one agent is busy with it for 15 hours."""

SCAN_PER_S: Final = 20
"""Addresses a second that each agent of a scan asks, when nothing else is said: a /24 in 13 seconds."""

SCAN_PER_S_MOST: Final = 500
"""The most: faster than that switches and firewalls take it for an attack."""

SCANS_RUNNING: Final = 10
"""Scans of one tenant that run at once."""

SCANS: Final = 500
"""Scans of one tenant that are kept, those that run among them; with one more the oldest that ended is forgotten."""

SCANS_KEPT: Final = dt.timedelta(days=400)
"""How a scan ended is told so long, as with jobs."""

SCAN_AGENTS: Final = 40
"""Agents an administrator may name for one scan: as many as one form takes."""

SCAN_SHARERS: Final = 8
"""Agents that share what all of them reach: more would be felt in the network, and are not felt in the time."""

SCAN_BLOCK_BITS: Final = 8
"""Agents share a range in blocks of 256 addresses: each keeps to a few connections at a time in such a block, and so
do all of them together."""

REACHERS: Final = 20
"""Agents of one network that are looked at for a scan of it: those heard of last."""

NETWORKS_PER_AGENT: Final = 64
"""Networks one agent may tell of; a computer with many virtual ones has some dozens."""

SIGHTINGS_LOOKED_AT: Final = 5_000
"""Sightings looked through for who reaches a range that no agent is in: those heard of last."""

REACH_AGENTS: Final = 8
"""Agents of one network that the map of reach names: those on which the most depends."""

SCAN_SILENT: Final = dt.timedelta(minutes=10)
"""An agent that is not connected and told nothing of its part for so long is said to be silent."""

DEVICES: Final = 20_000
"""Devices of one tenant: twice a large campus. Whoever fakes more in a network fills no database."""

SIGHTINGS_PER_AGENT: Final = 3_000
"""Sightings of one agent that are in view: 500 devices by three methods, and as many again."""

SIGHTINGS_PER_HOUR: Final = 6_000
"""Sightings, new, changed or told again, and sweeps of one agent within an hour: all it may have in view, twice."""

SIGHTINGS_KEPT: Final = 6_000
"""Sightings of one agent that are kept, in view or ended: as many ended ones as may be in view."""

SIGHTING_METHODS: Final = 8
"""Methods of one agent: three that are known, and those of plugins of others."""

ROOM_AT_ONCE: Final = 200
"""Devices that make room in a full tenant in one go: looking for them costs more than forgetting them."""

TELL_AGAIN: Final = dt.timedelta(hours=6)
"""Between two wishes that an agent tell all it has in view once more: one that is over a bound always differs."""

AGENT_AWAY: Final = dt.timedelta(hours=1)
"""An agent not heard of for so long sees nothing now: one that is connected asks for a token every ten minutes."""

SIGHTING_BYTES: Final = 48 << 10
"""What a device says of itself, in all: the wordiest ones say 12 KiB; more is an attack on whoever keeps it."""

SIGHTING_KEY_CHARS: Final = 300
"""An agent's own name of a device."""

WORD_CHARS: Final = 127
"""A name, model, place or keyword of a device, as a printer's; more is cut off."""

DEVICE_FORMATS: Final = 64
"""Media types of one device; those that print everything name forty."""

DEVICE_MEDIA: Final = 256
"""Paper sizes of one device; those with many trays name a hundred."""

DEVICE_WORDS: Final = 32
"""Entries of the other lists a device tells: sides, reasons, supplies, services, addresses."""

KIN: Final = 20_000
"""Sightings looked at together to tell devices apart, at most; what shares more than that with others is no device."""

KIN_AT_ONCE: Final = 1_000
"""Sightings that are told apart within the hub's loop; more are beside it, so that nobody else waits."""

PLACES_COMPARED: Final = 32
"""Different places under one identity that are compared; more are several devices without looking."""

CHANGES_KEPT: Final = 50
"""Changes of one device that are kept, the latest."""

DEVICE_FORGOTTEN: Final = dt.timedelta(days=90)
"""A device nobody has seen for so long, and no printer was made of, is forgotten: a quarter with its holidays."""

SIGHTING_FORGOTTEN: Final = dt.timedelta(days=30)
"""A sighting that ended so long ago says nothing of where a device is any more."""

DROPPED_KEPT: Final = dt.timedelta(days=30)
"""So long is it told how much of an agent's sightings was dropped."""

DEVICES_SEEING: Final = 100
"""Sightings of one device that are shown: those in view first."""

DEVICES_FORGOTTEN_AT_ONCE: Final = 500
"""Devices forgotten in one transaction."""

DEVICE_LIST_BYTES: Final = 1 << 20
"""An administrator's list of devices: 2,000 lines of 500 bytes."""

DEVICE_LIST_ROWS: Final = 2_000
"""Lines of such a list, taken in one go while nobody else tells of devices; more come in a second one."""

DEVICE_LIST_FAULTS: Final = 100
"""Lines with a mistake that are told at once."""

NUMBER_32: Final = (1 << 31) - 1
"""Largest number of a small column: counts of one sweep."""
