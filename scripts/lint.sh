#!/usr/bin/env bash
# Run every check that needs no test: all of them, whatever fails, and then say
# which failed. Build flags are those of the tests, so that dependencies are
# compiled once for both.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

tools="$(scripts/tools.sh buf staticcheck)" || exit 1
PATH="$tools:$PATH"

failed=()

# check NAME COMMAND... runs one check and remembers whether it failed.
check() {
  local name="$1" start=$SECONDS verdict=ok
  shift
  if ! "$@"; then
    verdict=FAILED
    failed+=("$name")
  fi
  printf '%-12s %-6s %4d s\n' "$name" "$verdict" $((SECONDS - start))
}

# staticcheck_own leaves out what it finds in generated code, which is not ours to
# change. It exits with 1 for findings and with more when it could not look.
staticcheck_own() {
  local findings verdict=0
  findings="$(staticcheck ./...)" || verdict=$?
  findings="$(grep -Ev '^[^:]+\.pb(\.gw)?\.go:' <<<"$findings" | sed '/^$/d')"
  [ -z "$findings" ] || printf '%s\n' "$findings"
  [ -z "$findings" ] && [ "$verdict" -le 1 ]
}

# tidy says that go.mod and go.sum are not what the imports need, without the difference.
tidy() {
  if ! go mod tidy -diff >/dev/null; then
    echo "lint: go.mod or go.sum is not tidy; run 'go mod tidy'" >&2
    return 1
  fi
}

# Generation first: it copies what the .proto files import, which buf needs too.
check generated scripts/proto.sh --check
check format scripts/fmt.sh --check
check buf buf lint proto
check modules tidy
check vet go vet ./...
check staticcheck staticcheck_own
check determinism go run ./tools/nondeterminism/cmd/agonvet ./x/... ./app/...

if [ ${#failed[@]} -ne 0 ]; then
  echo "lint: failed: ${failed[*]}" >&2
  exit 1
fi
