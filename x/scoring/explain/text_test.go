package explain

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

var update = flag.Bool("update", false, "write the texts in testdata anew")

type epoch struct {
	p  yuma.Params
	in *yuma.Input
}

// honest is two honest validators with a permit, 0 and 1, a third, 2, that gives
// its friend 4 everything, and the miners 3 and 4.
func honest() epoch {
	return epoch{
		yuma.Params{
			Kappa: 32767, BondsPenalty: 65535, BondsMovingAverage: 900000, ActivityCutoff: 100, Tempo: 10, MaxValidators: 3,
			AlphaLow: 45875, AlphaHigh: 58982, AlphaSigmoidSteepness: 1000,
		},
		&yuma.Input{
			Block: 1000, N: 5, Stake: []uint64{400, 350, 250, 0, 0}, LastUpdate: []uint64{990, 985, 980, 900, 900},
			RegisteredAt: make([]uint64, 5), Permits: []bool{true, true, true, false, false},
			Weights: [][]yuma.Entry{
				{{UID: 3, Value: 40000}, {UID: 4, Value: 10000}},
				{{UID: 3, Value: 40000}, {UID: 4, Value: 10000}},
				{{UID: 4, Value: 65535}},
				nil, nil,
			},
			Bonds: [][]yuma.Entry{
				{{UID: 3, Value: 65535}, {UID: 4, Value: 65535}}, {{UID: 3, Value: 50000}, {UID: 4, Value: 60000}}, nil, nil, nil,
			},
			OwnerUID: yuma.NoOwner,
		},
	}
}

var cases = []struct {
	name   string
	uid    int
	change func(*epoch)
	o      Options
	whyNot bool
}{
	{name: "honest-validator", uid: 0},
	{name: "clipped-colluder", uid: 2},
	{name: "friend-of-colluder", uid: 4, o: Options{Paid: []uint64{0, 0, 0, 0, 1234567890}, Decimals: 9, Unit: "alpha"}},
	{
		name: "self-weight", uid: 4, whyNot: true,
		change: func(e *epoch) {
			for i := range 3 {
				e.in.Weights[i] = []yuma.Entry{{UID: 3, Value: 1}}
			}
			e.in.Weights[4] = []yuma.Entry{{UID: 4, Value: 65535}}
			e.in.Permits[4], e.in.Stake[4], e.p.MaxValidators = true, 100, 4
		},
	},
	{
		name: "masked-weight", uid: 4, whyNot: true,
		change: func(e *epoch) { e.in.RegisteredAt[4] = 990 },
	},
	{
		name: "committed-before", uid: 4, whyNot: true,
		change: func(e *epoch) {
			e.p.CommitReveal, e.in.RegisteredAt[4] = true, 970
			e.in.Commits = []yuma.Commit{{UID: 0, Block: 965}, {UID: 1, Block: 960}, {UID: 2, Block: 975}}
		},
	},
	{name: "inactive-validator", uid: 0, whyNot: true, change: func(e *epoch) {
		e.in.LastUpdate[0] = 899
		e.p.Yuma3 = true
	}},
	{name: "inactive-validator-miner", uid: 4, change: func(e *epoch) { e.in.LastUpdate[0] = 899 }},
	{
		name: "below-threshold", uid: 2, whyNot: true, o: Options{Decimals: 2, Unit: "alpha"},
		change: func(e *epoch) { e.p.StakeThreshold = 300 },
	},
	{name: "outranked", uid: 2, whyNot: true, change: func(e *epoch) { e.p.MaxValidators, e.in.Permits[2] = 2, false }},
	{
		name: "consensus-zero", uid: 4, whyNot: true,
		change: func(e *epoch) {
			e.in.Weights[0], e.in.Weights[1] = []yuma.Entry{{UID: 3, Value: 9}}, []yuma.Entry{{UID: 3, Value: 9}, {UID: 4, Value: 0}}
		},
	},
	{name: "consensus-zero-validator", uid: 2, whyNot: true, change: func(e *epoch) {
		e.in.Weights[0], e.in.Weights[1] = []yuma.Entry{{UID: 3, Value: 9}}, []yuma.Entry{{UID: 3, Value: 9}}
	}},
	{name: "nobody-weighs-it", uid: 4, whyNot: true, change: func(e *epoch) {
		for i := range 3 {
			e.in.Weights[i] = []yuma.Entry{{UID: 3, Value: 1}}
		}
	}},
	{name: "fallback", uid: 0, whyNot: true, change: func(e *epoch) { clear(e.in.Weights) }},
	{name: "fallback-inactive", uid: 3, whyNot: true, change: func(e *epoch) { e.in.Block = 5000 }},
	{name: "liquid-alpha", uid: 1, change: func(e *epoch) {
		e.p.Yuma3, e.p.LiquidAlpha, e.p.BondsPenalty = true, true, 32768
		e.in.Bonds[1], e.in.Weights[1] = []yuma.Entry{{UID: 3, Value: 10000}, {UID: 4, Value: 60000}}, []yuma.Entry{{UID: 3, Value: 1}}
	}},
	{name: "owner", uid: 1, change: func(e *epoch) {
		e.in.OwnerUID, e.in.Stake[1], e.in.Weights[1] = 1, 0, []yuma.Entry{{UID: 1, Value: 100}, {UID: 3, Value: 100}}
	}},
	{name: "both-roles", uid: 3, whyNot: true, change: func(e *epoch) {
		e.in.Stake[3], e.in.Permits[3], e.p.MaxValidators = 200, true, 4
		e.in.Weights[3] = []yuma.Entry{{UID: 3, Value: 40000}, {UID: 4, Value: 1000}}
	}},
	{name: "many-rows", uid: 30, change: many, o: names(60)},
	{name: "many-rows-validator", uid: 0, change: many},
	{name: "all-rows", uid: 30, change: many, o: Options{AllRows: true}},
}

// many is thirty validators and thirty miners.
func many(e *epoch) {
	const n, validators = 60, 30
	in := &yuma.Input{
		Block: 1000, N: n, Stake: make([]uint64, n), LastUpdate: make([]uint64, n), RegisteredAt: make([]uint64, n),
		Permits: make([]bool, n), Weights: make([][]yuma.Entry, n), Bonds: make([][]yuma.Entry, n), OwnerUID: yuma.NoOwner,
	}
	for i := range validators {
		in.Stake[i], in.LastUpdate[i], in.Permits[i] = uint64(1000+i*i*7%100), 950, true
		for j := validators; j < n; j++ {
			in.Weights[i] = append(in.Weights[i], yuma.Entry{UID: uint16(j), Value: uint16(1000 + (i*j*j)%77)})
		}
	}
	e.in, e.p.MaxValidators = in, 40
}

func names(n int) (o Options) {
	for i := range n {
		o.Names = append(o.Names, fmt.Sprintf("agon1%04d", i*i))
	}
	o.Names[7] = ""
	return o
}

func TestTexts(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x := honest()
			if c.change != nil {
				c.change(&x)
			}
			e, err := yuma.Explain(x.p, x.in, c.uid)
			require.NoError(t, err)
			var got bytes.Buffer
			require.NoError(t, Text(&got, e, c.o))
			if c.whyNot {
				fmt.Fprintf(&got, "--why-not\n\n")
				require.NoError(t, WhyNotText(&got, e, c.o))
			}
			for k, line := range strings.Split(got.String(), "\n") {
				require.Equal(t, strings.TrimRight(line, " "), line, "line %d ends in a space", k+1)
			}
			requireGolden(t, c.name+".txt", got.Bytes())
		})
	}
}

// Programs read the JSON: its names and numbers are as stable as the text.
func TestJSON(t *testing.T) {
	x := honest()
	x.in.RegisteredAt[4] = 980
	e, err := yuma.Explain(x.p, x.in, 4)
	require.NoError(t, err)
	got, err := json.MarshalIndent(struct {
		Explanation *yuma.Explanation `json:"explanation"`
		WhyNot      []Cause           `json:"why_not"`
	}{e, WhyNot(e, Options{})}, "", "  ")
	require.NoError(t, err)
	requireGolden(t, "json.json", append(got, '\n'))
}

func requireGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "write it with: go test ./x/scoring/explain -update")
	require.Equal(t, string(want), string(got))
}

// full refuses everything after so many bytes.
type full struct{ left int }

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

func TestWriteErrorsAreReturned(t *testing.T) {
	x := honest()
	e, err := yuma.Explain(x.p, x.in, 3)
	require.NoError(t, err)
	for _, write := range []func(*full) error{
		func(f *full) error { return Text(f, e, Options{}) },
		func(f *full) error { return WhyNotText(f, e, Options{}) },
	} {
		for left := range 200 {
			require.ErrorIs(t, write(&full{left: left}), errFull)
		}
	}
}
