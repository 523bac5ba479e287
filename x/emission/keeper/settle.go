package keeper

import (
	"context"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
)

// BeforeTrade puts what a subnet's pool is due into it before its reserves are traded against, so that nobody can trade
// around a lump.
func (k *Keeper) BeforeTrade(ctx context.Context, netuid uint32) error {
	s, err := k.subnetEmission(ctx, netuid)
	if err != nil {
		return err
	}
	ledger, err := k.ledger.Get(ctx)
	if err != nil {
		return err
	}
	changed, err := k.settle(ctx, &s, &ledger)
	if err != nil || !changed {
		return err
	}
	return k.store(ctx, s, ledger)
}

// settle draws what the subnet is due from the index and injects it into the pool: all of the AGON, and beside it as much
// token as the price asks but no more than the token's own emission of those blocks. It reports whether anything moved.
func (k *Keeper) settle(ctx context.Context, s *types.SubnetEmission, ledger *types.Ledger) (bool, error) {
	owed, err := curve.Owed(s.Weight, ledger.Index, s.Index)
	if err != nil {
		return false, err
	}
	if owed == 0 {
		return false, nil
	}
	height := sdk.UnwrapSDKContext(ctx).BlockHeight()
	alphaCap := curve.Emit(k.stake.AlphaSupply(ctx, s.Netuid), elapsed(s.InjectedBlock, height))
	agonIn, alphaIn, err := k.stake.Inject(ctx, s.Netuid, types.ModuleName, owed, alphaCap)
	if err != nil {
		return false, err
	}
	// Whatever the pool could not take stays owed: the index moves on only with the coins.
	if agonIn < owed {
		return false, types.ErrBroken.Wrapf("netuid %d: pool took %d of %d nagon", s.Netuid, agonIn, owed)
	}
	s.Index = ledger.Index
	s.InjectedBlock = height
	ledger.Subnets += agonIn
	return true, sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&types.EventPoolInjected{
		Netuid: s.Netuid, Agon: agonIn, Alpha: alphaIn,
	})
}

// store writes both sides of a settlement.
func (k *Keeper) store(ctx context.Context, s types.SubnetEmission, ledger types.Ledger) error {
	if err := k.subnets.Set(ctx, s.Netuid, s); err != nil {
		return err
	}
	return k.ledger.Set(ctx, ledger)
}

// elapsed is the number of blocks from one height to another, never negative.
func elapsed(from, to int64) uint64 {
	if to <= from {
		return 0
	}
	return uint64(to - from)
}
