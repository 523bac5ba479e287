package main

import (
	"go/constant"
	"go/token"
	"go/types"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// page is docs/capacity.md by its rows of tables.
func page(t *testing.T) (constants map[string]string, derived [][]string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/capacity.md")
	require.NoError(t, err)
	constants = map[string]string{}
	head := ""
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "|") {
			head = ""
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		switch {
		case head == "":
			head = cells[0] + " " + cells[1]
		case strings.HasPrefix(cells[0], "---"):
		case head == "name value":
			constants[cells[0]] = cells[1]
		case head == "what formula":
			derived = append(derived, cells)
		}
	}
	require.Greater(t, len(constants), 20)
	require.Greater(t, len(derived), 20)
	return constants, derived
}

// Every derived number is its formula over the constants, to the last digit that is shown.
func TestPageIsItsFormulas(t *testing.T) {
	constants, derived := page(t)
	name := regexp.MustCompile(`\b[a-z][a-z_]*\b`)
	for _, row := range derived {
		what, formula, shown := row[0], row[1], row[2]
		expr := name.ReplaceAllStringFunc(formula, func(n string) string {
			require.Contains(t, constants, n, what)
			return "float64(" + constants[n] + ")"
		})
		v, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expr)
		require.NoError(t, err, "%s: %s", what, formula)
		got, _ := constant.Float64Val(constant.ToFloat(v.Value))
		want, err := strconv.ParseFloat(shown, 64)
		require.NoError(t, err, what)
		require.InDelta(t, want, got, 0.501*step(shown), "%s: the page says %s, %s is %g", what, shown, formula, got)
	}
}

// step is what the last digit of a number is worth; zeros at the end of a whole number are no digits.
func step(shown string) float64 {
	if _, decimals, ok := strings.Cut(shown, "."); ok {
		return math.Pow10(-len(decimals))
	}
	if len(shown) <= 3 {
		return 1
	}
	return math.Pow10(len(shown) - len(strings.TrimRight(shown, "0")))
}

// What the page takes from the code is what the code says.
func TestPageIsTheCodes(t *testing.T) {
	constants, _ := page(t)
	number := func(name string) float64 {
		v, err := strconv.ParseFloat(constants[name], 64)
		require.NoError(t, err, name)
		return v
	}
	p, h := app.ConsensusParams(), subnettypes.DefaultHyperparams()
	for name, want := range map[string]float64{
		"max_bytes": float64(p.Block.MaxBytes), "max_gas": float64(p.Block.MaxGas), "tempo": float64(h.Tempo), "block_s": blockTime.Seconds(),
		"neurons": float64(h.MaxNeurons), "validators": float64(h.MaxValidators), "subnets": float64(subnettypes.DefaultParams().MaxSubnets),
	} {
		require.InDelta(t, want, number(name), 0, name)
	}

	id := cmttypes.BlockID{Hash: make([]byte, 32), PartSetHeader: cmttypes.PartSetHeader{Total: 22, Hash: make([]byte, 32)}}
	at := time.Date(2026, time.January, 1, 0, 0, 0, 1, time.UTC)
	vote := cmttypes.Vote{
		Type: 2, Height: 15_768_000, BlockID: id, Timestamp: at, ValidatorAddress: make([]byte, 20), ValidatorIndex: 99, Signature: make([]byte, 64),
	}
	require.InDelta(t, float64(vote.ToProto().Size()), number("vote_bytes"), 20)
	signed := vote.CommitSig()
	require.InDelta(t, float64(signed.ToProto().Size()), number("commit_sig_bytes"), 10)
}

// The transactions weigh what the page says. Gas moves a little with what state holds.
func TestPageIsItsTransactions(t *testing.T) {
	constants, _ := page(t)
	got, err := transactions(t.TempDir(), shape{Neurons: 256, Validators: 64})
	require.NoError(t, err)
	for kind, name := range map[string]string{"commit": "commit", "reveal": "reveal", "axon": "axon", "claim of 256": "claim", "send": "send"} {
		for unit, measured := range map[string]float64{"bytes": float64(got[kind].Bytes), "gas": float64(got[kind].Gas)} {
			shown, err := strconv.ParseFloat(constants[name+"_"+unit], 64)
			require.NoError(t, err)
			require.InEpsilon(t, measured, shown, 0.05, "%s of %s is %.0f now: write it into docs/capacity.md and follow the numbers", unit, kind, measured)
		}
	}
}
