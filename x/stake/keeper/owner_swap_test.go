package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/x/stake/types"
)

// Where the new owner has stake of his own in the same place, the two become one, to the share; his choices stay.
func TestOwnerSwapMerges(t *testing.T) {
	w := newWorld(t)
	one, two := w.create(100), w.create(100)
	owner, next, other := w.rich(1), w.rich(2), w.rich(3)
	mine, theirs := keepertest.Account(100), keepertest.Account(101)
	for _, netuid := range []uint32{one, two} {
		w.register(netuid, mine, owner)
		w.register(netuid, theirs, other)
	}
	w.at(20)
	w.add(next, theirs, one, types.Agon(5*token))
	w.at(30)
	w.add(owner, theirs, one, types.Agon(3*token))
	w.add(owner, theirs, two, types.Agon(2*token))
	w.add(owner, mine, two, types.Agon(token))
	choose := func(owner sdk.AccAddress, netuid uint32, hotkey sdk.AccAddress) {
		_, err := w.msgs.SetAutoStake(w.ctx, &types.MsgSetAutoStake{Owner: owner.String(), Netuid: netuid, Hotkey: hotkey.String()})
		require.NoError(t, err)
	}
	choose(owner, one, theirs)
	choose(owner, two, theirs)
	choose(next, one, mine)
	a, b := w.position(owner, theirs, one), w.position(next, theirs, one)
	both, overflow := a.Shares.Add(b.Shares)
	require.False(t, overflow)

	// Accrued before the swap, and settled after it, by the new owner's choice.
	require.NoError(t, w.k.CreditEpoch(w.ctx, two, []uint64{token, 0}, []uint64{0, 0}))
	w.subnet.owners[string(mine)] = next
	rows, err := w.k.AfterHotkeyOwnerChanged(w.ctx, mine, owner, next)
	require.NoError(t, err)
	require.EqualValues(t, 3, rows, "two positions, and the choice in the subnet where the new owner has none")
	moved, more, err := w.k.MoveOwned(w.ctx, owner, next, 1)
	require.NoError(t, err)
	require.EqualValues(t, 1, moved)
	require.True(t, more)
	w.sound(owner, next, other)
	moved, more, err = w.k.MoveOwned(w.ctx, owner, next, 100)
	require.NoError(t, err)
	require.EqualValues(t, 3, moved)
	require.False(t, more)

	p := w.position(next, theirs, one)
	require.Equal(t, both, p.Shares)
	require.Equal(t, a.Cost+b.Cost, p.Cost)
	require.EqualValues(t, 20, p.Since, "his own stake is not younger for it")
	p = w.position(next, theirs, two)
	require.EqualValues(t, 30, p.Since)
	auto := func(owner sdk.AccAddress) map[uint32]string {
		res, err := w.queries().AutoStakes(w.ctx, &types.QueryAutoStakesRequest{Owner: owner.String()})
		require.NoError(t, err)
		out := map[uint32]string{}
		for _, a := range res.AutoStakes {
			out[a.Netuid] = a.Hotkey
		}
		return out
	}
	require.Equal(t, map[uint32]string{one: mine.String(), two: theirs.String()}, auto(next))
	require.Empty(t, auto(owner))
	valued, had := w.staked(next, theirs, two), w.position(next, theirs, two).Shares
	w.remove(types.MsgRemoveStake{Owner: next.String(), Hotkey: mine.String(), Netuid: two, ShareBps: 5000})
	require.Positive(t, w.position(next, theirs, two).Shares.Cmp(had), "what was mined goes where the old owner chose")
	require.InDelta(t, valued, w.staked(next, theirs, two), 2, "which queries had reckoned with")
	w.sound(owner, next, other)
}
