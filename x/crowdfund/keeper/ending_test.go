package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/crowdfund/types"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// A leased subnet can end for a successor. What its fund had been paid is its shareholders' as before: they claim the token, hand shares on, and
// redeem what they claimed, all alike.
func TestSharesOutliveTheirSubnet(t *testing.T) {
	f := setup(t)
	id, netuid := f.opened()
	require.NoError(t, f.Stake.PayToken(f.Ctx, netuid, types.FundAccount(id), 120_000))
	p, err := f.Subnet.Params(f.Ctx)
	require.NoError(t, err)
	p.MaxSubnets = 1
	_, err = subnetkeeper.NewMsgServer(f.Subnet).UpdateParams(f.Ctx, &subnettypes.MsgUpdateParams{Authority: f.Authority, Params: p})
	require.NoError(t, err)
	dissolve := func() error {
		return f.Tx(func(ctx sdk.Context) error {
			_, err := subnetkeeper.NewMsgServer(f.Subnet).DissolveSubnet(ctx, &subnettypes.MsgDissolveSubnet{Owner: who(0).String(), Netuid: netuid})
			return err
		})
	}
	require.ErrorIs(t, dissolve(), subnettypes.ErrLeased, "it is not the owner's alone")
	f.CreateWaitingSubnet(markettest.Hyperparams())
	s, err := f.Subnet.GetSubnet(f.Ctx, netuid)
	require.NoError(t, err)
	require.NotZero(t, s.DissolvedAt)
	f.Next()

	require.NoError(t, f.transfer(id, 2, who(3), 20*agon))
	require.InDelta(t, 50_000, f.alpha(netuid, who(2)), 1, "who gives is paid first")
	var redeemed uint64
	for n, alpha := range []uint64{10_000, 60_000, 50_000} {
		if n != 2 {
			res, err := f.claim(id, n)
			require.NoError(t, err)
			require.InDelta(t, alpha, res.Alpha, 1)
		}
		out, err := stakekeeper.NewMsgServer(f.Stake).RedeemToken(f.Ctx, &staketypes.MsgRedeemToken{Owner: who(n).String(), Netuid: netuid})
		require.NoError(t, err)
		unit := 100 * agon / 120_000 // what one of the few tokens gets
		require.InDelta(t, 100*agon*alpha/120_000, out.Agon, float64(2*unit))
		redeemed += out.Agon
	}
	pot, err := stakekeeper.NewQueryServer(f.Stake).Pot(f.Ctx, &staketypes.QueryPotRequest{Netuid: netuid})
	require.NoError(t, err)
	require.Equal(t, 100*agon, redeemed+pot.Pot.Agon, "the pot is what the subnet cost, and nobody else held its token")
	require.Equal(t, f.alpha(netuid, types.FundAccount(id)), pot.AlphaSupply, "rounding left it to the fund")
	_, err = f.claim(id, 3)
	require.ErrorIs(t, err, types.ErrNothingDue)
	f.Next()
}
