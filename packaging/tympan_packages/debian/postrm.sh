#!/bin/sh
# Removes what no package lists: versions, those the agent brought itself, too, and on purge all that it kept.
set -eu
root=/opt/tympan
[ ! -d /run/systemd/system ] || case "${1:-}" in remove | purge) systemctl daemon-reload || : ;; esac
case "${1:-}" in
    remove)
        rm -rf "$root/versions" "$root/plugins" "$root/package" "$root/current" "$root/previous" "$root/steady"
        rm -f "$root/update/lock" "$root/machine"
        [ ! -d "$root/update" ] || rmdir --ignore-fail-on-non-empty "$root/update"
        [ ! -d "$root" ] || rmdir --ignore-fail-on-non-empty "$root"
        ;;
    purge)
        rm -rf "$root" /var/lib/tympan /var/lib/private/tympan /etc/tympan /etc/systemd/system/tympan.service.d
        if grep -q '^tympan:' /etc/passwd; then userdel tympan || :; fi
        rm -f /etc/credstore.encrypted/tympan.* /etc/credstore/tympan.*
        for folder in /etc/credstore.encrypted /etc/credstore; do
            # Made by us where systemd's package did not bring it.
            if [ -d "$folder" ] && ! dpkg-query -S "$folder" >/dev/null 2>&1; then rmdir --ignore-fail-on-non-empty "$folder"; fi
        done
        ;;
    *) ;;
esac
