package keeper

import (
	"context"
	"slices"

	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
)

// Invariant is something that holds after every block.
type Invariant struct {
	// Name says what holds.
	Name string
	// Check returns an error that says what does not.
	Check func(ctx context.Context) error
}

// Invariants lists what holds after every block. They read state and write nothing.
func (k *Keeper) Invariants() []Invariant {
	return []Invariant{
		{"every-subnet-has-its-account", k.checkSubnets},
		{"minted-is-paid-or-held", k.checkHeld},
		{"held-covers-what-subnets-are-due", k.checkDue},
		{"issuance-under-the-cap", k.checkCap},
		{"price-sums-are-the-pools", k.checkPriceSums},
	}
}

// checkSubnets: every subnet that lives has its account, and nothing else has; one that has not started has no weight.
func (k *Keeper) checkSubnets(ctx context.Context) error {
	netuids, err := k.subnet.Netuids(ctx)
	if err != nil {
		return err
	}
	var have []uint32
	err = k.subnets.Walk(ctx, nil, func(netuid uint32, e types.SubnetEmission) (bool, error) {
		have = append(have, netuid)
		s, err := k.subnet.GetSubnet(ctx, netuid)
		if err != nil {
			return true, types.ErrBroken.Wrapf("account of netuid %d: %s", netuid, err)
		}
		if e.Started != (s.StartedAt > 0) || (!e.Started && e.Weight > 0) {
			return true, types.ErrBroken.Wrapf("netuid %d started at %d: account started %t, weight %d", netuid, s.StartedAt, e.Started, e.Weight)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	if !slices.Equal(netuids, have) {
		return types.ErrBroken.Wrapf("subnets are %v, accounts are of %v", netuids, have)
	}
	return nil
}

// checkHeld: the module's account holds exactly what was minted and not yet handed on.
func (k *Keeper) checkHeld(ctx context.Context) error {
	ledger, err := k.ledger.Get(ctx)
	if err != nil {
		return err
	}
	held := k.bank.GetBalance(ctx, authtypes.NewModuleAddress(types.ModuleName), params.BaseDenom).Amount
	want := ledger.Minted - ledger.Security - ledger.Community - ledger.Subnets
	if !held.IsUint64() || held.Uint64() != want {
		return types.ErrBroken.Wrapf("account holds %s nagon, ledger says %d", held, want)
	}
	return nil
}

// checkDue: weights sum to the total, and the account covers every subnet's claim.
func (k *Keeper) checkDue(ctx context.Context) error {
	ledger, err := k.ledger.Get(ctx)
	if err != nil {
		return err
	}
	var weight, due uint64
	err = k.subnets.Walk(ctx, nil, func(netuid uint32, s types.SubnetEmission) (bool, error) {
		owed, err := curve.Owed(s.Weight, ledger.Index, s.Index)
		if err != nil {
			return true, types.ErrBroken.Wrapf("netuid %d: %s", netuid, err)
		}
		weight += s.Weight
		due += owed
		return false, nil
	})
	if err != nil {
		return err
	}
	if weight != ledger.TotalWeight {
		return types.ErrBroken.Wrapf("weights sum to %d, total is %d", weight, ledger.TotalWeight)
	}
	held := k.bank.GetBalance(ctx, authtypes.NewModuleAddress(types.ModuleName), params.BaseDenom).Amount
	if !held.IsUint64() || held.Uint64() < due {
		return types.ErrBroken.Wrapf("account holds %s nagon, subnets are due %d", held, due)
	}
	return nil
}

// checkCap: there is never more AGON than the cap, provided that the chain began under it.
func (k *Keeper) checkCap(ctx context.Context) error {
	if supply := k.bank.GetSupply(ctx, params.BaseDenom).Amount; !supply.IsUint64() || supply.Uint64() > curve.Cap {
		return types.ErrBroken.Wrapf("issuance is %s nagon, the cap is %d", supply, uint64(curve.Cap))
	}
	return nil
}

// checkPriceSums: no sample is ahead of its pool's sum of prices, or the subnet's next epoch could not take the mean.
func (k *Keeper) checkPriceSums(ctx context.Context) error {
	return k.subnets.Walk(ctx, nil, func(netuid uint32, s types.SubnetEmission) (bool, error) {
		sum, err := k.stake.PriceCumulative(ctx, netuid)
		if err != nil {
			return true, types.ErrBroken.Wrapf("netuid %d: %s", netuid, err)
		}
		if sum.Cmp(s.PriceCumulative) < 0 {
			return true, types.ErrBroken.Wrapf("netuid %d: price sum %s was sampled, the pool's is %s", netuid, s.PriceCumulative, sum)
		}
		return false, nil
	})
}
