#!/bin/sh
# Makes this version the one that is started, and starts it. Not yet proved.
set -eu
root=/opt/tympan version=@VERSION@
plist=/Library/LaunchDaemons/example.tympan.agent.plist
mkdir -p "$root/versions" /usr/local/bin
rm -rf "$root/versions/.laid"
cp -Rl "$root/package/$version" "$root/versions/.laid" 2>/dev/null || cp -R "$root/package/$version" "$root/versions/.laid"
rm -rf "$root/versions/$version"
mv "$root/versions/.laid" "$root/versions/$version"
: > "$root/versions/$version/complete"
sync
now=$(readlink "$root/current" || :)
if [ -n "$now" ] && [ "$now" != "versions/$version" ]; then ln -sfn "$now" "$root/previous"; fi
for link in current steady; do
    ln -sfn "versions/$version" "$root/.$link.new"
    mv -fh "$root/.$link.new" "$root/$link"
done
ln -sf "$root/current/tympan" /usr/local/bin/tympan
"$root/current/tympan" service install --print > "$plist.new"
mv -f "$plist.new" "$plist"
launchctl bootout system "$plist" 2>/dev/null || :
launchctl bootstrap system "$plist"
if [ -f /etc/tympan/enrolment ]; then
    export TYMPAN_HOME="/Library/Application Support/tympan"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        if "$root/current/tympan" hub enrol --from /etc/tympan/enrolment; then rm -f /etc/tympan/enrolment; break; fi
        sleep 3
    done
fi
