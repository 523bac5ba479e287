package scenario_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/scoring/yuma"
	"github.com/agon-chain/agon/x/scoring/yuma/scenario"
)

func readFile(t testing.TB, path string) scenario.Document {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	d, err := scenario.Read(f)
	require.NoError(t, err, path)
	return d
}

func references(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "epoch_*.json"))
	require.NoError(t, err)
	require.Len(t, paths, 2)
	return paths
}

// TestReplayGivesTheReference compares every column of every epoch, through the document's own form.
func TestReplayGivesTheReference(t *testing.T) {
	epochs := 0
	for _, path := range references(t) {
		d := readFile(t, path)
		steps := 0
		got, err := scenario.Replay(d, func() { steps++ })
		require.NoError(t, err)
		require.Len(t, got.Scenarios, len(d.Scenarios))
		for k, s := range d.Scenarios {
			require.Equal(t, s.Name, got.Scenarios[k].Name)
			require.Len(t, got.Scenarios[k].Epochs, len(s.Epochs), s.Name)
			for e := range s.Epochs {
				want := *s.Epochs[e].Oracle
				for uid, row := range want.Bonds {
					row = slices.DeleteFunc(row, func(e yuma.Entry) bool { return e.Value == 0 })
					slices.SortFunc(row, func(a, b yuma.Entry) int { return int(a.UID) - int(b.UID) })
					want.Bonds[uid] = row
				}
				wantJSON, err := json.Marshal(want)
				require.NoError(t, err)
				gotJSON, err := json.Marshal(got.Scenarios[k].Epochs[e])
				require.NoError(t, err)
				require.Equal(t, string(wantJSON), string(gotJSON), "%s, epoch %d", s.Name, e)
				epochs++
				steps--
			}
		}
		require.Zero(t, steps)
	}
	require.GreaterOrEqual(t, epochs, 172)
}

// TestDocumentsSurviveTheArithmeticsForm: what an exporter makes of an input is the input.
func TestDocumentsSurviveTheArithmeticsForm(t *testing.T) {
	for _, path := range references(t) {
		for _, s := range readFile(t, path).Scenarios {
			for k, e := range s.Epochs {
				in, err := e.Input.Yuma()
				require.NoError(t, err)
				again := scenario.Document{Format: scenario.Format, Scenarios: []scenario.Scenario{{Name: s.Name, Epochs: []scenario.Epoch{{
					Label: e.Label, Emission: e.Emission, Params: scenario.NewParams(e.Params.Yuma()), Input: scenario.NewInput(in),
				}}}}}
				raw, err := json.Marshal(again)
				require.NoError(t, err)
				back, err := scenario.Read(bytes.NewReader(raw))
				require.NoError(t, err)
				require.Equal(t, e.Params, back.Scenarios[0].Epochs[0].Params, "%s, epoch %d", s.Name, k)
				got, err := back.Scenarios[0].Epochs[0].Input.Yuma()
				require.NoError(t, err)
				// An absent row and an empty one are the same.
				for i := range in.Weights {
					in.Weights[i], got.Weights[i] = append([]yuma.Entry{}, in.Weights[i]...), append([]yuma.Entry{}, got.Weights[i]...)
					in.Bonds[i], got.Bonds[i] = append([]yuma.Entry{}, in.Bonds[i]...), append([]yuma.Entry{}, got.Bonds[i]...)
				}
				require.Equal(t, in, got, "%s, epoch %d", s.Name, k)
			}
		}
	}
}

func TestEveryParameterIsWritten(t *testing.T) {
	p := yuma.Params{
		Kappa: 1, BondsPenalty: 2, AlphaLow: 3, AlphaHigh: 4, BondsMovingAverage: 5, AlphaSigmoidSteepness: -6, Yuma3: true,
		LiquidAlpha: true, CommitReveal: true, BondsDecayOmitted: true, ActivityCutoff: 7, Tempo: 8, MaxValidators: 9,
		StakeThreshold: 10, LastStepBlock: 11,
	}
	require.Equal(t, p, scenario.NewParams(p).Yuma())
}

func TestBadDocuments(t *testing.T) {
	const epoch = `{"scenarios":[{"name":"one","epochs":[{"params":{},"input":{"stake":[1,2],"last_update":[0,0],` +
		`"block_at_registration":[0,0],"validator_permit":[true,true],"weights":{WEIGHTS},"bonds":{},"commits":[COMMITS],"owner_uid":OWNER}}]}]}`
	with := func(weights, commits, owner string) string {
		return strings.NewReplacer("WEIGHTS", weights, "COMMITS", commits, "OWNER", owner).Replace(epoch)
	}
	for name, c := range map[string]struct {
		text string
		is   error
		says string
	}{
		"empty":             {"", scenario.ErrFormat, "EOF"},
		"no-json":           {"hello", scenario.ErrFormat, "invalid character"},
		"no-scenarios":      {"{}", scenario.ErrFormat, `no "scenarios"`},
		"another-format":    {`{"format":"epoch-v2","scenarios":[]}`, scenario.ErrFormat, `"epoch-v2", want "epoch-v1"`},
		"two-documents":     {`{"scenarios":[]}{}`, scenario.ErrFormat, "follows the document"},
		"one-number":        {with(`"0":[[1]]`, "", "null"), scenario.ErrFormat, "entry 0 of a row has 1 numbers"},
		"value-too-large":   {with(`"0":[[1,65536]]`, "", "null"), scenario.ErrFormat, "65536"},
		"negative-uid":      {with(`"-1":[[1,2]]`, "", "null"), scenario.ErrFormat, "-1"},
		"row-out-of-range":  {with(`"7":[[1,2]]`, "", "null"), scenario.ErrFormat, `scenario "one", epoch 0: not a document of epochs: weights has a row of uid 7`},
		"uid-out-of-range":  {with(`"0":[[2,2]]`, "", "null"), yuma.ErrUID, "names uid 2"},
		"uid-twice":         {with(`"0":[[1,2],[1,3]]`, "", "null"), yuma.ErrDuplicate, "uid 1"},
		"commit-of-nobody":  {with(``, "[9,1]", "null"), scenario.ErrFormat, "commits[0] names uid 9"},
		"owner-of-nowhere":  {with(``, "", "5"), yuma.ErrUID, "owner_uid is 5"},
		"columns-of-unlike": {strings.Replace(with(``, "", "null"), `"last_update":[0,0]`, `"last_update":[0]`, 1), yuma.ErrSize, "last_update has 1 entries"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := scenario.Read(strings.NewReader(c.text))
			if err == nil {
				_, err = scenario.Replay(d, nil)
			}
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func FuzzReplayNeverPanics(f *testing.F) {
	f.Add([]byte(`{"scenarios":[{"name":"a","epochs":[{"params":{"kappa":32767},"input":{"stake":[1],"last_update":[1],"block_at_registration":[0],"validator_permit":[true],"weights":{"0":[[0,1]]}}}]}]}`))
	for _, path := range references(f) {
		d := readFile(f, path)
		d.Scenarios = d.Scenarios[:1]
		d.Scenarios[0].Epochs = d.Scenarios[0].Epochs[:1]
		raw, err := json.Marshal(d)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := scenario.Read(bytes.NewReader(raw))
		if err != nil {
			require.ErrorIs(t, err, scenario.ErrFormat)
			return
		}
		if got, err := scenario.Replay(d, nil); err == nil {
			_, err = json.Marshal(got)
			require.NoError(t, err)
		}
	})
}
