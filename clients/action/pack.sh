#!/usr/bin/env bash
# How does a release come to its archives? `pack.sh BINARY VERSION TARGET FOLDER` packs one, adds it to FOLDER/SHA256SUMS, and
# prints the line that pins it in release.txt.
set -euo pipefail

[ $# -eq 4 ] || { echo "usage: pack.sh BINARY VERSION TARGET FOLDER" >&2; exit 2; }
binary=$1 archive=tidegate-$2-$3.tar.gz folder=$4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$folder"
install -m 755 "$binary" "$scratch/tidegate"
tar -czf "$folder/$archive" -C "$scratch" tidegate
sum=$(cd "$folder" && if command -v sha256sum >/dev/null; then sha256sum "$archive"; else shasum -a 256 "$archive"; fi | cut -d ' ' -f 1)
echo "$sum  $archive" >> "$folder/SHA256SUMS"
echo "sha256 $sum $archive"
