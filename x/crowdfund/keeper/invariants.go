package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/crowdfund/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Invariant is something that holds after every block.
type Invariant struct {
	// Name says what holds.
	Name string
	// Check returns an error that says what does not.
	Check func(ctx context.Context) error
}

// Invariants lists what holds after every block. They read state and write nothing. Errors: ErrBroken.
func (k *Keeper) Invariants() []Invariant {
	return []Invariant{
		{"sums-match-contributions", k.checkSums},
		{"escrow-is-what-can-be-taken-back", k.checkEscrow},
		{"accounts-cover-what-shares-are-due", k.checkHeld},
		{"deposits-stay-while-funds-collect", k.checkDeposits},
		{"indexes-match", k.checkIndexes},
		{"leases-are-of-funds", k.checkLeases},
	}
}

// eachFund calls f for every fund.
func (k *Keeper) eachFund(ctx context.Context, f func(types.Fund) error) error {
	return k.funds.Walk(ctx, nil, func(_ uint64, fund types.Fund) (bool, error) {
		err := f(fund)
		return err != nil, err
	})
}

// checkSums: what a genesis has to satisfy holds always; raised is the sum of contributions and of shares, and dues are held.
func (k *Keeper) checkSums(ctx context.Context) error {
	gs, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := gs.Validate(); err != nil {
		return types.ErrBroken.Wrap(err.Error())
	}
	return nil
}

// checkEscrow: the module's account holds the contributions of funds without a subnet and the surplus of the others, to the unit.
func (k *Keeper) checkEscrow(ctx context.Context) error {
	var want uint64
	err := k.eachFund(ctx, func(f types.Fund) error {
		if f.Outcome == nil {
			want += f.Raised
		} else {
			want += f.Outcome.Surplus
		}
		return nil
	})
	if err != nil {
		return err
	}
	if held := k.bank.GetBalance(ctx, escrow(), staketypes.Agon(0).Denom).Amount; !held.IsUint64() || held.Uint64() != want {
		return types.ErrBroken.Wrapf("account holds %s nagon, funds say %d", held, want)
	}
	return nil
}

func (k *Keeper) checkHeld(ctx context.Context) error {
	return k.eachFund(ctx, func(f types.Fund) error {
		if f.Outcome == nil {
			return nil
		}
		balance, err := k.balance(ctx, f)
		if err != nil {
			return err
		}
		if balance < f.Outcome.Held {
			return types.ErrBroken.Wrapf("account of fund %d holds %d, %d are held for shares", f.Id, balance, f.Outcome.Held)
		}
		return nil
	})
}

func (k *Keeper) checkDeposits(ctx context.Context) error {
	return k.eachFund(ctx, func(f types.Fund) error {
		if f.Status(height(ctx)) != types.FundStatus_FUND_STATUS_COLLECTING {
			return nil
		}
		operator, err := subnettypes.ParseAddress("operator", f.Operator)
		if err != nil {
			return err
		}
		c, err := k.contribution(ctx, f.Id, operator)
		if err != nil || c.Amount < f.Deposit {
			return types.ErrBroken.Wrapf("operator of fund %d has %d in it, want at least %d (%v)", f.Id, c.Amount, f.Deposit, err)
		}
		return nil
	})
}

func (k *Keeper) checkIndexes(ctx context.Context) error {
	want, open := 0, 0
	err := k.contributions.Walk(ctx, nil, func(key collections.Pair[uint64, sdk.AccAddress], c types.Contribution) (bool, error) {
		want++
		has, err := k.byContributor.Has(ctx, collections.Join(key.K2(), key.K1()))
		if err != nil || !has || c.FundId != key.K1() || c.Contributor != key.K2().String() {
			return true, types.ErrBroken.Wrapf("contribution of %s to fund %d is stored under %s, %d, or not in the index (%v)", c.Contributor, c.FundId, key.K2(), key.K1(), err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.eachFund(ctx, func(f types.Fund) error {
		if f.Outcome != nil {
			return nil
		}
		open++
		operator, err := subnettypes.ParseAddress("operator", f.Operator)
		if err != nil {
			return err
		}
		if has, err := k.open.Has(ctx, collections.Join(operator, f.Id)); err != nil || !has {
			return types.ErrBroken.Wrapf("fund %d is not among the open ones of %s (%v)", f.Id, f.Operator, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range []struct {
		name string
		set  collections.KeySet[collections.Pair[sdk.AccAddress, uint64]]
		want int
	}{{"by_contributor", k.byContributor, want}, {"open", k.open, open}} {
		n := 0
		err := c.set.Walk(ctx, nil, func(collections.Pair[sdk.AccAddress, uint64]) (bool, error) {
			n++
			return false, nil
		})
		if err != nil {
			return err
		}
		if n != c.want {
			return types.ErrBroken.Wrapf("index %s has %d entries, want %d", c.name, n, c.want)
		}
	}
	return nil
}

// checkLeases: while a fund's lease runs, its subnet pays the fund's account, unless the subnet is gone.
func (k *Keeper) checkLeases(ctx context.Context) error {
	return k.eachFund(ctx, func(f types.Fund) error {
		if f.Status(height(ctx)) != types.FundStatus_FUND_STATUS_LEASED {
			return nil
		}
		s, err := k.subnet.GetSubnet(ctx, f.Outcome.Netuid)
		if errors.Is(err, subnettypes.ErrSubnetNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		lease, runs := s.LeaseAt(height(ctx))
		want := subnettypes.Lease{Payee: f.Account, OwnerBps: f.OperatorBps, Until: f.Outcome.LeaseUntil}
		ended := s.Lease == nil && f.Outcome.LeaseUntil == f.Outcome.OpenedAt+1 // by its owner, in the block that opened it
		if (!runs || lease != want) && !ended {
			return types.ErrBroken.Wrapf("lease of netuid %d is %v (runs: %t), fund %d says %v", s.Netuid, lease, runs, f.Id, want)
		}
		return nil
	})
}
