#!/usr/bin/env bash
# Format hand-written Go code and the .proto files.
#
#   scripts/fmt.sh           format in place
#   scripts/fmt.sh --check   list what is not formatted and fail
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode="${1:-write}"
case "$mode" in
  write | --check) ;;
  *)
    echo "fmt.sh: unknown argument $mode; use none or --check" >&2
    exit 2
    ;;
esac

tools="$(scripts/tools.sh gofumpt buf)"
PATH="$tools:$PATH"

# Hand-written files: neither generated, nor the odd ones that analyzers are tested on.
mapfile -d '' -t files < <(
  find . \( -name '.?*' -o -name third_party -o -name testdata -o -name node_modules \) -prune -o \
    -name '*.go' -not -name '*.pb.go' -not -name '*.pb.gw.go' -print0
)
if [ ${#files[@]} -eq 0 ]; then
  echo "fmt.sh: no Go file found" >&2
  exit 1
fi

if [ "$mode" = write ]; then
  gofumpt -w "${files[@]}"
  buf format -w proto
  exit 0
fi

bad=0
unformatted="$(gofumpt -l "${files[@]}")"
if [ -n "$unformatted" ]; then
  echo "$unformatted"
  bad=1
fi
# buf names the files in the heads of the differences that it prints.
if ! difference="$(buf format -d --exit-code proto)"; then
  sed -n 's/^+++ \([^\t]*\).*/\1/p' <<<"$difference"
  bad=1
fi
if [ "$bad" -ne 0 ]; then
  echo "fmt.sh: run 'make fmt'" >&2
fi
exit "$bad"
