package yuma

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// The files in testdata are figures recorded from the reference. Each test
// counts what it compared, so that lost files or renamed keys fail.

type vectorParams struct {
	Kappa                 uint16 `json:"kappa"`
	BondsPenalty          uint16 `json:"bonds_penalty"`
	BondsMovingAverage    uint64 `json:"bonds_moving_average"`
	Yuma3                 bool   `json:"yuma3_on"`
	LiquidAlpha           bool   `json:"liquid_alpha_on"`
	AlphaLow              uint16 `json:"alpha_low"`
	AlphaHigh             uint16 `json:"alpha_high"`
	AlphaSigmoidSteepness int16  `json:"alpha_sigmoid_steepness"`
	ActivityCutoff        uint64 `json:"activity_cutoff_blocks"`
	Tempo                 uint64 `json:"tempo"`
	MaxValidators         uint16 `json:"max_allowed_validators"`
	StakeThreshold        uint64 `json:"stake_threshold"`
	CommitReveal          bool   `json:"commit_reveal_on"`
	LastStepBlock         uint64 `json:"last_step_block"`
}

func (p vectorParams) params() Params {
	return Params{
		Kappa: p.Kappa, BondsPenalty: p.BondsPenalty, AlphaLow: p.AlphaLow, AlphaHigh: p.AlphaHigh,
		BondsMovingAverage: p.BondsMovingAverage, AlphaSigmoidSteepness: p.AlphaSigmoidSteepness,
		Yuma3: p.Yuma3, LiquidAlpha: p.LiquidAlpha, CommitReveal: p.CommitReveal,
		ActivityCutoff: p.ActivityCutoff, Tempo: p.Tempo, MaxValidators: p.MaxValidators,
		StakeThreshold: p.StakeThreshold, LastStepBlock: p.LastStepBlock,
	}
}

type vectorEpoch struct {
	Label    string       `json:"label"`
	Emission uint64       `json:"rao_emission"`
	Params   vectorParams `json:"params"`
	Input    struct {
		Block        uint64                 `json:"block"`
		LastUpdate   []uint64               `json:"last_update"`
		RegisteredAt []uint64               `json:"block_at_registration"`
		Stake        []uint64               `json:"stake"`
		Permits      []bool                 `json:"validator_permit"`
		Weights      map[string][][2]uint16 `json:"weights"`
		Bonds        map[string][][2]uint16 `json:"bonds"`
		Commits      [][2]uint64            `json:"commits"`
		OwnerUID     *int                   `json:"owner_uid"`
	} `json:"input"`
	Oracle struct {
		Incentive      []uint16      `json:"incentive_u16"`
		Dividends      []uint16      `json:"dividends_u16"`
		Consensus      []uint16      `json:"consensus_u16"`
		ValidatorTrust []uint16      `json:"validator_trust_u16"`
		StakeWeight    []uint16      `json:"stake_weight_u16"`
		Server         []uint64      `json:"server_emission"`
		Validator      []uint64      `json:"validator_emission"`
		Combined       []uint64      `json:"emission"`
		Active         []bool        `json:"active"`
		Permits        []bool        `json:"new_validator_permit"`
		Bonds          [][][2]uint16 `json:"bonds_u16"`
	} `json:"oracle"`
}

func vectorRow(row [][2]uint16) []Entry {
	out := make([]Entry, len(row))
	for k, e := range row {
		out[k] = Entry{UID: e[0], Value: e[1]}
	}
	return out
}

func vectorRows(t testing.TB, n int, rows map[string][][2]uint16) [][]Entry {
	out := make([][]Entry, n)
	for key, row := range rows {
		uid, err := strconv.Atoi(key)
		require.NoError(t, err)
		out[uid] = vectorRow(row)
	}
	return out
}

func (e *vectorEpoch) input(t testing.TB) *Input {
	n := len(e.Input.Stake)
	in := &Input{
		Block: e.Input.Block, N: n, Stake: e.Input.Stake, LastUpdate: e.Input.LastUpdate,
		RegisteredAt: e.Input.RegisteredAt, Permits: e.Input.Permits,
		Weights: vectorRows(t, n, e.Input.Weights), Bonds: vectorRows(t, n, e.Input.Bonds),
		OwnerUID: NoOwner,
	}
	if e.Input.OwnerUID != nil {
		in.OwnerUID = *e.Input.OwnerUID
	}
	for _, c := range e.Input.Commits {
		in.Commits = append(in.Commits, Commit{UID: uint16(c[0]), Block: c[1]})
	}
	return in
}

// sortedNonzero is the canonical form of a stored row.
func sortedNonzero(row []Entry) []Entry {
	out := []Entry{}
	for _, e := range row {
		if e.Value != 0 {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return int(a.UID) - int(b.UID) })
	return out
}

func readVectors(t testing.TB, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, into))
}

type vectorScenario struct {
	Name   string        `json:"name"`
	Epochs []vectorEpoch `json:"epochs"`
}

func epochScenarios(t testing.TB) []vectorScenario {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "epoch_*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	var all []vectorScenario
	for _, path := range paths {
		var file struct {
			Format    string           `json:"format"`
			Scenarios []vectorScenario `json:"scenarios"`
		}
		readVectors(t, filepath.Base(path), &file)
		require.Equal(t, "epoch-v1", file.Format, path)
		require.NotEmpty(t, file.Scenarios, path)
		all = append(all, file.Scenarios...)
	}
	return all
}

func TestEpochVectors(t *testing.T) {
	var w Workspace
	var out Output
	epochs := 0
	for _, s := range epochScenarios(t) {
		require.NotEmpty(t, s.Epochs, s.Name)
		t.Run(s.Name, func(t *testing.T) {
			for k := range s.Epochs {
				e := &s.Epochs[k]
				at := fmt.Sprintf("epoch %d %s", k, e.Label)
				in, n := e.input(t), len(e.Input.Stake)
				require.Len(t, e.Oracle.Incentive, n, at)
				require.NoError(t, w.Run(e.Params.params(), in, &out), at)

				require.Equal(t, e.Oracle.StakeWeight, out.StakeWeight, at)
				require.Equal(t, e.Oracle.Active, out.Active, at)
				require.Equal(t, e.Oracle.Permits, out.Permits, at)
				require.Equal(t, e.Oracle.Consensus, out.Consensus, at)
				require.Equal(t, e.Oracle.ValidatorTrust, out.ValidatorTrust, at)
				require.Equal(t, e.Oracle.Incentive, out.Incentive, at)
				require.Equal(t, e.Oracle.Dividends, out.Dividends, at)
				server, validator, combined := make([]uint64, n), make([]uint64, n), make([]uint64, n)
				out.Emission(e.Emission, server, validator, combined)
				require.Equal(t, e.Oracle.Server, server, at)
				require.Equal(t, e.Oracle.Validator, validator, at)
				require.Equal(t, e.Oracle.Combined, combined, at)
				require.Len(t, e.Oracle.Bonds, n, at)
				for i, row := range e.Oracle.Bonds {
					require.Equal(t, sortedNonzero(vectorRow(row)), append([]Entry{}, out.Bonds[i]...), "%s bonds of %d", at, i)
				}
				require.Empty(t, difference(runOracle(e.Params.params(), in), &out), at)
				epochs++
			}
		})
	}
	require.GreaterOrEqual(t, epochs, 172)
}

func TestWeightedMedianVectors(t *testing.T) {
	var file struct {
		Cases []struct {
			Kind         string          `json:"kind"`
			Name         string          `json:"name"`
			Stake        []int64         `json:"stake_bits"`
			Score        json.RawMessage `json:"score_bits"`
			Minority     int64           `json:"minority_bits"`
			Low          int64           `json:"partition_lo_bits"`
			High         int64           `json:"partition_hi_bits"`
			Majority     int64           `json:"majority_bits"`
			ExpectedBits json.RawMessage `json:"expected_bits"`
		} `json:"cases"`
	}
	readVectors(t, "weighted_median.json", &file)
	seen := map[string]int{}
	for _, c := range file.Cases {
		seen[c.Kind]++
		t.Run(c.Name, func(t *testing.T) {
			switch c.Kind {
			case "weighted_median":
				var score []int64
				var want int64
				require.NoError(t, json.Unmarshal(c.Score, &score))
				require.NoError(t, json.Unmarshal(c.ExpectedBits, &want))
				require.Zero(t, c.Low)
				var sum int64
				for _, s := range c.Stake {
					sum += s
				}
				require.Equal(t, c.High, sum)
				require.Equal(t, want, splitMedian(c.Stake, score, indices(len(score)), c.Minority, c.Low, c.High))
				require.Equal(t, want, int64(fastMedian(c.Stake, score, c.Minority)))
			case "weighted_median_col":
				var score [][]int64
				var want []int64
				require.NoError(t, json.Unmarshal(c.Score, &score))
				require.NoError(t, json.Unmarshal(c.ExpectedBits, &want))
				require.Equal(t, want, oracleMedians(c.Stake, score, len(want), c.Majority))
				for j := range want {
					require.Equal(t, want[j], int64(fastMedianColumn(c.Stake, score, j, c.Majority)))
				}
			default:
				t.Fatalf("unknown kind %q", c.Kind)
			}
		})
	}
	require.GreaterOrEqual(t, seen["weighted_median"], 6)
	require.GreaterOrEqual(t, seen["weighted_median_col"], 129)
}

// fastMedian is the median of the epoch on plain lists.
func fastMedian(stake, score []int64, minority int64) uint64 {
	m := medianer{minority: minority, scratch: make([]uint64, len(stake))}
	var c column
	for k, s := range stake {
		m.stake = append(m.stake, uint64(s))
		m.sum += uint64(s)
		if score[k] != 0 {
			c.keys = append(c.keys, packKey(uint64(score[k]), k))
			c.support += uint64(s)
		}
	}
	return m.median(c)
}

func fastMedianColumn(stake []int64, score [][]int64, j int, majority int64) uint64 {
	var use []uint64
	var column []int64
	for i, s := range stake {
		if s > 0 {
			use = append(use, uint64(s))
			column = append(column, score[i][j])
		}
	}
	normalize(use)
	var signed []int64
	var sum int64
	for _, s := range use {
		signed = append(signed, int64(s))
		sum += int64(s)
	}
	return fastMedian(signed, column, sum-majority)
}

func TestScalarVectors(t *testing.T) {
	var file struct {
		Cases []struct {
			Fn      string          `json:"fn"`
			Args    []string        `json:"args"`
			K       int             `json:"k"`
			InBits  []int64         `json:"in_bits"`
			In      []uint16        `json:"in_"`
			OutBits []int64         `json:"out_bits"`
			Out     json.RawMessage `json:"out"`
		} `json:"cases"`
	}
	readVectors(t, "math_scalars.json", &file)
	seen := map[string]int{}
	for _, c := range file.Cases {
		seen[c.Fn]++
		t.Run(fmt.Sprintf("%s-%d", c.Fn, seen[c.Fn]), func(t *testing.T) {
			switch c.Fn {
			case "exp_safe":
				require.Equal(t, c.OutBits[0], expSafe(c.InBits[0]))
				require.Equal(t, c.OutBits[0], oracleExp(c.InBits[0]))
			case "alpha_sigmoid":
				require.Equal(t, []string{"consensus", "weight", "bond", "alpha_low", "alpha_high", "steepness"}, c.Args)
				x := c.InBits
				s := newSigmoid(x[3], x[4], x[5])
				d := distance(uint64(x[0]), uint64(x[1]), uint64(x[2]))
				require.Equal(t, c.OutBits[0], int64(s.alpha(d)))
				require.Equal(t, c.OutBits[0], oracleAlpha(x[0], x[1], x[2], x[3], x[4], x[5]))
			case "vec_u16_max_upscale_to_u16":
				var want []uint16
				require.NoError(t, json.Unmarshal(c.Out, &want))
				got := make([]uint16, len(c.In))
				MaxUpscale(got, c.In)
				require.Equal(t, append([]uint16{}, want...), got)
			case "is_topk_nonzero":
				var want []bool
				require.NoError(t, json.Unmarshal(c.Out, &want))
				shares, got := make([]uint64, len(c.InBits)), make([]bool, len(c.InBits))
				for i, v := range c.InBits {
					shares[i] = uint64(v)
				}
				topNonzero(shares, c.K, got, nil)
				require.Equal(t, append([]bool{}, want...), got)
			default:
				t.Fatalf("unknown function %q", c.Fn)
			}
		})
	}
	require.GreaterOrEqual(t, seen["exp_safe"], 16)
	require.GreaterOrEqual(t, seen["alpha_sigmoid"], 60)
	require.GreaterOrEqual(t, seen["vec_u16_max_upscale_to_u16"], 31)
	require.GreaterOrEqual(t, seen["is_topk_nonzero"], 20)
}
