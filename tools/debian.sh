#!/bin/sh
# Makes a clean Debian with its own systemd and print system, as tests boot it in a container, in a cache folder outside git; prints it. As root.
set -eu
suite=bookworm
kept="${XDG_CACHE_HOME:-$HOME/.cache}/tympan/debian-$suite-$(cksum < "$0" | cut -d ' ' -f 1)"
if [ ! -d "$kept" ]; then
    [ "$(id -u)" = 0 ] || { echo "debian: only root can make a Debian" >&2; exit 1; }
    for program in debootstrap systemd-nspawn; do
        command -v "$program" >/dev/null 2>&1 || missing="${missing:-} $program"
    done
    if [ -n "${missing:-}" ]; then
        apt-get install -y -qq --no-install-recommends debootstrap systemd-container >/dev/null || {
            echo "debian: not found:$missing, and apt-get could not install them" >&2
            exit 1
        }
    fi
    # The address this machine's own packages come from is within reach.
    from=$(apt-get indextargets --format '$(SITE)' "Codename: $suite" "Created-By: Packages" 2>/dev/null | head -n 1)
    mkdir -p "$(dirname "$kept")"
    made="$kept.$$"
    trap 'rm -rf "$made"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # With what desktops have that ask systemd for accounts, too.
    debootstrap --variant=minbase --include=systemd,systemd-sysv,libnss-systemd,dbus,python3,ca-certificates,cups,cups-client,cups-filters "$suite" "$made" ${from:+"$from"} >&2
    mkdir "$made/srv/print-system"  # packages, for a machine that gets its print system later
    mv "$made"/var/cache/apt/archives/cups*.deb "$made/srv/print-system"
    rm -rf "$made"/var/cache/apt/archives/*.deb "$made"/var/lib/apt/lists/*
    mv -T "$made" "$kept" 2>/dev/null || [ -d "$kept" ]  # somebody else was first
fi
echo "$kept"
