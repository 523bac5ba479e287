package keeper_test

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/stake/types"
)

// Who buys before somebody else's purchase and sells after it in the same block loses by it, whatever the sizes; one block later it is
// the market's risk again.
func TestNobodyGainsByTheOrderWithinABlock(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 200 {
		f := newFlows(t)
		before := f.balance(f.bob, types.AgonDenom)
		own := uint64(r.Int63n(400*int64(token))) + token
		_, err := f.msgs.AddStake(f.ctx, &types.MsgAddStake{Owner: f.bob.String(), Hotkey: f.hot.String(), Netuid: f.first, Amount: types.Agon(own)})
		require.NoError(t, err)
		f.add(f.alice, f.hot, f.first, types.Agon(uint64(r.Int63n(400*int64(token)))+token))
		// In parts as well as at once.
		for _, part := range []uint32{3_000, 5_000, 0} {
			f.remove(types.MsgRemoveStake{Owner: f.bob.String(), Hotkey: f.hot.String(), Netuid: f.first, ShareBps: part})
		}
		require.Less(t, f.balance(f.bob, types.AgonDenom), before)
		f.sound(f.alice, f.bob, f.own)
	}
}

// A quote is of the next block: what this block's trades did to the price counts, and where the block began does not.
func TestQuotesAreOfTheNextBlock(t *testing.T) {
	f := newFlows(t)
	f.add(f.alice, f.hot, f.first, params.Agon(100))
	m := types.MsgRemoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, ShareBps: 5_000}
	says := f.preview(types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Remove{Remove: &m}})
	here, _ := f.ctx.CacheContext()
	now, err := f.msgs.RemoveStake(here, &m)
	require.NoError(t, err)
	next, _ := f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1).CacheContext()
	later, err := f.msgs.RemoveStake(next, &m)
	require.NoError(t, err)
	require.Equal(t, types.Agon(later.Agon), says.Received)
	require.Less(t, now.Agon, later.Agon)
}

// What emission brings before the first trade of a block is part of what the block opens on, so that a purchase is what was quoted.
func TestABlockOpensOnWhatEmissionBrought(t *testing.T) {
	f := newFlows(t)
	f.hook.agon = 50 * token
	m := types.MsgAddStake{Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, Amount: params.Agon(100)}
	says := f.preview(types.QueryPreviewRequest{Flow: &types.QueryPreviewRequest_Add{Add: &m}})
	res, err := f.msgs.AddStake(f.ctx, &m)
	require.NoError(t, err)
	require.Equal(t, types.Alpha(f.first, res.Alpha), says.Received)
	require.Equal(t, f.pool(f.first).Reserves().AGON, f.pool(f.first).OpeningAgon+100*token)
}
