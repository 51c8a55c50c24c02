#!/bin/sh
# Installs what tests drive: CUPS, ippeveprinter, avahi, wsdd, Mosquitto, Chromium, PostgreSQL, wine and so on. On Debian as root; elsewhere says what is missing.
set -eu
guard=${SERVICE_GUARD:-/usr/sbin/policy-rc.d}
missing=""
for program in /usr/sbin/cupsd ippeveprinter ipptool lp lpadmin dbus-daemon pdfinfo openssl setpriv systemd-analyze strip \
    bwrap soffice ip nsenter unshare /usr/sbin/avahi-daemon avahi-browse ippfind nmap /usr/sbin/wsdd /usr/sbin/mosquitto; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing ${program##*/}"
done
[ -d /usr/lib/cups/filter ] && [ -e /usr/lib/cups/filter/pdftopdf ] || missing="$missing cups-filters"
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"  # another one on the path is not meant
[ -x /usr/lib/wine/wine64 ] || missing="$missing wine64"
# Parts of the office that a bare soffice lacks.
for part in libswlo.so libsclo.so libsdlo.so; do
    [ -e "/usr/lib/libreoffice/program/$part" ] || missing="$missing $part"
done
node=""
command -v npm >/dev/null 2>&1 && command -v node >/dev/null 2>&1 || { node=" nodejs npm"; missing="$missing nodejs npm"; }
[ -z "$missing" ] && exit 0
# Another build of node brings its npm along, so it is named only where it is missing.
packages="chromium binutils bubblewrap libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui cups cups-client cups-ipp-utils cups-filters dbus poppler-utils openssl postgresql systemd util-linux fonts-dejavu-core iproute2 avahi-daemon avahi-utils nmap wsdd mosquitto wine64$node"
not_found="system: not found:$missing. Whole-system tests that need them will say so"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "$not_found. On Debian: apt-get install $packages" >&2
    exit 0
fi
echo "system: installing $packages (missing:$missing)"
export DEBIAN_FRONTEND=noninteractive
# A package's service must not start: the tests bring their own cupsd, and their avahi and wsdd speak in namespaces alone, and each starts its own mosquitto.
if [ ! -e "$guard" ]; then
    trap 'rm -f "$guard"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    printf '#!/bin/sh\nexit 101\n' > "$guard"
    chmod +x "$guard"
fi
# shellcheck disable=SC2086
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages >/dev/null; }; then
    echo "system: apt-get could not install them; what it says stands above" >&2
    [ "${CI:-}" != true ] || exit 1
    echo "$not_found" >&2
fi
