#!/bin/sh
# Ends the service, and then the queues that lead to it. At an upgrade everything goes on: the next package starts its own.
set -eu
case "${1:-}" in remove | deconfigure) ;; *) exit 0 ;; esac
root=/opt/tympan
unit=/etc/systemd/system/tympan.service

if [ -d /run/systemd/system ]; then
    systemctl stop tympan-setup.service 2>/dev/null || :
    systemctl stop tympan-update.service 2>/dev/null || :
fi
if [ -d "$root/update" ]; then  # what somebody updates by hand is not taken from under it
    ( umask 077; : >> "$root/update/lock" )
    chmod 0600 "$root/update/lock"
    exec 9>> "$root/update/lock"
    if ! flock --wait @LOCK_S@ 9; then
        echo "tympan: somebody updates this agent by hand and has not ended; wait for it (tympan update status)" >&2
        exit 1
    fi
fi
if [ -d /run/systemd/system ]; then
    if [ -f "$unit" ] && ! "$root/current/tympan" service remove >/dev/null; then
        systemctl disable --now tympan.socket tympan.service tympan-update.path || :  # by hand, where the program itself is broken
    fi
fi
for unit in tympan.socket tympan.service tympan-update.path tympan-update.service; do
    rm -f "/etc/systemd/system/$unit" "/etc/systemd/system/"*".target.wants/$unit"
done

# A queue that leads to an agent that is gone takes jobs and prints none.
queues() {
    command -v lpstat >/dev/null 2>&1 && command -v lpadmin >/dev/null 2>&1 || return 0
    LC_ALL=C timeout 20 lpstat -v 2>/dev/null | sed -n 's#^device for \(.*\): ipps\{0,1\}://\(localhost\|127\.0\.0\.1\):39149/.*#\1#p'
}
queues | while IFS= read -r queue; do
    lpadmin -x "$queue" || echo "tympan: the queue $queue could not be removed; remove it by hand" >&2
done
