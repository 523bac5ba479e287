package chance

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
)

func TestSameSeedSameChoices(t *testing.T) {
	a, b := New(7), New(7)
	for range 1_000 {
		require.Equal(t, a.Amount(1_000_000), b.Amount(1_000_000))
		require.Equal(t, a.Letters(9), b.Letters(9))
	}
	require.NotEqual(t, New(7).Bytes(16), New(8).Bytes(16))
}

func TestChoicesStayInBounds(t *testing.T) {
	d := New(1)
	seen := map[uint64]bool{}
	for range 2_000 {
		require.Less(t, d.Below(3), uint64(3))
		n := d.Between(5, 7)
		require.True(t, n >= 5 && n <= 7)
		seen[n] = true
		for _, limit := range []uint64{1, 2, 1_000, math.MaxUint64} {
			size := d.Size(limit)
			require.True(t, size >= 1 && size <= limit, "%d of %d", size, limit)
		}
	}
	require.Len(t, seen, 3)
	require.Zero(t, d.Below(0))
	require.Zero(t, d.Size(0))
	require.Zero(t, Pick(d, []uint64(nil)))
}

func TestDrawFollowsWeights(t *testing.T) {
	d := New(2)
	none := func(*World) *banktypes.MsgSend { return nil }
	list := []Message{
		Of(0, none),
		Of(1, func(*World) *banktypes.MsgSend { return &banktypes.MsgSend{} }),
		Of(9, func(*World) *banktypes.MsgMultiSend { return &banktypes.MsgMultiSend{} }),
	}
	require.Equal(t, "/cosmos.bank.v1beta1.MsgSend", list[0].URL())
	require.Nil(t, list[0].Make(&World{}))
	count := map[string]int{}
	for range 10_000 {
		count[Draw(d, list).URL()]++
	}
	require.InDelta(t, 1_000, count["/cosmos.bank.v1beta1.MsgSend"], 200)
	require.Zero(t, Draw(d, nil).Weight)
}
