package lm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm"
	"github.com/agon-chain/agon/lm/gguf"
)

// small has the shape of the models that this repository trains: three million parameters.
var small = shape{dim: 256, layers: 4, hidden: 672, heads: 8, kv: 4, head: 32, rope: 32, vocab: 1024, context: 512}

func benchModel(b *testing.B, kind gguf.TensorType) *lm.Model {
	s := small
	s.kind = kind
	return s.model(b)
}

func BenchmarkPrefill(b *testing.B) {
	for _, kind := range []gguf.TensorType{gguf.F32, gguf.Q8_0} {
		b.Run(kind.String(), func(b *testing.B) {
			s := benchModel(b, kind).NewSession(lm.SessionOptions{})
			tokens := make([]int, 256)
			for b.Loop() {
				s.Truncate(0)
				_, err := s.Prefill(b.Context(), tokens)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(b.N*len(tokens))/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, kind := range []gguf.TensorType{gguf.F32, gguf.Q8_0} {
		b.Run(kind.String(), func(b *testing.B) {
			s := benchModel(b, kind).NewSession(lm.SessionOptions{})
			for b.Loop() {
				if s.Len() == 128 {
					s.Truncate(0)
				}
				_, err := s.Decode(7)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}

func BenchmarkScore(b *testing.B) {
	s := benchModel(b, gguf.Q8_0).NewSession(lm.SessionOptions{})
	tokens := make([]int, 128)
	for b.Loop() {
		s.Truncate(0)
		_, err := s.Score(b.Context(), tokens, tokens)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(2*b.N*len(tokens))/b.Elapsed().Seconds(), "tokens/s")
}
