package verify_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/claim"
	"github.com/agon-chain/agon/verify/likelihood"
	"github.com/agon-chain/agon/verify/replay"
)

// told is a row of which the likeliest tokens and one more are told, and the rest is spread: what a verifying server gives.
func told(row []float32, top, id int) (out []float32, tail float64) {
	ids := make([]int, len(row))
	for i := range ids {
		ids[i] = i
	}
	slices.SortFunc(ids, func(a, b int) int {
		if row[a] > row[b] {
			return -1
		}
		return 1
	})
	known := map[int]bool{id: true}
	for _, i := range ids[:top] {
		known[i] = true
	}
	tail = 1
	out = make([]float32, len(row))
	for i := range known {
		out[i] = float32(sample.LogProb(row, i))
		tail -= math.Exp(sample.LogProb(row, i))
	}
	for i := range out {
		if !known[i] {
			out[i] = float32(math.Log(max(tail, 1e-300) / float64(len(row)-len(known))))
		}
	}
	return out, max(tail, 0)
}

// What is judged by rows of which a part is unknown is what whole rows say: claims and best tokens exactly, ranks within their slack, and an
// honest draw is never further off than with the whole.
func TestPartsOfRowsSayWhatWholeRowsSay(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	ranked, left := 0, 0
	for n := range 300 {
		params := []sample.Params{{Temperature: 1, TopP: 1}, {TopP: 1}, {Temperature: 0.8, TopP: 0.95}, {Temperature: 0.7, TopK: 10, TopP: 1}}[n%4]
		whole := verify.Transcript{Sampling: sample.Sampler{Params: params, Seed: sample.Seed{byte(n), byte(n >> 8)}}}
		part := whole
		sharp := 1 + 5*r.Float64()
		for i := range 8 {
			row := make([]float32, 80)
			for k := range row {
				row[k] = float32(sharp * r.NormFloat64())
			}
			id, p := whole.Sampling.Pick(row, i)
			partly, tail := told(row, 12, id)
			whole.Tokens, whole.Claimed, whole.Logits = append(whole.Tokens, id), append(whole.Claimed, p), append(whole.Logits, row)
			part.Logits, part.Tail = append(part.Logits, partly), append(part.Tail, tail)
		}
		part.Tokens, part.Claimed = whole.Tokens, whole.Claimed
		c, err := claim.Judge(part, 1e-5)
		require.NoError(t, err)
		require.Zero(t, c.Misses, c.Reason)
		d, err := replay.Distances(part)
		require.NoError(t, err)
		for i, v := range d {
			require.LessOrEqual(t, v, 1e-5, "token %d of %+v", i, params)
		}
		if params.Temperature == 0 {
			continue
		}
		var numbers []float64
		random := func() float64 { numbers = append(numbers, r.Float64()); return numbers[len(numbers)-1] }
		got, err := likelihood.Ranks(part, random)
		require.NoError(t, err)
		k := 0
		want, err := likelihood.Ranks(whole, func() float64 { k++; return numbers[k-1] })
		require.NoError(t, err)
		at := 0
		for i := range part.Tokens {
			if !part.Known(i) {
				left++
				continue
			}
			require.InDelta(t, want[i], got[at], likelihood.Slack+1e-6)
			at++
			ranked++
		}
		require.Len(t, got, at, "and no other")
	}
	require.Greater(t, ranked, 100)
	require.Greater(t, left, 100)
	short := verify.Transcript{Sampling: sample.Sampler{Params: sample.Params{TopP: 1}}, Tokens: []int{0}, Logits: [][]float32{{1}}, Tail: []float64{}}
	require.ErrorIs(t, short.Validate(), verify.ErrTranscript)
}
