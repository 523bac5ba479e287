package verbs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWorthIsRoundedDown(t *testing.T) {
	const one = 1 << 32
	require.EqualValues(t, 3*whole, worth(3*whole, one))
	require.EqualValues(t, 1, worth(3, one/2), "a half is not paid")
	require.EqualValues(t, 0, worth(1, one-1))
	require.EqualValues(t, ^uint64(0), worth(1<<62, 8*one), "no price makes it wrap around")
}

func TestWhatRewardsSay(t *testing.T) {
	e := earnings{Netuid: 3, Symbol: "LANG", Hotkey: "agon1oak", Names: []string{"Oak"}}
	require.Contains(t, e.text(), "No epoch of subnet 3 has paid")
	e.Epochs = []earned{
		{Epoch: 8, Block: 900, UID: 4, Stake: 10 * whole, Dividends: 65535, Permit: true, Alpha: 2 * whole, Agon: whole},
		{Epoch: 7, Block: 540, UID: 4, Stake: 9 * whole, Dividends: 65535, Permit: true, Alpha: whole, Agon: whole / 2},
	}
	e.Alpha, e.Agon, e.Pruned = 3*whole, whole+whole/2, true
	text := e.text()
	for _, part := range []string{"Oak", "LANG", "900", "540", "3.0000", "1.5000", "▁█", "archive"} {
		require.Contains(t, text, part)
	}
}
