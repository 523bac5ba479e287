package lm_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
)

// TestTorch finds log-probabilities by PyTorch, whose reader of the file and arithmetic share nothing with this package, within 1e-3: of a shipped
// model in float32.
func TestTorch(t *testing.T) {
	shipped := filepath.Join("..", "models", "sotu-base", "model.gguf")
	f, err := gguf.Open(shipped)
	require.NoError(t, err)
	defer f.Close()
	path := convert(t, f, gguf.F32)
	m, err := lm.Open(path, lm.Options{})
	require.NoError(t, err)
	p := newTorch(t, path)
	var worst float64
	for _, tokens := range contexts(t, m, 20) {
		s := m.NewSession(lm.SessionOptions{})
		ours, err := s.Prefill(context.Background(), tokens)
		require.NoError(t, err)
		for _, batch := range []int{len(tokens), 1} {
			rows := p.logits(tokens, batch)
			want := logProbs(rows[len(rows)-1])
			for i, v := range logProbs(ours) {
				worst = max(worst, v-want[i], want[i]-v)
			}
		}
	}
	t.Logf("apart by at most %.1e", worst)
	require.Less(t, worst, 1e-3)
}
