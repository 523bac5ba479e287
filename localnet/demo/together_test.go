package demo

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/localnet"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

// TestTogether: an epoch counts only if each expert was paid in it, whoever else was or was not.
func TestTogether(t *testing.T) {
	var miners []*localnet.Participant
	r := &scoringtypes.QueryMetagraphResponse{
		Owners: make([][]byte, 3), Urls: make([]string, 3), ServiceKeys: make([][]byte, 3), RegisteredAt: make([]int64, 3), Stake: make([]uint64, 3),
	}
	for _, kind := range []string{honest, honest, relay} {
		hotkey := sdk.AccAddress(fmt.Sprintf("miner %14d", len(miners)))
		r.Hotkeys = append(r.Hotkeys, hotkey)
		miners = append(miners, &localnet.Participant{Hotkey: hotkey.String(), Kind: kind})
	}
	var sum together
	for _, r.Columns.Emission = range [][]uint64{{0, 0, 0}, {9, 0, 9}, {5, 3, 0}, {0, 9, 9}, {5, 4, 5}} {
		graph, err := chain.DecodeMetagraph(r)
		require.NoError(t, err)
		sum.add(miners, graph)
	}
	require.Equal(t, together{epochs: 2, earned: map[string]uint64{miners[0].Hotkey: 10, miners[1].Hotkey: 7, miners[2].Hotkey: 5}}, sum)
}
