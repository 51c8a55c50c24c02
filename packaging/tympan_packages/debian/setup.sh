#!/bin/sh
# Installs the service where that was not done yet, as in an image, and lets this computer join its hub. Run as root.
#   setup mark    writes down which computer this is, before its service gets a key
#   setup copied  on a disk that was copied from another computer: forgets that one's key, identity and jobs
set -eu
root=/opt/tympan
file=/etc/tympan/enrolment
known="$root/machine"
unit=/etc/systemd/system/tympan.service
program="$root/current/tympan"
export TYMPAN_HOME=/var/lib/tympan

# What systemd calls this computer; nobody else is told (machine-id(5)), so only a hash is kept.
this() { { echo tympan; cat /etc/machine-id; } | sha256sum | cut -d ' ' -f 1; }
# A file that is missing, that a power cut left empty, or that reads "uninitialized" tells nothing: then nothing goes.
# Nor does one that systemd mounted over it where /etc cannot be written: it is another one at each start. At the first
# start of an image it is mounted, too, and /etc can be written by now: that one lasts.
told() { grep -Eqsx '[0-9a-f]{32}' /etc/machine-id && ! { mountpoint -q /etc/machine-id && closed; }; }
closed() { findmnt -rno OPTIONS --target /etc | grep -Eq '(^|,)ro(,|$)'; }
marked() { grep -Eqx '[0-9a-f]{64}' "$known"; }
mark() { told || return 0; this > "$known.new" && mv -f "$known.new" "$known"; }
case "${1:-}" in
    mark)
        mark
        exit 0
        ;;
    copied)
        told || exit 0
        marked || mark
        if [ "$(this)" = "$(cat "$known")" ]; then exit 0; fi
        echo "tympan: this disk was copied from another computer; its key and its jobs are not this one's, and go" >&2
        systemctl --no-block stop tympan.socket tympan.service tympan-update.path || :
        rm -rf /var/lib/private/tympan /var/lib/tympan
        rm -f "$unit" /etc/credstore.encrypted/tympan.* /etc/credstore/tympan.* "$root/update/journal.json"
        systemctl daemon-reload
        rm -f "$known"  # last: what a power cut leaves is forgotten at the next start
        exit 0
        ;;
    *) ;;
esac

if [ ! -f "$unit" ]; then
    mark
    "$program" service install
fi
[ -f "$file" ] || exit 0
status=0
"$program" hub enrol --from "$file" || status=$?
case "$status" in
    0) echo "tympan: this computer has joined its hub" ;;
    3 | 6) exit 75 ;;  # the agent does not answer yet, or the hub: systemd tries again
    *) echo "tympan: this computer was not taken in: make a new token, and see docs/guides/installing-on-desktops.md" >&2 ;;
esac
rm -f "$file"
rmdir --ignore-fail-on-non-empty "$(dirname "$file")"
