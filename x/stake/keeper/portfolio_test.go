package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/stake/types"
)

func TestCostIsWhatWasPutIn(t *testing.T) {
	f := newFlows(t)
	require.Equal(t, 10*token, f.position(f.alice, f.hot, f.first).Cost)
	require.Equal(t, int64(100), f.position(f.alice, f.hot, f.first).Since)

	t.Run("more-adds-to-it", func(t *testing.T) {
		f.at(150)
		f.add(f.alice, f.hot, f.first, params.Agon(2))
		p := f.position(f.alice, f.hot, f.first)
		require.Equal(t, 12*token, p.Cost)
		require.Equal(t, int64(100), p.Since, "held since the first")
	})
	t.Run("a-removal-takes-its-part", func(t *testing.T) {
		f.remove(types.MsgRemoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), Netuid: f.first, ShareBps: 2_500})
		require.InDelta(t, 9*token, f.position(f.alice, f.hot, f.first).Cost, 2)
	})
	t.Run("dividends-cost-nothing", func(t *testing.T) {
		before := f.position(f.alice, f.hot, f.first).Cost
		f.credit(f.first, []uint64{token, 0}, []uint64{50 * token, 0})
		f.at(180)
		f.stakeToken(f.bob, f.hot, f.first, token) // settles
		require.Equal(t, before, f.position(f.alice, f.hot, f.first).Cost)
		earned := f.position(f.own, f.hot, f.first)
		require.Zero(t, earned.Cost)
		require.Equal(t, int64(180), earned.Since)
	})
	t.Run("a-token-costs-what-it-is-worth", func(t *testing.T) {
		require.Equal(t, f.pool(f.first).Reserves().AgonFor(token), f.position(f.bob, f.hot, f.first).Cost)
	})
	t.Run("nothing-left-has-cost-nothing", func(t *testing.T) {
		f.all(f.own, f.hot, f.first)
		p := f.position(f.own, f.hot, f.first)
		require.Equal(t, types.Position{Owner: f.own.String(), Hotkey: f.hot.String(), Netuid: f.first}, p)
		f.all(f.alice, f.hot, f.first)
		f.at(190)
		f.add(f.alice, f.hot, f.first, params.Agon(1))
		p = f.position(f.alice, f.hot, f.first)
		require.Equal(t, token, p.Cost)
		require.Equal(t, int64(190), p.Since)
	})
	f.sound(f.alice, f.bob, f.own)
}

func TestPortfolio(t *testing.T) {
	f := newFlows(t)
	f.at(120)
	f.add(f.alice, f.other, f.first, params.Agon(20))
	f.add(f.alice, f.hot, f.second, params.Agon(5))
	f.credit(f.first, []uint64{0, 0}, []uint64{token, 2 * token})
	_, err := f.msgs.SetTake(f.ctx, &types.MsgSetTake{Owner: f.own.String(), Hotkey: f.other.String(), TakeBps: 900})
	require.NoError(t, err)
	q := f.queries()
	res, err := q.Portfolio(f.ctx, &types.QueryPortfolioRequest{Owner: f.alice.String()})
	require.NoError(t, err)
	require.Len(t, res.Entries, 3)
	require.Len(t, res.Subnets, 2)

	positions, err := q.Positions(f.ctx, &types.QueryPositionsRequest{Owner: f.alice.String()})
	require.NoError(t, err)
	for i, p := range positions.Positions {
		require.Equal(t, p, res.Entries[i].Info)
		require.Equal(t, int64(p.Value)-int64(p.Position.Cost), res.Entries[i].Gain)
		require.True(t, res.Entries[i].Registered)
	}
	require.Equal(t, []uint32{1_800, 900, 1_800}, []uint32{res.Entries[0].TakeBps, res.Entries[1].TakeBps, res.Entries[2].TakeBps})

	total := res.Subnets[0]
	require.Equal(t, f.first, total.Netuid)
	require.Equal(t, uint32(2), total.Positions)
	require.False(t, total.More)
	require.Equal(t, res.Entries[0].Info.Alpha+res.Entries[1].Info.Alpha, total.Alpha)
	require.Equal(t, 30*token, total.Cost)
	require.Equal(t, int64(total.Value)-int64(total.Cost), total.Gain)
	require.Less(t, total.Value, res.Entries[0].Info.Value+res.Entries[1].Info.Value, "they share a pool")
	require.Equal(t, res.Entries[2].Info.Value, res.Subnets[1].Value)

	// What selling everything at once brings is what it says: both positions as one.
	branch, _ := f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1).CacheContext()
	_, err = f.msgs.MoveStake(branch, &types.MsgMoveStake{Owner: f.alice.String(), Hotkey: f.hot.String(), ToHotkey: f.other.String(), Netuid: f.first})
	require.NoError(t, err)
	sold, err := f.msgs.RemoveStake(branch, &types.MsgRemoveStake{Owner: f.alice.String(), Hotkey: f.other.String(), Netuid: f.first})
	require.NoError(t, err)
	require.InDelta(t, total.Value, sold.Agon, 3, "less the rounding of shares")

	t.Run("totals-do-not-depend-on-pages", func(t *testing.T) {
		first, err := q.Portfolio(f.ctx, &types.QueryPortfolioRequest{Owner: f.alice.String(), Pagination: &query.PageRequest{Limit: 1}})
		require.NoError(t, err)
		require.Equal(t, res.Entries[:1], first.Entries)
		require.Equal(t, res.Subnets[:1], first.Subnets)
		second, err := q.Portfolio(f.ctx, &types.QueryPortfolioRequest{Owner: f.alice.String(), Pagination: &query.PageRequest{Key: first.Pagination.NextKey}})
		require.NoError(t, err)
		require.Equal(t, res.Entries[1:], second.Entries)
		require.Equal(t, res.Subnets, second.Subnets)
	})
	t.Run("a-hotkey-that-left-earns-nothing", func(t *testing.T) {
		f.replace(f.second, 0, keepertest.Account(60), f.own)
		res, err := f.queries().Portfolio(f.ctx, &types.QueryPortfolioRequest{Owner: f.alice.String()})
		require.NoError(t, err)
		require.False(t, res.Entries[2].Registered)
	})
	t.Run("nobody", func(t *testing.T) {
		res, err := q.Portfolio(f.ctx, &types.QueryPortfolioRequest{Owner: keepertest.Account(99).String()})
		require.NoError(t, err)
		require.Empty(t, res.Entries)
		_, err = q.Portfolio(f.ctx, &types.QueryPortfolioRequest{Owner: "alice"})
		require.Equal(t, codes.InvalidArgument, status.Code(err))
	})
}
