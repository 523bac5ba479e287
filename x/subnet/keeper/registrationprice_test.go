package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/agon-chain/agon/x/subnet/types"
)

func (f *fixture) forecast(netuid uint32) *types.QueryRegistrationPriceResponse {
	f.t.Helper()
	out, err := f.client().RegistrationPrice(f.ctx, &types.QueryRegistrationPriceRequest{Netuid: netuid})
	require.NoError(f.t, err)
	return out
}

// From 4000 nagon, half is there after one half-life of 100 blocks; from 1500, the floor of 1000 after log2(1.5) of one.
func TestRegistrationPriceQuery(t *testing.T) {
	f := setup(t)
	netuid := f.create(func(h *types.Hyperparams) {
		h.MinRegistrationPrice, h.MaxRegistrationPrice, h.RegistrationPriceHalfLife, h.MaxRegistrationsPerBlock = 1000, 5000, 100, 3
	})
	require.Equal(t, &types.QueryRegistrationPriceResponse{
		Price: 1000, Floor: 1000, Ceiling: 5000, NextPrice: 2000, LowerPrice: 1000, LowerBlock: 10, Block: 10, RegistrationsLeft: 3, Collateral: 500,
	}, f.forecast(netuid))
	f.register(netuid, hotkey(0))
	f.register(netuid, hotkey(1))
	require.Equal(t, &types.QueryRegistrationPriceResponse{
		Price: 4000, Floor: 1000, Ceiling: 5000, NextPrice: 5000, LowerPrice: 2000, LowerBlock: 110, Block: 10, RegistrationsLeft: 1, Collateral: 2000,
	}, f.forecast(netuid))
	f.register(netuid, hotkey(2))
	require.Zero(t, f.forecast(netuid).RegistrationsLeft)

	f.at(11)
	out := f.forecast(netuid)
	require.EqualValues(t, 3, out.RegistrationsLeft, "a new block takes as many again")
	for _, at := range []int64{11, 60, 150, 200, 230} {
		f.at(at)
		out := f.forecast(netuid)
		f.at(out.LowerBlock)
		require.LessOrEqual(t, f.forecast(netuid).Price, out.LowerPrice, "at %d", at)
		if out.LowerBlock > at {
			f.at(out.LowerBlock - 1)
			require.Greater(t, f.forecast(netuid).Price, out.LowerPrice, "at %d", at)
		}
	}
	_, err := f.client().RegistrationPrice(f.ctx, &types.QueryRegistrationPriceRequest{Netuid: 9})
	require.Equal(t, codes.NotFound, status.Code(err))
}

// Who waits as long as the refusal says, pays no more than the limit.
func TestMaxPriceSaysWhatToDo(t *testing.T) {
	f := setup(t)
	netuid := f.create(func(h *types.Hyperparams) {
		h.MinRegistrationPrice, h.MaxRegistrationPrice, h.RegistrationPriceHalfLife = 1000, 1_000_000, 100
	})
	f.register(netuid, hotkey(0))
	f.register(netuid, hotkey(1))
	_, err := f.tryRegister(netuid, owner, hotkey(2), 999)
	require.ErrorIs(t, err, types.ErrPriceAboveLimit)
	require.ErrorContains(t, err, "max_price is 999 nagon, netuid 1 costs 4000 nagon now; raise it: the price never falls below 1000 nagon")
	_, err = f.tryRegister(netuid, owner, hotkey(2), 2000)
	require.ErrorIs(t, err, types.ErrPriceAboveLimit)
	require.ErrorContains(t, err, "raise it, or wait until block 110,")
	f.at(109)
	_, err = f.tryRegister(netuid, owner, hotkey(2), 2000)
	require.ErrorIs(t, err, types.ErrPriceAboveLimit)
	f.at(110)
	res, err := f.tryRegister(netuid, owner, hotkey(2), 2000)
	require.NoError(t, err)
	require.EqualValues(t, 2000, res.Price)
}
