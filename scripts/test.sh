#!/usr/bin/env bash
# Run tests.
#
#   scripts/test.sh [PACKAGE...]   these packages, all by default; the networks of
#                                  real programs, which want the machine for
#                                  themselves, come last and one by one
#   scripts/test.sh --race         the packages where goroutines meet, under the
#                                  race detector
#   scripts/test.sh --machines     the arithmetic of the epoch where int has 32 bits
#                                  (386) and on another architecture (arm64, by
#                                  qemu-user; left out, and said so, without it)
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "${1:-}" = --machines ]; then
  package=./x/scoring/yuma
  if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "SKIP 386 and arm64: not a Linux x86_64 machine"
    exit 0
  fi
  echo "386:"
  CGO_ENABLED=0 GOARCH=386 go test -vet=off -short "$package"
  emulator="$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)"
  if [ -z "$emulator" ]; then
    echo "SKIP arm64: no qemu-aarch64 (Debian: apt-get install qemu-user)"
    exit 0
  fi
  echo "arm64:"
  binary="$(mktemp)"
  trap 'rm -f "$binary"' EXIT
  CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go test -vet=off -c -o "$binary" "$package"
  (cd "$package" && "$emulator" "$binary" -test.short)
  exit 0
fi

tools="$(scripts/tools.sh gotestsum)"
PATH="$tools:$PATH"

# lint runs the whole of vet; the part of it that go test would run again needs a
# pass over every dependency.
flags=(-vet=off -timeout "${TEST_TIMEOUT:-20m}")

if [ "${1:-}" = --race ]; then
  # Packages that import the SDK are left out: the race detector wants all of
  # it compiled a second time, which is most of what a run costs.
  patterns=()
  for dir in wire task chain miner gateway validator localnet internal; do
    [ ! -d "$dir" ] || patterns+=("./$dir/...")
  done
  mapfile -t packages < <(
    go list -test -f '{{.ImportPath}} {{join .Deps " "}}' "${patterns[@]}" |
      awk '$1 ~ /\.test$/ && !/ github\.com\/cosmos\/cosmos-sdk/ { sub(/\.test$/, "", $1); print $1 }'
  )
  if [ ${#packages[@]} -eq 0 ]; then
    echo "test.sh: no package to test under the race detector" >&2
    exit 1
  fi
  flags+=(-race)
else
  packages=("$@")
  [ ${#packages[@]} -ne 0 ] || packages=(./...)
fi

if [ "${packages[*]}" = ./... ]; then
  mapfile -t packages < <(go list ./... | grep -vE '/(localnet|tools/torture)$')
  gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg -- "${flags[@]}" "${packages[@]}"
  flags+=(-p 1)
  packages=(./localnet ./tools/torture)
fi
exec gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg -- "${flags[@]}" "${packages[@]}"
