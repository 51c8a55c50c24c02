#!/bin/sh
# Removes the agent and all it kept. As root. Not yet proved.
set -eu
plist=/Library/LaunchDaemons/example.tympan.agent.plist
launchctl bootout system "$plist" 2>/dev/null || :
rm -rf "$plist" /opt/tympan /usr/local/bin/tympan "/Library/Application Support/tympan" /etc/tympan
pkgutil --forget example.tympan.agent
