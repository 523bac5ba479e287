package nondeterminism

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"
)

func TestFindings(t *testing.T) {
	results := analysistest.Run(t, analysistest.TestData(), Analyzer, "chain", "directives")
	found := map[string]bool{} // by package, whose variant with tests comes beside the one without
	for _, r := range results {
		found[r.Pass.Pkg.Path()] = found[r.Pass.Pkg.Path()] || len(r.Diagnostics) > 0
	}
	for _, path := range []string{"chain", "directives"} {
		if !found[path] {
			t.Errorf("%s: no findings: the test tests nothing", path)
		}
	}
}

func TestPrintsPointer(t *testing.T) {
	for format, want := range map[string]bool{
		"%p": true, "at %#p.": true, "%[1]p": true, "%d then %p": true,
		"": false, "%": false, "100%": false, "%%p": false, "%d percent": false, "%s%%p": false,
	} {
		if got := printsPointer(format); got != want {
			t.Errorf("%q: %v, want %v", format, got, want)
		}
	}
}
