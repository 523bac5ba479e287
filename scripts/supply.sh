#!/usr/bin/env bash
# What the programs are made of.
#
#   scripts/supply.sh sbom [FILE]   CycloneDX bill of materials (dist/sbom.json), with licences
#   scripts/supply.sh licences      table of the dependencies' licences
#   scripts/supply.sh check         go mod verify, and no dependency without a licence
#                                   that the project accepts
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools="$(scripts/tools.sh cyclonedx-gomod)"
PATH="$tools:$PATH"

# Licences under which a dependency may be linked into the programs: permissive
# ones, and MPL-2.0, whose terms end at its own files.
accepted='Apache-2.0 MIT BSD-2-Clause BSD-3-Clause BSD-2-Clause-FreeBSD 0BSD ISC MPL-2.0 Unlicense CC0-1.0 Zlib'

# Licences that the detector does not find, or takes for others: read in each
# module's LICENSE. A module that ends in / stands for all under it.
read_by_hand='
golang.org/x/                  BSD-3-Clause
github.com/cosmos/btree        MIT
github.com/cosmos/gogoproto    BSD-3-Clause
github.com/flynn/noise         BSD-3-Clause
github.com/hashicorp/go-metrics MIT
github.com/rcrowley/go-metrics BSD-2-Clause
github.com/tidwall/btree       MIT
'

bill() { cyclonedx-gomod mod -licenses -json -output-version 1.6 -output "$1" . 2>/dev/null; }

# table prints module, version, licences for each component of a bill.
table() {
  jq -r '.components[] | [.name, .version, ([.evidence.licenses[]?, .licenses[]?] | map(.license.id // .license.name // .expression) | unique | join(" "))] | @tsv' "$1" |
    while IFS=$'\t' read -r name version licences; do
      by_hand="$(awk -v n="$name" '$1 == n || ($1 ~ /\/$/ && index(n, $1) == 1) { print $2 }' <<<"$read_by_hand")"
      licences="${by_hand:-$licences}"
      printf '%s\t%s\t%s\n' "$name" "$version" "${licences:-unknown}"
    done
}

case "${1:-}" in
  sbom)
    out="${2:-dist/sbom.json}"
    mkdir -p "$(dirname "$out")"
    bill "$out"
    echo "$out: $(jq '.components | length' "$out") components"
    ;;
  licences)
    file="$(mktemp)"
    trap 'rm -f "$file"' EXIT
    bill "$file"
    table "$file" | column -t -s $'\t'
    ;;
  check)
    file="$(mktemp)"
    trap 'rm -f "$file"' EXIT
    go mod verify
    bill "$file"
    failed=0
    while IFS=$'\t' read -r name version licences; do
      ok=0
      for licence in $licences; do
        [[ " $accepted " != *" $licence "* ]] || ok=1
      done
      if [ "$ok" -eq 0 ]; then
        echo "supply.sh: $name $version has licence $licences; accepted are: $accepted" >&2
        failed=1
      fi
    done < <(table "$file")
    table "$file" | cut -f3 | tr ' ' '\n' | sort | uniq -c | sort -rn
    exit "$failed"
    ;;
  *)
    sed -n '2,8p' "$0" >&2
    exit 2
    ;;
esac
