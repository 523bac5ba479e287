package lm_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/sample"
)

var warm = sample.Sampler{Params: sample.Params{Temperature: 0.9, TopK: 100, TopP: 0.95}, Seed: sample.Seed{1}}

func generate(t *testing.T, m *lm.Model, r lm.Request) lm.Completion {
	t.Helper()
	c, err := m.NewSession(lm.SessionOptions{}).Generate(t.Context(), r)
	require.NoError(t, err)
	return c
}

// What is generated can be verified by a prefill alone: the log-probabilities are the same bit for bit, and every choice is
// the one that the seed forces.
func TestGenerateScoreReplay(t *testing.T) {
	for _, s := range []shape{odd, whole(gguf.Q8_0)} {
		m := s.model(t)
		prompt := []int{1, 260, 270}
		c := generate(t, m, lm.Request{Prompt: prompt, MaxTokens: 60, Sampler: warm})
		require.Equal(t, c, generate(t, m, lm.Request{Prompt: prompt, MaxTokens: 60, Sampler: warm}), "the seed decides")
		other := warm
		other.Seed[0]++
		require.NotEqual(t, c.Text, generate(t, m, lm.Request{Prompt: prompt, MaxTokens: 60, Sampler: other}).Text)

		ids := make([]int, len(c.Tokens))
		for i, tok := range c.Tokens {
			ids[i] = tok.ID
		}
		scores, err := m.NewSession(lm.SessionOptions{Batch: 7}).Score(t.Context(), prompt, ids)
		require.NoError(t, err)
		for i, tok := range c.Tokens {
			require.Equal(t, math.Float64bits(tok.LogProb), math.Float64bits(scores[i]))
		}
		at := 0
		require.NoError(t, m.NewSession(lm.SessionOptions{}).Each(t.Context(), append(prompt, ids[:len(ids)-1]...), len(prompt)-1, func(_ int, logits []float32) error {
			low, high := sample.Interval(logits, warm.Params, ids[at])
			u := sample.Uniform(warm.Seed, at)
			require.True(t, low <= u && u < high, "token %d: %v not in [%v, %v)", at, u, low, high)
			at++
			return nil
		}))
		require.Equal(t, len(ids), at)
	}
}

// Streamed parts make the text, never end within a character, and never show a beginning of a stop string that then ends it.
func TestStopAndStream(t *testing.T) {
	m := odd.model(t)
	request := lm.Request{Prompt: []int{1, 260}, MaxTokens: 100, Sampler: warm}
	whole := generate(t, m, request)
	require.Equal(t, lm.ReasonLength, whole.Reason)
	require.Greater(t, len(whole.Text), 50)
	for n := 1; n <= 4; n++ {
		for at := 10; at+n < 40; at++ {
			stop := whole.Text[at : at+n]
			if !utf8.ValidString(stop) {
				continue // no request can carry it
			}
			var parts []string
			request.Stop = []string{"never there", stop, stop + "x"}
			request.OnText = func(s string) error {
				require.NotEmpty(t, s)
				parts = append(parts, s)
				return nil
			}
			c := generate(t, m, request)
			want, _, _ := strings.Cut(whole.Text, stop)
			require.Equal(t, want, c.Text, "stopped by %q", stop)
			require.Equal(t, lm.ReasonStop, c.Reason)
			require.Nil(t, c.End)
			require.Equal(t, want, strings.Join(parts, ""))
			require.Equal(t, whole.Tokens[:len(c.Tokens)], c.Tokens)
		}
	}
}

func TestGenerateEnds(t *testing.T) {
	m := odd.model(t)
	t.Run("context", func(t *testing.T) {
		s := m.NewSession(lm.SessionOptions{Context: 20})
		c, err := s.Generate(t.Context(), lm.Request{Prompt: []int{1, 2, 3}, Sampler: warm})
		require.NoError(t, err)
		require.Equal(t, lm.ReasonLength, c.Reason)
		require.Len(t, c.Tokens, 18, "17 that fit, and one that follows the last")
	})
	t.Run("end-token", func(t *testing.T) {
		// A vocabulary in which every token but the bytes is an end would be odd; so draw until one comes.
		for seed := range 200 {
			warm := warm
			warm.Params = sample.Params{Temperature: 2, TopP: 1}
			warm.Seed = sample.Seed{9, byte(seed)}
			c := generate(t, m, lm.Request{Prompt: []int{1}, MaxTokens: 140, Sampler: warm})
			if c.End == nil {
				continue
			}
			require.Equal(t, 2, c.End.ID)
			require.Equal(t, lm.ReasonStop, c.Reason)
			require.Less(t, c.End.LogProb, 0.0)
			return
		}
		t.Fatal("no generation has ended by itself")
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		c, err := m.NewSession(lm.SessionOptions{}).Generate(ctx, lm.Request{Prompt: []int{1}, Sampler: warm, OnText: func(string) error {
			if n++; n == 5 {
				cancel()
			}
			return nil
		}})
		require.ErrorIs(t, err, context.Canceled)
		require.NotEmpty(t, c.Tokens)
		require.Less(t, len(c.Tokens), 100)
	})
	t.Run("reader-gone", func(t *testing.T) {
		gone := errors.New("gone")
		_, err := m.NewSession(lm.SessionOptions{}).Generate(t.Context(), lm.Request{Prompt: []int{1}, Sampler: warm, OnText: func(string) error { return gone }})
		require.ErrorIs(t, err, gone)
	})
}

func TestGenerateRefuses(t *testing.T) {
	m := odd.model(t)
	good := lm.Request{Prompt: []int{1}, Sampler: warm}
	for name, c := range map[string]struct {
		change func(*lm.Request)
		is     error
	}{
		"no-prompt":   {func(r *lm.Request) { r.Prompt = nil }, lm.ErrEmpty},
		"bad-token":   {func(r *lm.Request) { r.Prompt = []int{odd.vocab} }, lm.ErrToken},
		"long-prompt": {func(r *lm.Request) { r.Prompt = make([]int, odd.context+1) }, lm.ErrContextFull},
		"temperature": {func(r *lm.Request) { r.Sampler.Params.Temperature = -1 }, sample.ErrParams},
		"max-tokens":  {func(r *lm.Request) { r.MaxTokens = -1 }, lm.ErrRequest},
		"empty-stop":  {func(r *lm.Request) { r.Stop = []string{""} }, lm.ErrRequest},
		"long-stop":   {func(r *lm.Request) { r.Stop = []string{strings.Repeat("s", lm.MaxStopLen+1)} }, lm.ErrRequest},
		"many-stops":  {func(r *lm.Request) { r.Stop = make([]string, lm.MaxStops+1) }, lm.ErrRequest},
	} {
		t.Run(name, func(t *testing.T) {
			r := good
			c.change(&r)
			_, err := m.NewSession(lm.SessionOptions{}).Generate(t.Context(), r)
			require.ErrorIs(t, err, c.is)
		})
	}
	s := m.NewSession(lm.SessionOptions{})
	_, err := s.Score(t.Context(), nil, []int{1})
	require.ErrorIs(t, err, lm.ErrEmpty)
	_, err = s.Score(t.Context(), []int{1}, nil)
	require.ErrorIs(t, err, lm.ErrEmpty)
	_, err = s.Score(t.Context(), []int{1}, []int{-1})
	require.ErrorIs(t, err, lm.ErrToken)
}

// Weights that overflow are an error, not a text.
func TestOverflowIsAnError(t *testing.T) {
	file := rewrite(t, odd.file(t), func(kvs []gguf.KV, ts []gguf.Tensor) ([]gguf.KV, []gguf.Tensor) {
		for _, x := range ts {
			if x.Name == "output.weight" || x.Name == "output_norm.weight" {
				for i := 3; i < len(x.Data); i += 4 {
					x.Data[i] = 0x7e // about 1e37
				}
			}
		}
		return kvs, ts
	})
	m, err := load(t, file, lm.Options{})
	require.NoError(t, err)
	_, err = m.NewSession(lm.SessionOptions{}).Generate(t.Context(), lm.Request{Prompt: []int{1}, Sampler: warm})
	require.ErrorIs(t, err, lm.ErrNotFinite)
	_, err = m.NewSession(lm.SessionOptions{}).Score(t.Context(), []int{1}, []int{5})
	require.ErrorIs(t, err, lm.ErrNotFinite)
}
