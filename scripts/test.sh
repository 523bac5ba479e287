#!/usr/bin/env bash
# Run tests.
#
#   scripts/test.sh [PACKAGE...]   these packages, all by default; the network of
#                                  real programs, which wants the machine for
#                                  itself, comes last and alone
#   scripts/test.sh --race         the packages where goroutines meet, under the
#                                  race detector
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools="$(scripts/tools.sh gotestsum)"
PATH="$tools:$PATH"

# lint runs the whole of vet; the part of it that go test would run again needs a
# pass over every dependency.
flags=(-vet=off -timeout "${TEST_TIMEOUT:-20m}")

if [ "${1:-}" = --race ]; then
  # Packages that import the SDK are left out: the race detector wants all of
  # it compiled a second time, which is most of what a run costs.
  patterns=()
  for dir in wire task chain miner validator localnet internal; do
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
  mapfile -t packages < <(go list ./... | grep -v '/localnet$')
  gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg -- "${flags[@]}" "${packages[@]}"
  packages=(./localnet)
fi
exec gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg -- "${flags[@]}" "${packages[@]}"
