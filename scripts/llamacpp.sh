#!/usr/bin/env bash
# Fetch llama.cpp, which tests compare the embedded engine and the miner's
# backends with: npm node-llama-cpp with its prebuilt binary for Linux on x86-64.
# Versions and hashes of everything stand in scripts/llamacpp/package-lock.json.
# It lands in .agon/llamacpp/node_modules and is never committed. Does nothing,
# and needs no network, when it is there.
#
#   scripts/llamacpp.sh [cuda|vulkan]    that binary too, for machines with a GPU
#
# Tests that need it say so and are skipped where it is absent. Programs in Node
# import it by the path .agon/llamacpp/node_modules/node-llama-cpp/dist/index.js,
# as lm/testdata/llamacpp.mjs does.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=".agon/llamacpp"
lock="scripts/llamacpp/package-lock.json"

gpu="${1:-}"
binaries=()
case "$gpu" in
"") ;;
cuda) binaries=(@node-llama-cpp/linux-x64-cuda @node-llama-cpp/linux-x64-cuda-ext) ;;
vulkan) binaries=(@node-llama-cpp/linux-x64-vulkan) ;;
*)
  echo "llamacpp: $gpu is no kind of GPU; give cuda, vulkan or nothing" >&2
  exit 1
  ;;
esac

missing=()
for b in "${binaries[@]}"; do
  [ -d "$target/node_modules/$b" ] || missing+=("$b")
done

if cmp -s "$lock" "$target/.fetched" && [ ${#missing[@]} -eq 0 ]; then
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
version="$(sed -n 's/.*"node-llama-cpp": "\(.*\)".*/\1/p' scripts/llamacpp/package.json)"
if ! (cd "$target" && npm install --no-save --ignore-scripts --omit=optional --no-audit --no-fund --loglevel error "${binaries[@]/%/@$version}" >/dev/null); then
  echo "llamacpp: npm could not fetch it; once fetched, no network is needed" >&2
  exit 1
fi
cp "$lock" "$target/.fetched"
echo "llamacpp: node-llama-cpp is in $target"
