package keeper_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/emission/types"
)

// dump is every key of the module's store with its value, in hexadecimal.
func dump(m *markettest.Market, t *testing.T) [][2]string {
	t.Helper()
	it, err := m.Store(types.StoreKey).OpenKVStore(m.Ctx).Iterator(nil, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, it.Close()) }()
	var out [][2]string
	for ; it.Valid(); it.Next() {
		out = append(out, [2]string{hex.EncodeToString(it.Key()), hex.EncodeToString(it.Value())})
	}
	return out
}

// busy is a market with two subnets in the midst of their epochs, with AGON that waits for pools.
func busy(t *testing.T) *markettest.Market {
	t.Helper()
	m := markettest.New(t, markettest.Config{})
	for range 2 {
		open(m, t, 3)
	}
	epoch(m, t, 2)
	judge(m, t, 1, 2, 3, 7)
	epoch(m, t, 1)
	m.Buy(2, 2, 12_345_678_901)
	m.To(m.Ctx.BlockHeight() + 3)
	return m
}

func TestGenesisGoesRound(t *testing.T) {
	m := busy(t)
	gs, err := m.Emission.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	want, err := m.Cdc.MarshalJSON(gs)
	require.NoError(t, err)

	to := markettest.New(t, markettest.Config{Empty: true})
	to.At(m.Ctx.BlockHeight())
	to.Bank.InitGenesis(to.Ctx, m.Bank.ExportGenesis(m.Ctx))
	subnets, err := m.Subnet.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Subnet.InitGenesis(to.Ctx, subnets))
	stakes, err := m.Stake.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	require.NoError(t, to.Stake.InitGenesis(to.Ctx, stakes))
	var read types.GenesisState
	require.NoError(t, to.Cdc.UnmarshalJSON(want, &read))
	require.NoError(t, to.Emission.InitGenesis(to.Ctx, &read))
	again, err := to.Emission.ExportGenesis(to.Ctx)
	require.NoError(t, err)
	got, err := to.Cdc.MarshalJSON(again)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got))
	require.Equal(t, dump(m, t), dump(to, t), "the very bytes")

	t.Run("the-bank-must-agree", func(t *testing.T) {
		to.Fund(markettest.Owner(0), sdk.NewInt64Coin(params.BaseDenom, 1))
		require.NoError(t, to.Bank.SendCoinsFromAccountToModule(to.Ctx, markettest.Owner(0), types.ModuleName, sdk.NewCoins(sdk.NewInt64Coin(params.BaseDenom, 1))))
		require.ErrorIs(t, to.Emission.InitGenesis(to.Ctx, &read), types.ErrInvalidGenesis)
	})
	t.Run("the-subnets-must-agree", func(t *testing.T) {
		to := markettest.New(t, markettest.Config{})
		bad := *types.DefaultGenesis()
		bad.Subnets = []types.SubnetEmission{{Netuid: 1}}
		require.ErrorIs(t, to.Emission.InitGenesis(to.Ctx, &bad), types.ErrInvalidGenesis)
	})
}

func TestStoreBytes(t *testing.T) {
	var keys []string
	for _, kv := range dump(busy(t), t) {
		keys = append(keys, kv[0])
	}
	require.Equal(t, []string{"00", "01", "0200000001", "0200000002"}, keys)
}

func TestQueries(t *testing.T) {
	m := busy(t)
	q := queries(m)
	_, err := q.Subnet(m.Ctx, &types.QuerySubnetRequest{Netuid: 9})
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = q.Subnets(m.Ctx, &types.QuerySubnetsRequest{Pagination: &query.PageRequest{Limit: 101}})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	res, err := q.Subnets(m.Ctx, &types.QuerySubnetsRequest{})
	require.NoError(t, err)
	require.Len(t, res.Subnets, 2)
	require.Equal(t, subnet(m, t, 2), res.Subnets[1])
	require.InDelta(t, 10_000, res.Subnets[0].ShareBps+res.Subnets[1].ShareBps, 2)
	require.NotZero(t, res.Subnets[0].PendingAgon)
	p, err := q.Params(m.Ctx, &types.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, types.DefaultParams(), p.Params)
}
