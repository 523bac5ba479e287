package main

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/sample"
)

// toy is a model whose logits are a function of what came before.
type toy struct {
	seed         uint64
	blend, noise float64 // how much of another model is in it, and how much another engine's arithmetic moves it
}

const vocabulary, endToken = 32, 31

func (m toy) row(before []int) []float32 {
	h := uint64(99)
	for _, id := range before {
		h = h*6364136223846793005 + uint64(id) + 1442695040888963407
	}
	own, other, noise := rand.New(rand.NewPCG(h, 7)), rand.New(rand.NewPCG(h, 8+m.seed)), rand.New(rand.NewPCG(h, 9))
	out := make([]float32, vocabulary)
	for i := range out {
		out[i] = float32(2*((1-m.blend)*own.NormFloat64()+m.blend*other.NormFloat64()) + m.noise*noise.NormFloat64())
	}
	out[endToken] -= 3
	return out
}

func (m toy) generate(_ context.Context, prompt []int, s sample.Sampler, n int) (answer, error) {
	var a answer
	before := append([]int(nil), prompt...)
	for i := range n {
		id, p := s.Pick(m.row(before), i)
		a.tokens, a.claimed = append(a.tokens, id), append(a.claimed, p)
		if id == endToken {
			a.ended = true
			break
		}
		before = append(before, id)
	}
	return a, nil
}

func (m toy) logits(_ context.Context, prompt, completion []int) ([][]float32, error) {
	before := append([]int(nil), prompt...)
	var out [][]float32
	for _, id := range completion {
		out = append(out, m.row(before))
		before = append(before, id)
	}
	return out, nil
}

// The bench finds what toys do, meets its goals on them, and writes its page; the same plan gives the same outcome.
func TestBenchOnToys(t *testing.T) {
	c := cast{
		pinned: toy{}, variants: map[string]model{"another engine": toy{noise: 0.004}},
		smaller: toy{seed: 1, blend: 0.6}, heavier: toy{seed: 2, blend: 0.15}, tuned: toy{seed: 3, blend: 0.4}, end: endToken,
	}
	prompts := func(n int) []int { return []int{n % 31, n / 31 % 31, n / 961} }
	p := plan{Calibration: 200, Probes: 120, Honest: 240, Peer: 120, Trials: 200, Tokens: 24, Seed: 1}
	out, err := run(t.Context(), c, prompts, p, io.Discard)
	require.NoError(t, err)
	require.NoError(t, out.goals())
	by := map[string]result{}
	for _, r := range out.Results {
		by[r.Miner] = r
	}
	require.Len(t, out.Results, len(c.miners()))
	require.Zero(t, by["relay"].Accused[2], "a relay's answers are the pinned model's")
	require.Equal(t, 1.0, round(by["padded usage"].Accused[1]))
	require.Less(t, by["prefill attack"].Layers["claim"], 1.0, "its numbers are true")
	require.Greater(t, by["colluding pair"].Layers["duplicate"], 3.0)
	require.Less(t, by["cached answers"].Layers["duplicate"], 3.0)

	again, err := run(t.Context(), c, prompts, p, io.Discard)
	require.NoError(t, err)
	out.Seconds, again.Seconds = 0, 0
	require.Equal(t, out, again)

	page := filepath.Join(t.TempDir(), "page.md")
	require.ErrorContains(t, out.write(page, page+".json"), "no such file")
	require.NoError(t, os.WriteFile(page, []byte("# Page\n"), 0o600))
	require.ErrorContains(t, out.write(page, page+".json"), "no place for the table")
	require.NoError(t, os.WriteFile(page, []byte("# Page\n"+begin+"\nold\n"+end+"\nafter\n"), 0o600))
	require.NoError(t, out.write(page, page+".json"))
	b, err := os.ReadFile(page)
	require.NoError(t, err)
	require.NotContains(t, string(b), "old")
	require.Contains(t, string(b), "| **relay**")
	require.Contains(t, string(b), "after\n")
}

func round(v float64) float64 { return float64(int(v*1000+0.5)) / 1000 }
