#!/usr/bin/env bash
# Build the programs as they are released: static, without paths of the machine,
# so that whoever builds the same commit with the same Go gets the same bytes.
#
#   scripts/release.sh [DIR]   into DIR (dist/ by default), with SHA256SUMS
#   scripts/release.sh --twice build the commit in two clones at different paths,
#                              with caches, time zone and umask of their own, and
#                              fail if a byte differs
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
programs=(agond agon-miner agon-validator agon-gateway agon-localnet)

if [ "${1:-}" = --twice ]; then
  work="$(mktemp -d)"
  trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
  sums=()
  for place in a a-longer/path/to/b; do
    git clone --quiet --no-hardlinks "$root" "$work/$place"
    sums+=("$work/$place/dist/SHA256SUMS")
  done
  (cd "$work/a" && umask 022 && TZ=UTC GOCACHE="$work/cache-a" GOTMPDIR= scripts/release.sh)
  (cd "$work/a-longer/path/to/b" && umask 077 && TZ=Asia/Tokyo LANG=C.UTF-8 GOCACHE="$work/cache-b" GOTMPDIR="$work" scripts/release.sh)
  if ! diff "${sums[@]}"; then
    echo "release.sh: two builds of one commit differ" >&2
    exit 1
  fi
  echo "two builds of $(git -C "$root" rev-parse HEAD) are equal:"
  cat "${sums[0]}"
  exit 0
fi

cd "$root"
out="${1:-dist}"
# The version is the nearest tag and what lies after it.
version="$(git describe --tags --always --dirty)"
commit="$(git rev-parse --verify HEAD)"
stamp=github.com/cosmos/cosmos-sdk/version
mkdir -p "$out"
for program in "${programs[@]}"; do
  [ -d "cmd/$program" ] || continue
  CGO_ENABLED=0 GOFLAGS='-mod=readonly -buildvcs=false' go build -trimpath \
    -ldflags "-s -w -buildid= -X $stamp.Name=agon -X $stamp.AppName=$program -X $stamp.Version=$version -X $stamp.Commit=$commit" \
    -o "$out/$program" "./cmd/$program"
done
(cd "$out" && sha256sum agon* >SHA256SUMS && cat SHA256SUMS)
