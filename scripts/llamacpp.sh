#!/usr/bin/env bash
# Fetch llama.cpp, which tests compare the embedded engine and the miner's
# backends with: npm node-llama-cpp with its prebuilt binary for Linux on x86-64.
# Versions and hashes of everything stand in scripts/llamacpp/package-lock.json.
# It lands in .agon/llamacpp/node_modules and is never committed. Does nothing,
# and needs no network, when it is there.
#
# Tests that need it say so and are skipped where it is absent. Programs in Node
# import it by the path .agon/llamacpp/node_modules/node-llama-cpp/dist/index.js,
# as lm/testdata/llamacpp.mjs does.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=".agon/llamacpp"
lock="scripts/llamacpp/package-lock.json"

if cmp -s "$lock" "$target/.fetched"; then
  echo "llamacpp: node-llama-cpp is in $target"
  exit 0
fi

if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "llamacpp: only the binary for Linux on x86-64 is pinned; this is $(uname -sm)" >&2
  exit 1
fi
if ! command -v npm >/dev/null; then
  echo "llamacpp: npm is needed; install it (Debian: apt-get install npm, Node 20 or later)" >&2
  exit 1
fi

mkdir -p "$target"
rm -f "$target/.fetched"
cp scripts/llamacpp/package.json "$lock" "$target/"
echo "llamacpp: fetching node-llama-cpp (90 MB unpacked)"
# Its install script would look for other binaries and build from source; ours is pinned. Not `npm ci`: that insists on
# entries for the binaries of every other machine too.
if ! (cd "$target" && npm install --no-save --ignore-scripts --omit=optional --no-audit --no-fund --loglevel error >/dev/null); then
  echo "llamacpp: npm could not fetch it; once fetched, no network is needed" >&2
  exit 1
fi
cp "$lock" "$target/.fetched"
echo "llamacpp: node-llama-cpp is in $target"
