package keeper_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/x/subnet/types"
)

// What the README says of gas: a registration grows with the columns, and stays far below a block.
func TestRegistrationGas(t *testing.T) {
	f := setup(t)
	netuid := f.create(func(h *types.Hyperparams) {
		h.MaxRegistrationsPerBlock, h.MaxRegistrationPrice = 64, h.MinRegistrationPrice
	})
	var gas []uint64
	for i := range 256 {
		f.at(10 + int64(i))
		hot := keepertest.Account(byte(i))
		meter := storetypes.NewInfiniteGasMeter()
		_, err := f.do(func(ctx context.Context) error {
			_, err := f.msg.Register(sdk.UnwrapSDKContext(ctx).WithGasMeter(meter), &types.MsgRegister{Owner: owner.String(), Hotkey: hot.String(), Netuid: netuid})
			return err
		})
		require.NoError(t, err)
		gas = append(gas, meter.GasConsumed())
	}
	t.Logf("gas of a registration: first %d, 256th %d", gas[0], gas[255])
	require.Less(t, gas[0], uint64(100_000))
	require.Less(t, gas[255], uint64(400_000))
}
