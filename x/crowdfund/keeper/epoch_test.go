package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	vestingtypes "github.com/cosmos/cosmos-sdk/x/auth/vesting/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/crowdfund/types"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	scoringkeeper "github.com/agon-chain/agon/x/scoring/keeper"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// An epoch of a fund's subnet pays its owner and its fund, and who has shares claims them in proportion.
func TestEpochPaysThroughTheFund(t *testing.T) {
	f := setup(t)
	id, netuid := f.opened()
	_, err := subnetkeeper.NewMsgServer(f.Subnet).StartSubnet(f.Ctx, &subnettypes.MsgStartSubnet{Owner: who(0).String(), Netuid: netuid})
	require.NoError(t, err)
	for n := range 3 {
		f.Register(netuid, n)
	}
	f.StakeToken(netuid, 2, 5_000_000)
	epoch := func() []sdk.Event {
		e, err := f.Scoring.EpochOf(f.Ctx, netuid)
		require.NoError(t, err)
		f.To(e.DueAt)
		return f.Next()
	}
	epoch() // permits
	var fund, owner uint64
	for range 3 {
		_, err := scoringkeeper.NewMsgServer(f.Scoring).SetWeights(f.Ctx, &scoringtypes.MsgSetWeights{
			Hotkey: markettest.Hotkey(2).String(), Netuid: netuid, Weights: []scoringtypes.Weight{{Uid: 0, Value: 7}, {Uid: 1, Value: 11}},
		})
		require.NoError(t, err)
		paid := markettest.Events[*emissiontypes.EventEpochPaid](epoch())
		require.Len(t, paid, 1)
		require.NotZero(t, paid[0].Payee)
		require.Equal(t, (paid[0].Owner+paid[0].Payee)/4, paid[0].Owner, "2500 basis points")
		fund += paid[0].Payee
		owner += paid[0].Owner
	}
	require.Equal(t, owner, f.alpha(netuid, who(0)))
	require.Equal(t, fund, f.fund(id).Alpha)
	var claimed uint64
	for n, shares := range []uint64{10, 60, 50} {
		res, err := f.claim(id, n)
		require.NoError(t, err)
		require.LessOrEqual(t, res.Alpha, fund*shares/120)
		require.GreaterOrEqual(t, res.Alpha+1, fund*shares/120, "rounded down")
		claimed += res.Alpha
	}
	require.LessOrEqual(t, fund-claimed, uint64(5), "rounding stays for later claims")
	f.CheckInvariants()
}

// Anyone can make a fund's account one that locks what he sends to it. What is locked is nobody's due until it is free, or
// who claims last would be short of it.
func TestLockedTokenIsNotDue(t *testing.T) {
	f := setup(t)
	vestingtypes.RegisterInterfaces(f.Registry)
	id, netuid := f.opened()
	account := types.FundAccount(id)
	locked := sdk.NewCoins(staketypes.Alpha(netuid, 1000))
	base := authtypes.NewBaseAccountWithAddress(account)
	vesting, err := vestingtypes.NewBaseVestingAccount(base, locked, f.Ctx.BlockTime().Unix()+100)
	require.NoError(t, err)
	f.Accounts.SetAccount(f.Ctx, f.Accounts.NewAccount(f.Ctx, vestingtypes.NewDelayedVestingAccountRaw(vesting)))
	require.NoError(t, f.Stake.PayToken(f.Ctx, netuid, account, 1000))
	require.NoError(t, f.Stake.PayToken(f.Ctx, netuid, account, 121))
	for n, want := range []uint64{10, 60, 50} {
		res, err := f.claim(id, n)
		require.NoError(t, err)
		require.Equal(t, want, res.Alpha)
	}
	f.CheckInvariants()
	f.At(200)
	res, err := f.claim(id, 1)
	require.NoError(t, err)
	require.EqualValues(t, 500, res.Alpha)
	f.CheckInvariants()
}
