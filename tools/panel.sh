#!/bin/sh
# Installs a real panel on a screen without a monitor, which `make soak` looks at the tray with. On Debian as root.
set -eu
missing=""
for program in Xvfb xfce4-panel xfconf-query xdotool scrot dunst dbus-daemon; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
[ -z "$missing" ] && exit 0
packages="xvfb xfce4-panel xfconf xdotool scrot dunst dbus adwaita-icon-theme fonts-dejavu-core"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "panel: not found:$missing. On Debian: apt-get install $packages" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $packages >/dev/null
