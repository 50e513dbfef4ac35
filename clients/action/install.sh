#!/usr/bin/env bash
# How does the binary `tidegate` come here? Its archive is downloaded once, compared with its checksum each time, and unpacked.
#
#   install.sh          prints the path of the binary
#   install.sh --name   prints the name of the archive for this machine
#
# TIDEGATE_VERSION       instead of the version in release.txt
# TIDEGATE_SHA256        what the archive must have, instead of what release.txt says
# TIDEGATE_DOWNLOAD_URL  where releases are, as `v1.2.3/` with archives and SHA256SUMS
# TIDEGATE_CACHE         where archives are kept, by default ~/.cache/tidegate
# TIDEGATE_BIN           where the binary goes, by default a folder in the cache
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${TIDEGATE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tidegate}
releases=${TIDEGATE_DOWNLOAD_URL:-https://github.com/tidegate/tidegate/releases/download}

fail() {
    echo "tidegate: $*" >&2
    exit 4
}

target() {
    case "$(uname -s) $(uname -m)" in
        "Linux x86_64" | "Linux amd64") echo x86_64-unknown-linux-musl ;;
        "Linux aarch64" | "Linux arm64") echo aarch64-unknown-linux-musl ;;
        "Darwin x86_64") echo x86_64-apple-darwin ;;
        "Darwin arm64") echo aarch64-apple-darwin ;;
        *) fail "there is no binary for $(uname -s) on $(uname -m)" ;;
    esac
}

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# Plain HTTP only from this machine, for trying it out.
fetch() {
    local protocols="=https"
    case "$1" in http://127.0.0.1:* | http://localhost:*) protocols="=http" ;; esac
    curl --fail --silent --show-error --location --proto "$protocols" --proto-redir =https \
        --retry 3 --retry-connrefused --connect-timeout 20 --max-time 300 --max-filesize 104857600 \
        --output "$2" "$1" || fail "$1 can't be downloaded"
}

# From the environment, from release.txt, or from the release itself.
expected() {
    local found=${TIDEGATE_SHA256:-}
    [ -n "$found" ] || found=$(awk -v name="$archive" '$1 == "sha256" && $3 == name { print $2 }' "$here/release.txt")
    if [ -z "$found" ]; then
        [ -f "$cache/SHA256SUMS-$version" ] || fetch "$releases/v$version/SHA256SUMS" "$scratch/sums"
        [ -f "$cache/SHA256SUMS-$version" ] || mv "$scratch/sums" "$cache/SHA256SUMS-$version"
        found=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$cache/SHA256SUMS-$version")
        echo "tidegate: the checksum of $archive is not pinned here; the release's own SHA256SUMS is believed" >&2
    fi
    [[ $found =~ ^[0-9a-f]{64}$ ]] || fail "there is no checksum for $archive"
    echo "$found"
}

version=${TIDEGATE_VERSION:-$(awk '$1 == "version" { print $2 }' "$here/release.txt")}
[[ $version =~ ^[0-9A-Za-z][0-9A-Za-z.+-]*$ ]] || fail "this is no version: $version"
triple=$(target)
archive=tidegate-$version-$triple.tar.gz
if [ "${1:-}" = --name ]; then
    echo "$archive"
    exit
fi

mkdir -p "$cache"
scratch=$(mktemp -d "$cache/install.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
wanted=$(expected)
if [ ! -f "$cache/$archive" ] || [ "$(sha256 "$cache/$archive")" != "$wanted" ]; then
    fetch "$releases/v$version/$archive" "$scratch/$archive"
    [ "$(sha256 "$scratch/$archive")" = "$wanted" ] || fail "$archive does not have the checksum $wanted; it is not used"
    mv "$scratch/$archive" "$cache/$archive"
fi
bin=${TIDEGATE_BIN:-$cache/bin/$version}
mkdir -p "$bin"
tar -xzf "$cache/$archive" -C "$scratch" tidegate || fail "$archive holds no tidegate"
chmod 755 "$scratch/tidegate"
mv -f "$scratch/tidegate" "$bin/tidegate" # In one step, for others that run it now.
echo "$bin/tidegate"
