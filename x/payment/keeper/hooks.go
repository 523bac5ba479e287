package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

var _ subnettypes.SubnetHooks = (*Keeper)(nil)

// BeforeNeuronReplaced ends the neuron's price: who is not in serves nobody, and one that is given another uid sets it again. Its channels
// stay: what it has earned it can claim.
func (k *Keeper) BeforeNeuronReplaced(ctx context.Context, netuid, _ uint32, hotkey sdk.AccAddress) error {
	key := collections.Join(netuid, hotkey)
	has, err := k.prices.Has(ctx, key)
	if err != nil || !has {
		return err
	}
	if err := k.prices.Remove(ctx, key); err != nil {
		return err
	}
	return emit(ctx, &types.EventPriceRemoved{Netuid: netuid, Hotkey: hotkey.String()})
}

// AfterSubnetCreated does nothing.
func (k *Keeper) AfterSubnetCreated(context.Context, uint32, sdk.AccAddress, uint64) error {
	return nil
}

// AfterSubnetStarted does nothing.
func (k *Keeper) AfterSubnetStarted(context.Context, uint32) error { return nil }

// AfterSubnetDissolved does nothing: prices end with their neurons, which are removed in the blocks after.
func (k *Keeper) AfterSubnetDissolved(context.Context, uint32) error { return nil }

// AfterNeuronRegistered does nothing.
func (k *Keeper) AfterNeuronRegistered(context.Context, uint32, uint32, sdk.AccAddress, sdk.AccAddress) error {
	return nil
}

// AfterNeuronsTrimmed does nothing.
func (k *Keeper) AfterNeuronsTrimmed(context.Context, uint32, uint32) error { return nil }
