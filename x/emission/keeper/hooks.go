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
