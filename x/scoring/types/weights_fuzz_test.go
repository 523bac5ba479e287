package types_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/scoring/types"
)

// FuzzWeights: weights that are taken name each neuron once and in order, in their bounds, and lose nothing on their way to the epoch and to what a commit binds.
func FuzzWeights(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0xff, 0xff}, uint32(2), uint32(1))
	f.Add([]byte{0, 1, 0, 0, 0, 1, 0, 0}, uint32(1<<31), uint32(1<<31))
	f.Add([]byte{}, uint32(0), uint32(0))
	f.Fuzz(func(t *testing.T, raw []byte, neurons, least uint32) {
		var weights []types.Weight
		for ; len(raw) >= 8; raw = raw[8:] {
			weights = append(weights, types.Weight{Uid: binary.BigEndian.Uint32(raw), Value: binary.BigEndian.Uint32(raw[4:])})
		}
		neurons %= 4097 // no subnet has more
		if types.ValidateWeights(weights, neurons, least) != nil {
			return
		}
		require.NotEmpty(t, weights)
		require.LessOrEqual(t, len(weights), int(neurons))
		require.GreaterOrEqual(t, len(weights), int(min(least, neurons)))
		entries, bound := types.Entries(weights), types.ExamWeights(weights)
		require.Equal(t, weights, types.Weights(entries))
		positive := false
		for i, w := range weights {
			require.Less(t, w.Uid, neurons)
			require.True(t, i == 0 || weights[i-1].Uid < w.Uid)
			require.Equal(t, w, types.Weight{Uid: uint32(bound[i].UID), Value: uint32(bound[i].Value)})
			positive = positive || w.Value > 0
		}
		require.True(t, positive)
	})
}
