package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/emission/types"
)

// AfterSubnetCreated opens the subnet's account. Its weight starts at 0 and grows with the price that its token keeps.
func (k *Keeper) AfterSubnetCreated(ctx context.Context, netuid uint32, _ sdk.AccAddress, _ uint64) error {
	p, err := k.params.Get(ctx)
	if err != nil {
		return err
	}
	ledger, err := k.ledger.Get(ctx)
	if err != nil {
		return err
	}
	cumulative, err := k.stake.PriceCumulative(ctx, netuid)
	if err != nil {
		return err
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	return k.subnets.Set(ctx, netuid, types.SubnetEmission{
		Netuid: netuid, Index: ledger.Index, PriceCumulative: cumulative,
		PriceBlock: height, InjectedBlock: height, PaidBlock: height,
		OwnerCutBps: p.OwnerCutBps,
	})
}

// BeforeNeuronReplaced changes nothing here.
func (k *Keeper) BeforeNeuronReplaced(context.Context, uint32, uint32, sdk.AccAddress) error {
	return nil
}

// AfterNeuronRegistered changes nothing here.
func (k *Keeper) AfterNeuronRegistered(context.Context, uint32, uint32, sdk.AccAddress, sdk.AccAddress) error {
	return nil
}

// AfterHotkeySwapped changes nothing here.
func (k *Keeper) AfterHotkeySwapped(context.Context, sdk.AccAddress, sdk.AccAddress, sdk.AccAddress, []uint32) error {
	return nil
}

// BeforeOwnerSwapAnnounced asks nothing here.
func (k *Keeper) BeforeOwnerSwapAnnounced(context.Context, sdk.AccAddress, sdk.AccAddress) error {
	return nil
}

// AfterHotkeyOwnerChanged moves nothing here.
func (k *Keeper) AfterHotkeyOwnerChanged(context.Context, sdk.AccAddress, sdk.AccAddress, sdk.AccAddress) (uint32, error) {
	return 0, nil
}

// MoveOwned moves nothing here: an owner's cut goes to whoever owns the subnet.
func (k *Keeper) MoveOwned(context.Context, sdk.AccAddress, sdk.AccAddress, uint32) (uint32, bool, error) {
	return 0, false, nil
}
