#!/bin/sh
# Makes dist/tympan-VERSION.pkg on a Mac. A recipe, not yet proved: see README.md beside it.
set -eu
version=${1:?usage: packaging/macos/build.sh VERSION}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python packaging bundle --version "$version" --into "$work/out" --work "$work/made"
root="$work/root/opt/tympan/package"
mkdir -p "$root" dist
cp -R "$work/made/made/tympan" "$root/$version"
sed "s/@VERSION@/$version/g" packaging/macos/postinstall.sh > "$work/postinstall"
mkdir "$work/scripts"
install -m 0755 "$work/postinstall" "$work/scripts/postinstall"
if [ -n "${SIGN_CODE:-}" ]; then
    find "$root/$version" -type f \( -name '*.so' -o -name '*.dylib' -o -name tympan -o -name Python \) \
        -exec codesign --force --options runtime --timestamp --sign "$SIGN_CODE" {} +
fi
pkgbuild --root "$work/root" --identifier example.tympan.agent --version "$version" --scripts "$work/scripts" \
    ${SIGN:+--sign "$SIGN"} "dist/tympan-$version.pkg"
if [ -n "${NOTARISE:-}" ]; then
    xcrun notarytool submit "dist/tympan-$version.pkg" --keychain-profile "$NOTARISE" --wait
    xcrun stapler staple "dist/tympan-$version.pkg"
fi
