package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/keeper"
	"github.com/agon-chain/agon/x/emission/types"
)

func TestBlockIsMintedInParts(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	before := supply(m)
	m.Next()
	events := markettest.Events[*types.EventBlockEmission](m.Ctx.EventManager().Events())
	require.Equal(t, types.EventBlockEmission{Minted: agon * 7 / 100, Security: agon * 5 / 100, Community: agon * 2 / 100}, *events[0],
		"no token has a price: the subnets' part is not minted")
	require.Equal(t, before+agon*7/100, supply(m))
	require.Equal(t, agon*5/100, held(m, authtypes.FeeCollectorName))
	require.Equal(t, agon*2/100, held(m, markettest.CommunityPool))
	require.Zero(t, held(m, types.ModuleName))

	epoch(m, t, netuid)
	events = markettest.Events[*types.EventBlockEmission](m.Ctx.EventManager().Events())
	require.Equal(t, types.EventBlockEmission{Minted: agon, Security: agon * 5 / 100, Community: agon * 2 / 100, Subnets: agon * 93 / 100}, *events[0])
	require.Equal(t, agon*93/100, held(m, types.ModuleName))
	l := ledger(m, t)
	require.Equal(t, l.Minted, l.Security+l.Community+agon*93/100)
	require.Zero(t, l.Subnets)
}

// fill makes the issuance exactly so much.
func fill(m *markettest.Market, t *testing.T, issuance uint64) {
	t.Helper()
	have := supply(m)
	require.LessOrEqual(t, have, issuance)
	m.Fund(markettest.Account("rich", 0), sdk.NewCoin(params.BaseDenom, math.NewIntFromUint64(issuance-have)))
}

func TestEmissionHalvesByIssuance(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 2)
	epoch(m, t, netuid)
	fill(m, t, curve.Cap/2-agon-1)
	for _, want := range []struct{ emission, issuance uint64 }{
		{agon, curve.Cap/2 - 1}, {agon, curve.Cap/2 - 1 + agon}, {agon / 2, curve.Cap/2 - 1 + agon + agon/2}, {agon / 2, curve.Cap/2 - 1 + 2*agon},
	} {
		m.Next()
		minted := markettest.Events[*types.EventBlockEmission](m.Ctx.EventManager().Events())[0]
		require.Equal(t, want.emission, minted.Minted)
		require.Equal(t, minted.Minted, minted.Security+minted.Community+minted.Subnets)
		require.Equal(t, want.issuance, supply(m))
	}
	res, err := queries(m).Overview(m.Ctx, &types.QueryOverviewRequest{})
	require.NoError(t, err)
	require.Equal(t, agon/2, res.BlockEmission)
	require.Equal(t, curve.Cap/4*3, res.NextHalving)
	require.Equal(t, supply(m), res.Issuance)
	require.Equal(t, held(m, types.ModuleName), res.Unsettled)
}

func TestNothingIsMintedAtTheCap(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 2)
	epoch(m, t, netuid)
	fill(m, t, curve.Cap)
	m.Next()
	require.Equal(t, curve.Cap, supply(m))
	require.Empty(t, markettest.Events[*types.EventBlockEmission](m.Ctx.EventManager().Events()))
}

func TestOnlyGovernanceUpdatesParams(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	s := keeper.NewMsgServer(m.Emission)
	p := types.DefaultParams()
	p.SecurityBps, p.OwnerCutBps = 1_000, 900
	_, err := s.UpdateParams(m.Ctx, &types.MsgUpdateParams{Authority: markettest.Creator().String(), Params: p})
	require.ErrorIs(t, err, govtypes.ErrInvalidSigner)
	_, err = s.UpdateParams(m.Ctx, &types.MsgUpdateParams{Authority: m.Authority})
	require.ErrorIs(t, err, types.ErrInvalidParams)

	old := m.CreateSubnet(rules())
	_, err = s.UpdateParams(m.Ctx, &types.MsgUpdateParams{Authority: m.Authority, Params: p})
	require.NoError(t, err)
	m.Begin()
	require.Equal(t, agon/10, markettest.Events[*types.EventBlockEmission](m.Ctx.EventManager().Events())[0].Security)
	require.EqualValues(t, 1_800, subnet(m, t, old).Emission.OwnerCutBps, "what a subnet was made with stays")
	require.EqualValues(t, 900, subnet(m, t, m.CreateSubnet(rules())).Emission.OwnerCutBps)
}
