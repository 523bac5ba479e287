#!/usr/bin/env bash
# Run every fuzz target for a fixed time each. The targets are read from the source,
# so that a new one cannot be forgotten.
#
#   scripts/fuzz.sh [SECONDS]                targets of packages without the SDK, 5
#                                            seconds each by default
#   scripts/fuzz.sh [SECONDS] all            those of the others too, for which the
#                                            whole SDK is compiled once more: minutes
#   scripts/fuzz.sh [SECONDS] ./PACKAGE...   those of these packages
#
# An input that fails is kept in the package's testdata/fuzz, where `go test` runs it
# from then on; commit it with the fix. Inputs that only reach new code are kept in
# Go's build cache and are where the next run on this machine goes on from.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=5
if [[ "${1:-}" =~ ^[0-9]+$ ]]; then
  seconds="$1"
  shift
fi
[ "$seconds" -gt 0 ] || { echo "fuzz.sh: 0 seconds, want 1 or more" >&2; exit 2; }

everything=false
packages=()
if [ "${1:-}" = all ]; then
  everything=true
elif [ $# -ne 0 ]; then
  everything=true
  packages=("$@")
fi

# dirs PACKAGE... prints the folders below these that have fuzz targets.
dirs() {
  grep -rlE --include='*_test.go' '^func Fuzz[A-Z0-9_]' "$@" | xargs -r -n1 dirname | sort -u
}

roots=()
for p in "${packages[@]}"; do roots+=("./$(realpath --relative-to=. "${p%/...}")"); done
[ ${#roots[@]} -ne 0 ] || roots=(.)
mapfile -t folders < <(dirs "${roots[@]}" | sed 's|^\./||')
if [ ${#folders[@]} -eq 0 ]; then
  echo "fuzz.sh: no fuzz target in ${roots[*]}" >&2
  exit 2
fi

# Packages whose tests import the SDK, one folder a line.
heavy="$(go list -test -f '{{.Dir}} {{.ImportPath}} {{join .Deps " "}}' "${folders[@]/#/./}" |
  awk -v root="$PWD/" '$2 ~ /\.test$/ && / github\.com\/cosmos\/cosmos-sdk/ { sub(root, "", $1); print $1 }')"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cache="$(go env GOCACHE)/fuzz"
module="$(go list -m)"
failed=()
ran=0
left=0

# fuzz FOLDER TARGET runs one target; its output is in $work/out. Left to itself, the fuzzer spends a minute on making each new input shorter, which is
# all of its time here.
fuzz() {
  (cd "$1" && "$work/test" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "${seconds}s" -test.fuzzminimizetime 20x \
    -test.fuzzcachedir "$cache/$module/$1") >"$work/out" 2>&1
}

for folder in "${folders[@]}"; do
  mapfile -t targets < <(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$folder"/*_test.go | awk '{ print $2 }' | sort)
  if ! $everything && grep -qxF "$folder" <<<"$heavy"; then
    left=$((left + ${#targets[@]}))
    continue
  fi
  # Built once for all of its targets, with the instruments that a fuzzer steers by.
  if ! go test -c -vet=off -fuzz . -o "$work/test" "./$folder"; then
    failed+=("./$folder does not build")
    continue
  fi
  for target in "${targets[@]}"; do
    ran=$((ran + 1))
    verdict=ok
    if ! fuzz "$folder" "$target"; then
      # The fuzzer now and then takes the end of its time for a failure and says nothing else; such a run is made again.
      if grep -q 'Failing input written' "$work/out" || ! grep -q 'context deadline exceeded' "$work/out" || ! fuzz "$folder" "$target"; then
        verdict=FAILED
        cat "$work/out"
        input="$(grep -oE 'testdata/fuzz/[^[:space:]]+' "$work/out" | head -1 || true)"
        failed+=("./$folder $target ${input:+$folder/$input: go test ./$folder -run '^$target\$/^${input##*/}\$'}")
      fi
    fi
    printf '%-32s %-26s %-6s %s\n' "./$folder" "$target" "$verdict" "$(grep -oE 'execs: [0-9]+' "$work/out" | tail -1 || true)"
  done
done

[ "$left" -eq 0 ] || echo "LEFT OUT $left targets of packages that import the SDK: make fuzz ARGS=all"
if [ ${#failed[@]} -ne 0 ]; then
  printf 'FAILED %s\n' "${failed[@]}"
  exit 1
fi
echo "$ran targets, $seconds s each"
