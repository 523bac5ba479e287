package house

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// maxLines is the length from which a file is about more than one thing.
const maxLines = 600

// goFiles calls do with each Go file of ours, by its path from the root, and fails if there are next to none.
func goFiles(t *testing.T, suffix string, least int, do func(name string, text []byte)) {
	t.Helper()
	found := 0
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			hidden := strings.HasPrefix(name, ".") && file != root
			if hidden || name == "testdata" || name == "node_modules" || name == "third_party" || name == "bin" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, suffix) {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		found++
		rel, err := filepath.Rel(root, file)
		do(filepath.ToSlash(rel), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < least {
		t.Fatalf("found %d files that end in %s, expected at least %d", found, suffix, least)
	}
}

// generated follows the convention of `go generate`: a line of this form before the package clause.
func generated(text []byte) bool {
	head, _, _ := bytes.Cut(text, []byte("\npackage "))
	return bytes.HasPrefix(head, []byte("// Code generated ")) || bytes.Contains(head, []byte("\n// Code generated "))
}

func TestFilesAreShort(t *testing.T) {
	goFiles(t, ".go", 30, func(name string, text []byte) {
		if n := bytes.Count(text, []byte("\n")); n > maxLines && !generated(text) {
			t.Errorf("%s has %d lines, at most %d: cut it by subject", name, n, maxLines)
		}
	})
}

func TestPackageNamesSaySomething(t *testing.T) {
	for _, p := range packages(t) {
		switch last := p.ImportPath[strings.LastIndex(p.ImportPath, "/")+1:]; last {
		case "util", "utils", "common", "helpers", "misc":
			t.Errorf("%s: a package is named for what it is, %s is nothing", p.ImportPath, last)
		}
	}
}

// Subtest names are joined by hyphens: with spaces they can neither be read in the output nor given to -run.
func TestSubtestNamesHaveNoSpaces(t *testing.T) {
	goFiles(t, "_test.go", 5, func(name string, text []byte) {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, text, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			for _, lit := range subtestNames(n) {
				if s, err := strconv.Unquote(lit.Value); err == nil && strings.ContainsAny(s, " \t\n") {
					t.Errorf("%s: subtest %q: join the words by hyphens", fset.Position(lit.Pos()), s)
				}
			}
			return true
		})
	})
}

// subtestNames are the names that one node gives to subtests: t.Run("…"), a key of a map from name to case, or a field
// `name: "…"` of a case.
func subtestNames(n ast.Node) []*ast.BasicLit {
	text := func(e ast.Expr) *ast.BasicLit {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			return lit
		}
		return nil
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		sel, ok := n.Fun.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Run" || len(n.Args) != 2 {
			return nil
		}
		receiver, ok := sel.X.(*ast.Ident)
		if lit := text(n.Args[0]); ok && lit != nil && (receiver.Name == "t" || receiver.Name == "b") {
			return []*ast.BasicLit{lit}
		}
	case *ast.RangeStmt:
		// for name, c := range map[string]T{"a-case": …} { t.Run(name, …) }
		key, ok := n.Key.(*ast.Ident)
		cases, isLit := n.X.(*ast.CompositeLit)
		if !ok || !isLit || key.Name != "name" {
			return nil
		}
		var names []*ast.BasicLit
		for _, e := range cases.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if lit := text(kv.Key); lit != nil {
					names = append(names, lit)
				}
			}
		}
		return names
	}
	return nil
}

func TestSubtestNamesAreFound(t *testing.T) {
	const src = `package p
func TestX(t *testing.T) {
	t.Run("a b", nil)
	for name, c := range map[string]int{"c d": 1} { t.Run(name, nil) }
	cmd.Run("not a subtest", nil)
}`
	file, err := parser.ParseFile(token.NewFileSet(), "x_test.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	ast.Inspect(file, func(n ast.Node) bool {
		for _, lit := range subtestNames(n) {
			got = append(got, lit.Value)
		}
		return true
	})
	if want := `"a b" "c d"`; strings.Join(got, " ") != want {
		t.Errorf("found %v, want %s", got, want)
	}
}

// TestReplaces keeps the chain on stock releases: the SDK's own two replacements, and none of the SDK, CometBFT or IBC.
func TestReplaces(t *testing.T) {
	allowed := map[string]string{
		"github.com/99designs/keyring": "github.com/cosmos/keyring",
		"github.com/syndtr/goleveldb":  "github.com/syndtr/goleveldb",
	}
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Module  struct{ Path string }
		Replace []struct {
			Old, New struct{ Path, Version string }
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	if mod.Module.Path != module {
		t.Fatalf("read the go.mod of %q, want %q", mod.Module.Path, module)
	}
	for _, r := range mod.Replace {
		if allowed[r.Old.Path] != r.New.Path {
			t.Errorf("go.mod replaces %s by %s: only the two that the SDK needs may be replaced", r.Old.Path, r.New.Path)
		}
	}
}
