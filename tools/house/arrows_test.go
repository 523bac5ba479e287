package house

import (
	"slices"
	"strings"
	"testing"
)

var (
	// What belongs to the machinery of a chain.
	sdk = []string{
		"github.com/cosmos/cosmos-sdk", "github.com/cosmos/gogoproto", "github.com/cosmos/ibc-go", "github.com/cometbft",
		"cosmossdk.io", "app", "chain",
	}
	daemons = []string{"miner", "validator", "gateway", "localnet", "chain", "cmd"}
)

// arrows are the imports that may not be. Packages are named below the module; those of others in full.
var arrows = []struct {
	packages []string
	not      []string // what they may not import
	but      []string // what of that they may
	deep     bool     // through any number of packages, not only in one's own import lines
	why      string
}{
	{
		packages: []string{"x/scoring/yuma", "x/scoring/explain", "x/scoring/exam", "x/model/content", "x/model/content/disk", "x/emission/curve", "x/payment/split", "x/stake/pool", "x/stake/shares", "internal/wide"},
		not:      append([]string{"task", "google.golang.org"}, sdk...),
		deep:     true,
		why:      "arithmetic that anyone can check runs without a chain",
	},
	{
		packages: []string{"attack"},
		not:      append([]string{"x", "task", "wire", "miner", "validator", "gateway", "localnet", "google.golang.org"}, sdk...),
		but:      []string{"x/scoring/yuma"},
		deep:     true,
		why:      "what attacks earn is arithmetic, reckoned without a chain",
	},
	{
		packages: []string{"wire", "task"},
		not:      append([]string{"x", "miner", "validator", "gateway", "localnet"}, sdk...),
		deep:     true,
		why:      "clients in other programs use the wire and the tasks without a chain",
	},
	{
		packages: []string{"verify"},
		not:      append([]string{"x", "wire", "task", "miner", "validator", "gateway", "localnet", "google.golang.org"}, sdk...),
		deep:     true,
		why:      "whether a model gave an answer is arithmetic, for anyone to check without a chain or a network",
	},
	{
		packages: []string{"lm"},
		not:      append([]string{"x", "verify", "wire", "task", "miner", "validator", "gateway", "localnet", "cmd", "google.golang.org"}, sdk...),
		deep:     true,
		why:      "models are computed, trained and verified without a chain and without a network",
	},
	{
		packages: []string{"lm/gguf", "lm/quant", "lm/tokenizer", "lm/sample"},
		not:      []string{"lm/train"},
		deep:     true,
		why:      "whoever serves a model needs no trainer",
	},
	{
		packages: []string{"lm/train/mat", "lm/train/bpe", "lm/train/corpus"},
		not:      []string{"lm"},
		deep:     true,
		why:      "products, vocabularies and texts know no model",
	},
	{
		packages: []string{"task"},
		not:      []string{"wire", "net/http/httptest"},
		why:      "a task knows what is asked and how it is judged, and not how it travels",
	},
	{
		packages: []string{"x", "app"},
		not:      append([]string{"task"}, daemons...),
		why:      "the chain stands without its daemons, and knows a task by its name alone",
	},
	{
		packages: []string{"x"},
		not:      []string{"app"},
		but:      []string{"app/params"},
		why:      "only app and cmd know every module; app/params is names alone",
	},
	{
		packages: []string{"x/subnet"},
		not:      []string{"x/stake", "x/scoring", "x/emission"},
		but:      []string{"x/emission/curve"},
		why:      "subnet <- stake <- scoring <- emission",
	},
	{
		packages: []string{"x/stake"},
		not:      []string{"x/scoring", "x/emission"},
		why:      "subnet <- stake <- scoring <- emission",
	},
	{
		packages: []string{"x/scoring"},
		not:      []string{"x/emission"},
		why:      "subnet <- stake <- scoring <- emission",
	},
	{
		packages: []string{"x/subnet", "x/stake", "x/scoring", "x/emission"},
		not:      []string{"x/crowdfund"},
		why:      "crowdfund stands on subnet and stake, and nothing on it",
	},
	{
		packages: []string{"x/crowdfund"},
		not:      []string{"x/scoring", "x/emission"},
		but:      []string{"x/emission/curve"},
		why:      "crowdfund stands on subnet and stake",
	},
	{
		packages: []string{"x/subnet", "x/stake", "x/scoring", "x/emission", "x/crowdfund"},
		not:      []string{"x/model"},
		why:      "model stands on subnet, which calls it through hooks",
	},
	{
		packages: []string{"x/subnet", "x/stake", "x/scoring", "x/emission", "x/crowdfund", "x/model", "x/payment"},
		not:      []string{"x/dispute"},
		why:      "dispute stands on subnet, stake and scoring, and nothing on it",
	},
	{
		packages: []string{"x/dispute"},
		not:      []string{"x/emission", "x/crowdfund", "x/model", "x/payment"},
		but:      []string{"x/emission/curve"},
		why:      "dispute stands on subnet, stake and scoring",
	},
	{
		packages: []string{"x/model", "x/payment"},
		not:      []string{"x/stake", "x/scoring", "x/emission", "x/crowdfund"},
		but:      []string{"x/emission/curve"},
		why:      "models stand on subnet alone, payments on both",
	},
	{
		packages: []string{"x/subnet", "x/stake", "x/scoring", "x/emission", "x/crowdfund", "x/model"},
		not:      []string{"x/payment"},
		why:      "payment stands on subnet and model, and nothing on it",
	},
	{
		packages: []string{"x/*/types"},
		not:      []string{"x/*/keeper"},
		why:      "a module is seen by others through its types and the interfaces that they declare",
	},
	{
		packages: []string{"chain"},
		not:      []string{"miner", "validator", "gateway", "localnet"},
		why:      "daemons stand on chain, not the other way",
	},
	{
		packages: []string{"client"},
		not:      []string{"miner", "validator", "gateway", "localnet", "app"},
		why:      "an application carries no daemon",
	},
	{
		packages: []string{"miner"},
		not:      []string{"validator", "gateway", "localnet"},
		why:      "daemons meet on the wire",
	},
	{
		packages: []string{"validator"},
		not:      []string{"miner", "gateway", "localnet"},
		why:      "daemons meet on the wire",
	},
	{
		packages: []string{"gateway"},
		not:      []string{"miner", "validator", "localnet"},
		why:      "daemons meet on the wire",
	},
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, name) })
}

func TestArrows(t *testing.T) {
	all := packages(t)
	seen := 0
	for _, a := range arrows {
		for _, p := range all {
			if !matchesAny(a.packages, p.name()) {
				continue
			}
			seen++
			imports := p.Imports
			if a.deep {
				imports = p.Deps
			}
			for _, i := range imports {
				name := i
				if own, ok := strings.CutPrefix(i, module+"/"); ok {
					name = own
				}
				if matchesAny(a.not, name) && !matchesAny(a.but, name) {
					t.Errorf("%s imports %s: %s", p.name(), name, a.why)
				}
			}
		}
	}
	if seen < 10 {
		t.Fatalf("the table is about %d packages of %d: it no longer describes this module", seen, len(all))
	}
}

// A row about a package that was renamed guards nothing. The rooms to come may be named before they are built.
func TestArrowsNamePackagesThatExist(t *testing.T) {
	toCome := []string{"x/model", "x/payment", "gateway", "chain", "miner", "validator"}
	all := packages(t)
	for _, a := range arrows {
		for _, pattern := range a.packages {
			exists := slices.ContainsFunc(all, func(p pkg) bool { return matches(pattern, p.name()) })
			if !exists && !slices.Contains(toCome, pattern) {
				t.Errorf("a rule is about %s, which does not exist: follow the package to its new name", pattern)
			}
		}
	}
}
