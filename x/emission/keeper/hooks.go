package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/emission/curve"
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
		PriceMean:   curve.OneQ32, // at which a pool opens
	})
}

// BeforeNeuronReplaced changes nothing here.
func (k *Keeper) BeforeNeuronReplaced(context.Context, uint32, uint32, sdk.AccAddress) error {
	return nil
}

// AfterNeuronRegistered fixes what the neuron must earn for its collateral to vest, at the price that the last epoch's end took
// up: a mean over an epoch, which nobody moves by trading around a registration.
func (k *Keeper) AfterNeuronRegistered(ctx context.Context, netuid, uid uint32, _, _ sdk.AccAddress) error {
	s, err := k.subnetEmission(ctx, netuid)
	if err != nil {
		return err
	}
	return k.subnet.FixCollateralTarget(ctx, netuid, uid, s.PriceMean)
}
