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

func TestQueries(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, owner, alice := keepertest.Account(50), keepertest.Account(51), w.rich(1)
	w.register(netuid, hotkey, owner)
	got := w.add(alice, hotkey, netuid, params.Agon(10))
	w.credit(netuid, []uint64{5}, []uint64{6 * token})
	w.at(w.ctx.BlockHeight() + 1)
	q := w.queries()

	t.Run("params", func(t *testing.T) {
		res, err := q.Params(w.ctx, &types.QueryParamsRequest{})
		require.NoError(t, err)
		require.Equal(t, types.DefaultParams(), res.Params)
	})
	t.Run("pool", func(t *testing.T) {
		res, err := q.Pool(w.ctx, &types.QueryPoolRequest{Netuid: netuid})
		require.NoError(t, err)
		require.Equal(t, types.PoolInfo{
			Pool: w.pool(netuid), Price: "1.209944999", Denom: "alpha/1", // 110/90.913223329
			AlphaSupply: 106*token + 5, AlphaStaked: got + 6*token + 5,
		}, res.Info)
	})
	t.Run("quote-of-a-purchase", func(t *testing.T) {
		res, err := q.Quote(w.ctx, &types.QueryQuoteRequest{Netuid: netuid, Amount: "1000000000nagon"})
		require.NoError(t, err)
		branch, _ := w.ctx.CacheContext()
		trade, err := w.msgs.AddStake(branch, &types.MsgAddStake{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid, Amount: params.Agon(1)})
		require.NoError(t, err)
		require.Equal(t, types.Alpha(netuid, trade.Alpha), res.Out)
		require.Equal(t, types.Agon(trade.Fee), res.Fee)
		require.Equal(t, "1.209944999", res.PriceBefore)
		require.Equal(t, "1.232038445", res.PriceAfter)
		require.Equal(t, uint32(96), res.ImpactBps, "1/110 for the size and 0.05 %% for the fee")
	})
	t.Run("quote-of-a-sale", func(t *testing.T) {
		res, err := q.Quote(w.ctx, &types.QueryQuoteRequest{Netuid: netuid, Amount: "1000000000alpha/1"})
		require.NoError(t, err)
		branch, _ := w.ctx.CacheContext()
		trade, err := w.msgs.RemoveStake(branch, &types.MsgRemoveStake{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid, Alpha: token})
		require.NoError(t, err)
		require.Equal(t, types.Agon(trade.Agon), res.Out)
		require.Equal(t, types.Alpha(netuid, trade.Fee), res.Fee)
		require.Equal(t, uint32(114), res.ImpactBps)
	})
	t.Run("value-of-a-position", func(t *testing.T) {
		res, err := q.Positions(w.ctx, &types.QueryPositionsRequest{Owner: alice.String()})
		require.NoError(t, err)
		require.Len(t, res.Positions, 1)
		branch, _ := w.ctx.CacheContext()
		sold, err := w.msgs.RemoveStake(branch, &types.MsgRemoveStake{Owner: alice.String(), Hotkey: hotkey.String(), Netuid: netuid})
		require.NoError(t, err)
		require.Equal(t, []uint64{sold.Alpha, sold.Agon}, []uint64{res.Positions[0].Alpha, res.Positions[0].Value})
	})
	t.Run("stake-of-a-hotkey", func(t *testing.T) {
		res, err := q.HotkeyStake(w.ctx, &types.QueryHotkeyStakeRequest{Netuid: netuid, Hotkey: hotkey.String()})
		require.NoError(t, err)
		require.Equal(t, got, res.Stake.Alpha)
		require.Equal(t, []uint64{5, 6 * token, 1_800}, []uint64{res.AccruedIncentive, res.AccruedDividends, uint64(res.TakeBps)})
	})
	t.Run("refusals", func(t *testing.T) {
		for name, c := range map[string]struct {
			do   func() error
			want codes.Code
		}{
			"no-pool": {func() error { _, err := q.Pool(w.ctx, &types.QueryPoolRequest{Netuid: 9}); return err }, codes.NotFound},
			"no-pool-to-quote": {func() error {
				_, err := q.Quote(w.ctx, &types.QueryQuoteRequest{Netuid: 9, Amount: "1nagon"})
				return err
			}, codes.NotFound},
			"no-owner":  {func() error { _, err := q.Positions(w.ctx, &types.QueryPositionsRequest{Owner: "x"}); return err }, codes.InvalidArgument},
			"no-hotkey": {func() error { _, err := q.HotkeyStake(w.ctx, &types.QueryHotkeyStakeRequest{Netuid: 1}); return err }, codes.InvalidArgument},
		} {
			require.Equal(t, c.want, status.Code(c.do()), name)
		}
		for _, amount := range []string{"", "nagon", "0nagon", "1.5nagon", "-1nagon", "1alpha/2", "1alpha", "9223372036854775808nagon", "1nagon,1alpha/1"} {
			_, err := q.Quote(w.ctx, &types.QueryQuoteRequest{Netuid: netuid, Amount: amount})
			require.Equal(t, codes.InvalidArgument, status.Code(err), "%q: %v", amount, err)
		}
	})
}

func TestListsArePaged(t *testing.T) {
	w := newWorld(t)
	hotkey, alice := keepertest.Account(50), w.rich(1)
	const pools = 103
	for range pools {
		netuid := w.create(1)
		w.register(netuid, hotkey, alice)
	}
	w.register(1, keepertest.Account(2), w.rich(2)) // another owner's position, next to alice's
	q := w.queries()
	first, err := q.Pools(w.ctx, &types.QueryPoolsRequest{Pagination: &query.PageRequest{Limit: 5_000, CountTotal: true}})
	require.NoError(t, err)
	require.Len(t, first.Infos, types.MaxPageLimit)
	second, err := q.Pools(w.ctx, &types.QueryPoolsRequest{Pagination: &query.PageRequest{Key: first.Pagination.NextKey}})
	require.NoError(t, err)
	require.Len(t, second.Infos, pools-types.MaxPageLimit)
	require.Equal(t, uint32(101), second.Infos[0].Pool.Netuid)

	mine, err := q.Positions(w.ctx, &types.QueryPositionsRequest{Owner: alice.String()})
	require.NoError(t, err)
	require.Len(t, mine.Positions, types.MaxPageLimit)
	rest, err := q.Positions(w.ctx, &types.QueryPositionsRequest{Owner: alice.String(), Pagination: &query.PageRequest{Key: mine.Pagination.NextKey}})
	require.NoError(t, err)
	require.Len(t, rest.Positions, pools-types.MaxPageLimit)
	require.Empty(t, rest.Pagination.NextKey)
}
