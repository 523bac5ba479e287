package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"sync"
	"testing"
)

// root is the repository's root, seen from this package.
const root = "../.."

const module = "github.com/agon-chain/agon"

// pkg is what `go list` knows of one package.
type pkg struct {
	ImportPath, Dir, Doc string
	Imports, Deps        []string
	GoFiles              []string
	Standard             bool
}

// name is the import path below the module.
func (p pkg) name() string { return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/") }

var list = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Doc,Imports,Deps,GoFiles", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, errors.Join(err, errors.New(stderr.String()))
	}
	var packages []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
})

// packages are those of the module; a walk that finds next to none has looked in the wrong place.
func packages(t *testing.T) []pkg {
	t.Helper()
	found, err := list()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	if len(found) < 10 {
		t.Fatalf("go list found %d packages, expected the whole module", len(found))
	}
	return found
}

// matches reports whether a name is a pattern or lies under it: "x/stake" has "x/stake" and "x/stake/pool". A pattern
// may hold path.Match's wildcards: "x/*/keeper".
func matches(pattern, name string) bool {
	parts := strings.Split(name, "/")
	n := strings.Count(pattern, "/") + 1
	if len(parts) < n {
		return false
	}
	ok, err := path.Match(pattern, strings.Join(parts[:n], "/"))
	return err == nil && ok
}

func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment: say in doc.go what it is for and what it is not", p.ImportPath)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"x", "x/stake", true},
		{"x/stake", "x/stake", true},
		{"x/stake", "x/stake/pool", true},
		{"x/stake", "x/staked", false},
		{"x/*/keeper", "x/stake/keeper", true},
		{"x/*/keeper", "x/stake/types", false},
		{"x/*/keeper", "x/stake", false},
		{"github.com/cosmos", "github.com/cosmos/cosmos-sdk/types", true},
	} {
		if got := matches(c.pattern, c.name); got != c.want {
			t.Errorf("%s against %s: %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}
