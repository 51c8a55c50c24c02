#!/bin/sh
# Lays this version beside the others, makes it the one that is started, and starts it. Said again, it changes nothing.
set -eu
root=/opt/tympan
version=@VERSION@
enrolment=/etc/tympan/enrolment
case "${1:-}" in
    configure) ;;
    triggered)
        # A print system came later: the service is to be in the group that makes its queues.
        if [ -d /run/systemd/system ] && ! id -nG tympan 2>/dev/null | grep -qw lpadmin; then
            "$root/current/tympan" service install
        fi
        exit 0
        ;;
    *) exit 0 ;;
esac
umask 022

# As Debian sorts versions: a candidate before what it is a candidate for.
sorted() { printf '%s\n' "$1" | sed 's/\(a\|b\|rc\)/~\1/'; }
named() { link=$(readlink "$root/$1" || :); printf '%s\n' "${link#versions/}"; }
whole() { [ -n "$1" ] && [ -f "$root/versions/$1/complete" ]; }
# In one step: at no moment is there no such link.
point() {
    ln -sfn "versions/$2" "$root/.$1.new"
    mv -fT "$root/.$1.new" "$root/$1"
}

# The package's own files go when the next package comes; those of a version stay, so that what runs goes on running.
# They are the same files by another name, and cost nothing.
lay() {
    there="$root/versions/$version"
    if whole "$version" && diff -rq --exclude=complete "$root/package/$version" "$there" >/dev/null 2>&1; then return 0; fi
    mkdir -p "$root/versions"
    rm -rf "$root/versions/.laid" "$root/versions/.old"
    cp -al "$root/package/$version" "$root/versions/.laid" 2>/dev/null || {
        rm -rf "$root/versions/.laid"
        cp -a "$root/package/$version" "$root/versions/.laid"
    }
    : > "$root/versions/.laid/complete"
    sync
    if [ ! -e "$there" ]; then
        mv -T "$root/versions/.laid" "$there"
    elif ! exchange "$root/versions/.laid" "$there"; then
        mv -T "$there" "$root/versions/.old"
        mv -T "$root/versions/.laid" "$there"
    fi
    sync
    rm -rf "$root/versions/.laid" "$root/versions/.old"
}
# Two folders change places in one step, so that a power cut leaves one of them there: renameat2(2), 316 on amd64, with
# RENAME_EXCHANGE. No program of every Debian does it but perl; a few file systems cannot.
exchange() { perl -e 'exit(syscall(316, -100, $ARGV[0], -100, $ARGV[1], 2) != 0)' "$1" "$2"; }

# An agent that has brought itself further stays there; whoever installs an older package on purpose gets it.
switch() {
    was=${1:-} now=$(named current)
    if whole "$now" && dpkg --compare-versions "$(sorted "$now")" gt "$(sorted "$version")"; then
        [ -n "$was" ] && dpkg --compare-versions "$was" gt @DEBIAN@ || return 0
    fi
    if [ "$now" != "$version" ] && whole "$now"; then point previous "$now"; fi
    point current "$version"
    point steady "$version"
    rm -f "$root/update/journal.json"  # what was cut off began with another version, and would lead back to it
}

# Of older versions the one before stays, to go back to.
tidy() {
    for folder in "$root"/versions/*/; do
        name=$(basename "$folder")
        case "$name" in "$(named current)" | "$(named previous)" | "$(named steady)") continue ;; esac
        if whole "$name" && dpkg --compare-versions "$(sorted "$name")" lt "$(sorted "$version")"; then rm -rf "$folder"; fi
    done
}

# Who may let this computer join: told in the environment, in the package made for this computer, or in a file.
told() {
    for given in /var/lib/dpkg/info/tympan.enrolment /var/lib/dpkg/info/tympan:*.enrolment; do
        if [ -f "$given" ]; then keep < "$given"; rm -f "$given"; fi
    done
    if [ -n "${TYMPAN_HUB:-}" ] && [ -n "${TYMPAN_TOKEN:-}" ]; then
        printf 'hub=%s\ntoken=%s\n' "$TYMPAN_HUB" "$TYMPAN_TOKEN" | keep
    fi
    [ ! -f "$enrolment" ] || { chown root:root "$enrolment"; chmod 0600 "$enrolment"; }
}
keep() (
    umask 077
    mkdir -p "$(dirname "$enrolment")"
    cat > "$enrolment.new"
    mv -f "$enrolment.new" "$enrolment"
)

# Two that move the links at once could leave one that leads nowhere: an update under way ends, and goes on afterwards;
# one that somebody makes by hand is waited for. No other account may open the lock, or the agent's could hold us off.
if [ -d /run/systemd/system ]; then
    systemctl stop tympan-update.path tympan-update.service 2>/dev/null || :
fi
mkdir -p "$root/update"
( umask 077; : >> "$root/update/lock" )
chmod 0600 "$root/update/lock"
exec 9>> "$root/update/lock"
if ! flock --wait @LOCK_S@ 9; then
    echo "tympan: somebody updates this agent by hand and has not ended; wait for it (tympan update status)," >&2
    echo "tympan: and then run: dpkg --configure tympan" >&2
    [ ! -d /run/systemd/system ] || systemctl start tympan-update.path 2>/dev/null || :
    exit 1
fi
lay
switch "${2:-}"
if [ ! -f "$root/trust/root.json" ] && [ -f "$root/package/root.json" ]; then
    mkdir -p "$root/trust"
    cp "$root/package/root.json" "$root/trust/root.json"
fi
told
if [ -d /run/systemd/system ]; then
    tidy
    exec 9>&-
    "$root/package/setup" mark
    "$root/current/tympan" service install
    if [ -f "$enrolment" ]; then
        systemctl --no-block start tympan-setup.service
        echo "tympan: this computer joins its hub as soon as that answers; see 'systemctl status tympan-setup'"
    fi
else
    echo "tympan: no systemd runs here; the agent is installed as a service when this system starts"
fi
