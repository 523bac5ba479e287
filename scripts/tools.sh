#!/usr/bin/env bash
# Install the named development tools at their pinned versions and print the
# PATH prefix under which they are found:
#
#   PATH="$(scripts/tools.sh buf gofumpt):$PATH"
#
# Without names every tool is installed. A tool lives in .bin/<name>-<version>/,
# so that a changed pin is a new folder and never a stale program.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# name, version, main package.
pins='
buf                     v1.75.0  github.com/bufbuild/buf/cmd/buf
protoc-gen-gocosmos     v1.7.2   github.com/cosmos/gogoproto/protoc-gen-gocosmos
protoc-gen-grpc-gateway v1.16.0  github.com/grpc-ecosystem/grpc-gateway/protoc-gen-grpc-gateway
protoc-gen-openapiv2    v2.27.3  github.com/grpc-ecosystem/grpc-gateway/v2/protoc-gen-openapiv2
gofumpt                 v0.9.2   mvdan.cc/gofumpt
staticcheck             v0.7.0   honnef.co/go/tools/cmd/staticcheck
gotestsum               v1.13.0  gotest.tools/gotestsum
cyclonedx-gomod         v1.9.0   github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
'

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  mapfile -t names < <(awk 'NF { print $1 }' <<<"$pins")
fi

path=""
for name in "${names[@]}"; do
  read -r version package < <(awk -v n="$name" '$1 == n { print $2, $3 }' <<<"$pins") || {
    echo "tools.sh: no tool named $name; pinned are:" $(awk 'NF { print $1 }' <<<"$pins") >&2
    exit 2
  }
  dir="$root/.bin/$name-$version"
  if [ ! -x "$dir/$name" ]; then
    echo "installing $name $version" >&2
    # Built into a folder beside and moved, so that an interrupted or a
    # concurrent install never leaves half a tool. Built from outside the
    # module, so that its go.mod has no say.
    mkdir -p "$dir"
    staging="$(mktemp -d "$root/.bin/.install.XXXXXX")"
    (cd "$staging" && GOBIN="$staging" GOFLAGS= CGO_ENABLED=0 go install "$package@$version") >&2
    mv -f "$staging/$name" "$dir/$name"
    rm -rf "$staging"
  fi
  path="${path:+$path:}$dir"
done
echo "$path"
