package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/localnet"
)

// TestUnderLoad calls a small network for some seconds. How well it does is for `make torture`: here the machine may be busy.
func TestUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a network")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	o := options{
		dir: filepath.Join(t.TempDir(), "net"), bin: filepath.Join(root, "bin"), data: filepath.Join(root, ".agon", "data", "udhr"),
		loadDuration: 10 * time.Second, loadBlockTime: 600 * time.Millisecond, rate: 20, miners: 4, validators: 2, tempo: 18,
		patience: 2 * time.Minute, seed: 1, log: slog.New(slog.DiscardHandler),
	}
	cfg := localnet.DefaultConfig(o.dir)
	cfg.BinDir, cfg.Subnets[0].DataDir = o.bin, o.data
	if err := cfg.Validate(); err != nil {
		t.Skipf("%s", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var row Row
	seen, err := underLoad(ctx, o, &row)
	require.NoError(t, err)
	require.Equal(t, 200, row.Calls)
	require.Less(t, row.Failed, row.Calls, seen.calls.why())
	require.Positive(t, seen.blocks.mean)
	for _, kind := range memoryKinds {
		mean, _, _ := seen.memory.trend(kind)
		require.Greater(t, mean, 10.0, kind)
	}
	t.Log(row.Markdown())
}

// flat is memory that all kinds of programs hold for so many seconds, growing by so much an hour.
func flat(seconds, perHour float64) *memory {
	m := &memory{samples: map[string][]float64{}}
	for i := range 100 {
		at := seconds * float64(i) / 99
		m.at = append(m.at, at)
		for _, kind := range memoryKinds {
			m.samples[kind] = append(m.samples[kind], 100+perHour*at/3600)
		}
	}
	return m
}

// TestWhatLoadMustNotDo finds each thing that goes wrong, and nothing in a run in which all is well.
func TestWhatLoadMustNotDo(t *testing.T) {
	o := options{loadBlockTime: 2 * time.Second, tempo: 60}
	well := func() *loaded {
		return &loaded{
			calls: &rated{sent: 10_000, took: make([]time.Duration, 9_995), fails: map[string]int{"no answer": 5}}, blocks: blockTimes{blocks: 600, mean: 2300 * time.Millisecond},
			epochs: []*epochs{{epochs: 10}, {epochs: 11}}, memory: flat(1800, 10),
		}
	}
	require.NoError(t, well().judge(o))
	for says, change := range map[string]func(*loaded){
		"25 % more than 2s":                     func(l *loaded) { l.blocks.mean = 2500 * time.Millisecond },
		"9 epochs of subnet 1":                  func(l *loaded) { l.epochs[0].epochs = 9 },
		"1 had no fresh weights":                func(l *loaded) { l.epochs[1].stale = 1 },
		"0.50 % of calls failed: 50 times late": func(l *loaded) { l.calls.took, l.calls.fails = l.calls.took[:9_950], map[string]int{"late": 50} },
		"memory of the gateway grew":            func(l *loaded) { l.memory = flat(1800, 100) },
	} {
		l := well()
		change(l)
		err := l.judge(o)
		require.ErrorIs(t, err, errLoad, says)
		require.ErrorContains(t, err, says)
	}
	short := well()
	short.memory = flat(300, 1000)
	require.NoError(t, short.judge(o), "programs that warm up")
}
