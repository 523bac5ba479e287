#!/usr/bin/env bash
# Fetch the official OpenAI client for JavaScript, which a test of the gateway
# runs as its users do. Versions and hashes stand in scripts/openai/package-lock.json.
# It lands in .agon/openai/node_modules and is never committed. Does nothing, and
# needs no network, when it is there.
#
# The test that needs it says so and is skipped where it is absent.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=".agon/openai"
lock="scripts/openai/package-lock.json"

if cmp -s "$lock" "$target/.fetched"; then
  echo "openai: the client is in $target"
  exit 0
fi

if ! command -v npm >/dev/null; then
  echo "openai: npm is needed; install it (Debian: apt-get install npm, Node 20 or later)" >&2
  exit 1
fi

mkdir -p "$target"
rm -f "$target/.fetched"
cp scripts/openai/package.json "$lock" "$target/"
if ! (cd "$target" && npm ci --ignore-scripts --no-audit --no-fund --loglevel error >/dev/null); then
  echo "openai: npm could not fetch it; once fetched, no network is needed" >&2
  exit 1
fi
cp "$lock" "$target/.fetched"
echo "openai: the client is in $target"
