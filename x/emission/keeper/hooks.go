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

// AfterSubnetStarted begins with the price and the emission of the subnet's token: what was before counts for neither.
func (k *Keeper) AfterSubnetStarted(ctx context.Context, netuid uint32) error {
	s, err := k.subnetEmission(ctx, netuid)
	if err != nil {
		return err
	}
	if s.PriceCumulative, err = k.stake.PriceCumulative(ctx, netuid); err != nil {
		return err
	}
	s.Started = true
	s.PriceBlock = sdk.UnwrapSDKContext(ctx).BlockHeight()
	s.InjectedBlock, s.PaidBlock = s.PriceBlock, s.PriceBlock
	return k.subnets.Set(ctx, netuid, s)
}

// AfterSubnetDissolved closes the subnet's account. x/stake has settled it in this block, as it closed the pool, so that it is
// due nothing; its weight is no part of the total any more, and what the running epoch would have paid is never minted.
func (k *Keeper) AfterSubnetDissolved(ctx context.Context, netuid uint32) error {
	s, err := k.subnetEmission(ctx, netuid)
	if err != nil {
		return err
	}
	ledger, err := k.ledger.Get(ctx)
	if err != nil {
		return err
	}
	owed, err := curve.Owed(s.Weight, ledger.Index, s.Index)
	if err != nil {
		return err
	}
	if owed > 0 {
		return types.ErrBroken.Wrapf("netuid %d: dissolved with %d nagon due to its pool", netuid, owed)
	}
	ledger.TotalWeight -= s.Weight
	if err := k.ledger.Set(ctx, ledger); err != nil {
		return err
	}
	if err := k.subnets.Remove(ctx, netuid); err != nil {
		return err
	}
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventAccountClosed{Netuid: netuid, Weight: s.Weight, Alpha: k.pendingAlpha(ctx, s)})
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

// AfterNeuronsTrimmed changes nothing here.
func (k *Keeper) AfterNeuronsTrimmed(context.Context, uint32, uint32) error { return nil }
