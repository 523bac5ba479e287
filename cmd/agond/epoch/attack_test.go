package epoch

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/attack"
	"github.com/agon-chain/agon/x/scoring/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// attacked is what the command prints for arguments.
func attacked(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := attackCommand()
	var out, errs bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	cmd.SetArgs(args)
	cmd.SilenceErrors = true
	err := cmd.ExecuteContext(context.Background())
	require.Empty(t, errs.String(), "no progress where nobody watches")
	return out.String(), err
}

// small is a sweep that takes no time.
var small = []string{"--strategy", "self-dealing,copy", "--stake", "20,55", "--variant", "classic,yuma3", "--warm-up", "20", "--epochs", "5"}

func TestAttackPlaysByTheDefaultsOfANewSubnet(t *testing.T) {
	h := subnettypes.DefaultHyperparams()
	r := attack.DefaultRules()
	want := keeper.EpochParams(h, 0)
	want.Kappa, want.BondsPenalty, want.Yuma3, want.LiquidAlpha = 0, 0, false, false // a case sets them
	require.Equal(t, want, r.Params, "follow x/subnet/types in attack/rules.go, then rewrite docs/consensus.md: AGON_UPDATE_DOCS=1 go test -p 1 ./attack ./cmd/agond/epoch ./tools/attackplot")
	require.EqualValues(t, h.ExamReceipts, r.ExamReceipts)
	require.EqualValues(t, h.ExamOpenings, r.ExamOpenings)
	g := attack.DefaultGrid()
	require.EqualValues(t, h.Kappa, uint16(g.Kappas[0]*subnettypes.MaxFraction))
	require.EqualValues(t, h.BondsPenalty, uint16(g.Penalties[0]*subnettypes.MaxFraction))
}

func TestAttackTable(t *testing.T) {
	out, err := attacked(t, small...)
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(out, "(kappa 0.5, penalty 1)"))
	require.Regexp(t, `(?s)classic: the cabal's share.*yuma3: the cabal's share`, out)
	require.Regexp(t, `self-dealing *│ *0\.0 │ *100\.0 │`, out)

	out, err = attacked(t, append(small, "--output", "markdown", "--measure", "relative")...)
	require.NoError(t, err)
	require.Contains(t, out, "| self-dealing | 0.00 | >99 |")
}

func TestAttackCSVAndJSONAgree(t *testing.T) {
	out, err := attacked(t, append(small, "--output", "csv")...)
	require.NoError(t, err)
	lines, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 1+8)
	require.Equal(t, attack.Columns, lines[0])

	out, err = attacked(t, append(small, "--output", "json")...)
	require.NoError(t, err)
	var doc struct {
		Seed    uint64
		Results []map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(out), &doc))
	require.EqualValues(t, 1, doc.Seed)
	require.Len(t, doc.Results, 8)
	for i, r := range doc.Results {
		require.Len(t, r, len(attack.Columns))
		require.Equal(t, lines[i+1][0], r["strategy"])
		infinite := lines[i+1][11] == "inf"
		require.Equal(t, infinite, r["relative"] == nil)
		require.Equal(t, infinite, r["strategy"] == "self-dealing" && r["stake"] == 0.55)
	}
}

func TestAttackFullSweep(t *testing.T) {
	out, err := attacked(t, append(small, "--full", "--output", "csv")...)
	require.NoError(t, err)
	// Two variants, two strategies and two stakes under nine rules, and the header.
	require.Equal(t, 1+2*2*2*9, strings.Count(out, "\n"))
}

func TestAttackRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		says string
		kind error
	}{
		"strategy":   {[]string{"--strategy", "bribe"}, `strategy "bribe" is not known, choose of honest`, attack.ErrConfig},
		"stake":      {[]string{"--stake", "100"}, "--stake is 100 percent, choose above 0 and below 100", errFlag},
		"variant":    {[]string{"--variant", "yuma4"}, "choose of classic, yuma3, liquid-alpha", attack.ErrConfig},
		"kappa":      {[]string{"--kappa", "2"}, "kappa is 2, choose from 0 to 1", attack.ErrConfig},
		"penalty":    {[]string{"--penalty", "-0.5"}, "penalty is -0.5, choose from 0 to 1", attack.ErrConfig},
		"epochs":     {[]string{"--epochs", "0"}, "epochs is 0, choose from 1 to 10000", attack.ErrConfig},
		"average":    {[]string{"--bonds-moving-average", "1"}, "--bonds-moving-average is 1, choose from 0 to 0.999999", errFlag},
		"alpha":      {[]string{"--alpha-low", "0.95"}, "--alpha-low is 0.95 and above --alpha-high, which is 0.9: lower it", errFlag},
		"exam":       {[]string{"--exam-openings", "0"}, "both zero or neither", attack.ErrConfig},
		"output":     {[]string{"--output", "xml"}, `--output is "xml", choose of table, markdown, csv, json`, errFlag},
		"measure":    {[]string{"--measure", "luck"}, `--measure is "luck", choose of share`, errFlag},
		"full-kappa": {[]string{"--full", "--kappa", "0.5"}, "leave out one of --full and --kappa", errFlag},
		"empty":      {[]string{"--strategy", ""}, "--strategy, --stake, --variant, --kappa or --penalty is an empty list", errFlag},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := attacked(t, c.args...)
			require.ErrorIs(t, err, c.kind)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestAttackHelpNamesEverything(t *testing.T) {
	out, err := attacked(t, "--help")
	require.NoError(t, err)
	for _, name := range append(attack.Strategies(), attack.Columns...) {
		require.Contains(t, out, name)
	}
}

// playedBlock is, in a page, the output of a command below a line that names it.
var playedBlock = regexp.MustCompile("(?s)(<!-- output of: agond epoch attack([^\n]*?) -->\n).*?(<!-- end -->)")

// The page shows what the command prints. AGON_UPDATE_DOCS=1 rewrites it.
func TestConsensusPageShowsWhatAttackPrints(t *testing.T) {
	const page = "../../../docs/consensus.md"
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	blocks := playedBlock.FindAllStringSubmatch(string(text), -1)
	require.GreaterOrEqual(t, len(blocks), 3, "the page has lost its tables")
	fresh := playedBlock.ReplaceAllStringFunc(string(text), func(block string) string {
		part := playedBlock.FindStringSubmatch(block)
		out, err := attacked(t, append(strings.Fields(part[2]), "--output", "markdown")...)
		require.NoError(t, err)
		return part[1] + "\n" + out + "\n" + part[3]
	})
	if os.Getenv("AGON_UPDATE_DOCS") != "" {
		require.NoError(t, os.WriteFile(page, []byte(fresh), 0o644))
		return
	}
	require.Equal(t, fresh, string(text), "rewrite the page: AGON_UPDATE_DOCS=1 go test ./cmd/agond/epoch")
}
