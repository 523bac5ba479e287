package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/train"
	"github.com/agon-chain/agon/lm/train/bpe"
	"github.com/agon-chain/agon/lm/train/corpus"
	"github.com/stretchr/testify/require"
)

// small is a whole training in little: texts, a base, and a child of it.
func small(t *testing.T, workers int) (*maker, []plan) {
	t.Helper()
	var x texts
	for i := range 8 {
		year := 1850 + 20*i
		x.training = append(x.training, corpus.Document{
			Name: fmt.Sprint(year), Year: year, Text: strings.Repeat(fmt.Sprintf("In the year %d we the people met. ", year), 30),
		})
	}
	for _, year := range []int{1855, 1925, 1975} {
		x.heldOut = append(x.heldOut, corpus.Document{Name: fmt.Sprint(year), Year: year, Text: fmt.Sprintf("In the year %d we met.", year)})
	}
	x.heldOut = append(
		x.heldOut,
		corpus.Document{Name: "ca01", Genre: "news", Text: "The Jury said Friday."},
		corpus.Document{Name: "ck01", Genre: "fiction", Text: "Thirty-three. He said nothing."},
	)
	var err error
	x.vocab, err = bpe.Train([]string{x.training[0].Text, x.training[5].Text}, 280)
	require.NoError(t, err)
	run := plans[0].run
	run.Config = train.Config{Vocab: 280, Dim: 32, Layers: 1, Heads: 2, KVHeads: 1, FFN: 32, Context: 16, RopeBase: 10000, NormEps: 1e-5}
	run.Batch, run.Schedule = 4, train.Schedule{Peak: 1e-2, Floor: 1e-3, Warmup: 2, Steps: 45}
	child := run
	child.Schedule.Steps = 5
	m := &maker{texts: x, work: t.TempDir(), workers: workers, out: &bytes.Buffer{}}
	m.plans = []plan{
		{name: "parent", about: "All", own: "all", initSeed: 1, keep: func(corpus.Document) bool { return true }, run: run},
		{name: "child", about: "Early", own: "early", parent: "parent", keep: early, run: child},
	}
	return m, m.plans
}

func makeAll(t *testing.T, ctx context.Context, m *maker, plans []plan) map[string][]byte {
	t.Helper()
	var models []trained
	for _, p := range plans {
		params, tokens, err := m.train(ctx, p)
		require.NoError(t, err)
		models = append(models, trained{p, params, tokens})
	}
	dir := t.TempDir()
	require.NoError(t, m.release(models, dir))
	files := map[string][]byte{}
	for _, p := range plans {
		for _, name := range []string{modelFile, "card.json", "card.md"} {
			raw, err := os.ReadFile(filepath.Join(dir, p.name, name))
			require.NoError(t, err)
			files[p.name+"/"+name] = raw
		}
		_, err := lm.Open(filepath.Join(dir, p.name, modelFile), lm.Options{})
		require.NoError(t, err)
	}
	return files
}

// stopping ends the context when a line of progress has been written.
type stopping struct{ stop context.CancelFunc }

func (s stopping) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("loss")) {
		s.stop()
	}
	return len(line), nil
}

// However often it is stopped and with how many workers, it writes the same files; what is done is not done again.
func TestMakeIsReproducible(t *testing.T) {
	m, plans := small(t, 1)
	want := makeAll(t, t.Context(), m, plans)

	m, plans = small(t, 2)
	ctx, stop := context.WithCancel(t.Context())
	m.out = stopping{stop}
	_, _, err := m.train(ctx, plans[0])
	require.ErrorIs(t, err, context.Canceled)
	file, err := m.checkpoint(plans[0])
	require.NoError(t, err)
	_, state, err := train.LoadState(file)
	require.NoError(t, err)
	require.Equal(t, reportEvery, state.Step)
	m.out = &bytes.Buffer{}
	require.Equal(t, want, makeAll(t, t.Context(), m, plans))

	out := &bytes.Buffer{}
	m.out = out
	require.Equal(t, want, makeAll(t, t.Context(), m, plans))
	require.Contains(t, out.String(), "step 45 of 45")
	require.NotContains(t, out.String(), "to go")
}

// A child is not taken for trained when its parent's plan has changed, nor begun before the parent is done.
func TestCheckpointsKnowTheirParents(t *testing.T) {
	m, plans := small(t, 1)
	_, _, err := m.train(t.Context(), plans[1])
	require.ErrorIs(t, err, fs.ErrNotExist)
	before, err := m.checkpoint(plans[1])
	require.NoError(t, err)
	m.plans[0].initSeed++
	after, err := m.checkpoint(plans[1])
	require.NoError(t, err)
	require.NotEqual(t, before, after)

	ctx, stop := context.WithCancel(t.Context())
	m.out = stopping{stop}
	_, _, err = m.train(ctx, m.plans[0])
	require.ErrorIs(t, err, context.Canceled)
	_, _, err = m.train(t.Context(), m.plans[1])
	require.ErrorContains(t, err, "parent, is at step 20 of 45; train it first")
}
