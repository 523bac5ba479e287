package lm_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
)

func randomTokens(r *rand.Rand, n, vocab int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = r.IntN(vocab)
	}
	return out
}

// all are the logits after each token, as bits.
func all(t *testing.T, s *lm.Session, tokens []int) [][]uint32 {
	var out [][]uint32
	require.NoError(t, s.Each(t.Context(), tokens, 0, func(_ int, logits []float32) error {
		row := make([]uint32, len(logits))
		for i, v := range logits {
			row[i] = math.Float32bits(v)
		}
		out = append(out, row)
		return nil
	}))
	return out
}

// However tokens are cut into batches, and whatever stood in the sequence before a truncation, each logit is the same bit
// for bit.
func TestBatchesChangeNothing(t *testing.T) {
	for name, s := range map[string]shape{"odd": odd, "f32": whole(gguf.F32), "f16": whole(gguf.F16), "q8_0": whole(gguf.Q8_0), "q4_0": whole(gguf.Q4_0)} {
		t.Run(name, func(t *testing.T) {
			m := s.model(t)
			r := rand.New(rand.NewPCG(1, 1))
			tokens := randomTokens(r, s.context, s.vocab)
			one := all(t, m.NewSession(lm.SessionOptions{Batch: 1}), tokens)
			require.Len(t, one, s.context)
			for _, batch := range []int{2, 3, 7, 32, 1000} {
				session := m.NewSession(lm.SessionOptions{Batch: batch})
				require.Equal(t, one, all(t, session, tokens), "batches of %d", batch)
				session.Truncate(40)
				require.Equal(t, one[40:97], all(t, session, tokens[40:97]), "batches of %d after a truncation", batch)
			}
			for range 10 { // random cuts, the last logits alone
				session := m.NewSession(lm.SessionOptions{Batch: 1 + r.IntN(40)})
				for at := 0; at < len(tokens); {
					n := min(1+r.IntN(60), len(tokens)-at)
					logits, err := session.Prefill(t.Context(), tokens[at:at+n])
					require.NoError(t, err)
					at += n
					for i, v := range logits {
						require.Equal(t, one[at-1][i], math.Float32bits(v))
					}
				}
			}
		})
	}
}

// Sessions of one model run at once and do not disturb each other (run it with -race).
func TestSessionsAtOnce(t *testing.T) {
	m := odd.model(t)
	tokens := randomTokens(rand.New(rand.NewPCG(2, 2)), 60, odd.vocab)
	want := all(t, m.NewSession(lm.SessionOptions{}), tokens)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if got := all(t, m.NewSession(lm.SessionOptions{Batch: 5}), tokens); !slices.EqualFunc(want, got, slices.Equal) {
				t.Error("a session beside others computes something else")
			}
		})
	}
	group.Wait()
}

// A later token never changes what came before it, an earlier one does.
func TestCausal(t *testing.T) {
	m := odd.model(t)
	tokens := randomTokens(rand.New(rand.NewPCG(3, 3)), 20, odd.vocab)
	want := all(t, m.NewSession(lm.SessionOptions{}), tokens)
	changed := slices.Clone(tokens)
	changed[10] = (changed[10] + 1) % odd.vocab
	got := all(t, m.NewSession(lm.SessionOptions{}), changed)
	require.Equal(t, want[:10], got[:10])
	for i := 10; i < 20; i++ {
		require.NotEqual(t, want[i], got[i])
	}
}

func TestRefusalsLeaveTheSequence(t *testing.T) {
	m := odd.model(t)
	s := m.NewSession(lm.SessionOptions{Context: 10})
	_, err := s.Prefill(t.Context(), []int{1, 2, 3})
	require.NoError(t, err)
	_, err = s.Prefill(t.Context(), make([]int, 8))
	require.ErrorIs(t, err, lm.ErrContextFull)
	_, err = s.Prefill(t.Context(), nil)
	require.ErrorIs(t, err, lm.ErrEmpty)
	for _, bad := range []int{-1, odd.vocab} {
		_, err = s.Decode(bad)
		require.ErrorIs(t, err, lm.ErrToken)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Prefill(ctx, []int{4})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 3, s.Len())
	logits, err := s.Decode(4)
	require.NoError(t, err)
	got := slices.Clone(logits)
	want, err := m.NewSession(lm.SessionOptions{}).Prefill(t.Context(), []int{1, 2, 3, 4})
	require.NoError(t, err)
	require.Equal(t, want, got)
}
