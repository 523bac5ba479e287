#!/usr/bin/env bash
# Generate Go code and the OpenAPI description from proto/agon.
#
#   scripts/proto.sh           regenerate in place
#   scripts/proto.sh --check   regenerate aside and fail if the tree differs
#
# No schema registry is asked: third-party files are copied from the Go module
# cache, at the versions that go.mod selects, into third_party/proto (not
# committed), which buf.yaml names as a second module.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode="${1:-write}"
case "$mode" in
  write | --check) ;;
  *)
    echo "proto.sh: unknown argument $mode; use none or --check" >&2
    exit 2
    ;;
esac

module="$(go list -m)"
openapi="app/openapi/openapi.json"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# module_dir PATH prints where the selected version of a module is unpacked,
# fetching it when needed. Run from outside the tree, so that go.sum is not touched.
module_dir() {
  local version
  version="$(go list -m -f '{{.Version}}' "$1")"
  (cd "$work" && go mod download -json "$1@$version") | sed -n 's/^\t"Dir": "\(.*\)",\{0,1\}$/\1/p'
}

# copy_protos FROM TO copies the .proto files below FROM, keeping their paths.
copy_protos() {
  mkdir -p "$2"
  (cd "$1" && find . -name '*.proto' -print0 | tar --null -cf - -T -) | tar -C "$2" --no-same-owner --no-same-permissions -xf -
}

vendor_protos() {
  local sdk cosmos_proto gogoproto gateway dir
  sdk="$(module_dir github.com/cosmos/cosmos-sdk)"
  cosmos_proto="$(module_dir github.com/cosmos/cosmos-proto)"
  gogoproto="$(module_dir github.com/cosmos/gogoproto)"
  gateway="$(module_dir github.com/grpc-ecosystem/grpc-gateway)"

  # The stamp names what was copied; nothing is done while it is unchanged.
  local stamp="$sdk $cosmos_proto $gogoproto $gateway"
  if [ "$(cat third_party/proto/.stamp 2>/dev/null)" = "$stamp" ]; then
    return
  fi
  dir="$work/third_party"
  copy_protos "$sdk/proto" "$dir"
  copy_protos "$cosmos_proto/proto/cosmos_proto" "$dir/cosmos_proto"
  copy_protos "$gogoproto/gogoproto" "$dir/gogoproto"
  copy_protos "$gateway/third_party/googleapis/google" "$dir/google"
  chmod -R u+w "$dir"
  echo "$stamp" >"$dir/.stamp"
  rm -rf third_party/proto
  mkdir -p third_party
  cp -r "$dir" third_party/proto
}

# generated lists the generated files below a folder, relative to it, sorted.
generated() {
  (
    cd "$1"
    find . -path ./third_party -prune -o -path './x/*/types/*' \( -name '*.pb.go' -o -name '*.pb.gw.go' \) -print
    [ ! -f "$openapi" ] || echo "./$openapi"
  ) | sort
}

tools="$(scripts/tools.sh buf protoc-gen-gocosmos protoc-gen-grpc-gateway protoc-gen-openapiv2)"
PATH="$tools:$PATH"
vendor_protos

if [ -z "$(find proto -name '*.proto' -print -quit)" ]; then
  echo "proto.sh: no .proto file below proto/" >&2
  exit 1
fi

buf generate proto --template buf.gen.yaml --output "$work/out"

fresh="$work/fresh"
mkdir -p "$fresh/$(dirname "$openapi")"
stray="$(find "$work/out" -name '*.go' -not -path "$work/out/$module/x/*/types/*")"
if [ -n "$stray" ]; then
  echo "proto.sh: go_package must be $module/x/<module>/types; generated elsewhere:" >&2
  echo "$stray" | sed "s|^$work/out/|  |" >&2
  exit 1
fi
cp -r "$work/out/$module/x" "$fresh/x"
# Every module has a service Query, and the plugin merges them as if they were
# one: name operations and tags for the module, which the path tells, and drop
# the list of tags. The input is the plugin's own layout, one key a line.
awk '
  /^  "tags": \[/ { skip = 1 }
  skip { if (/^  \]/) skip = 0; next }
  !titled && sub(/"title": "[^"]*"/, "\"title\": \"Agon\"") { titled = 1 }
  sub(/"version": "version not set"/, "\"version\": \"v1\"") {}
  /^    "\/agon\// { split($0, part, "/"); name = part[3] }
  /^        "operationId": / { sub(/"Query_/, "\"" name "_") }
  /^          "Query"$/ { sub(/Query/, name) }
  { print }
' "$work/out/openapi.swagger.json" >"$fresh/$openapi"

if [ "$mode" = --check ]; then
  bad=0
  while read -r file; do
    if ! cmp -s "$fresh/$file" "$file"; then
      echo "not as generated: ${file#./}" >&2
      bad=1
    fi
  done < <({ generated . && generated "$fresh"; } | sort -u)
  if [ "$bad" -ne 0 ]; then
    echo "proto.sh: run 'make proto' and commit the result" >&2
    exit 1
  fi
  echo "generated code is up to date"
  exit 0
fi

written=0 removed=0
while read -r file; do
  if [ ! -f "$fresh/$file" ]; then
    rm -f "$file"
    removed=$((removed + 1))
  elif ! cmp -s "$fresh/$file" "$file"; then
    mkdir -p "$(dirname "$file")"
    cp "$fresh/$file" "$file"
    written=$((written + 1))
  fi
done < <({ generated . && generated "$fresh"; } | sort -u)
echo "proto: $(generated "$fresh" | wc -l) files generated, $written written, $removed removed"
