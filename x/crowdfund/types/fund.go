package types

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/emission/curve"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Message is the creation of the planned subnet.
func (p Plan) Message(owner string, maxCost uint64) *subnettypes.MsgCreateSubnet {
	return &subnettypes.MsgCreateSubnet{
		Owner: owner, Identity: p.Identity, Symbol: p.Symbol, TaskKind: p.TaskKind, TaskParams: p.TaskParams,
		Hyperparams: p.Hyperparams, MaxCost: maxCost,
	}
}

// Status is where the fund stands at a height.
func (f Fund) Status(height int64) FundStatus {
	switch o := f.Outcome; {
	case o != nil && (o.LeaseUntil == 0 || height < o.LeaseUntil):
		return FundStatus_FUND_STATUS_LEASED
	case o != nil:
		return FundStatus_FUND_STATUS_OVER
	case f.Cancelled:
		return FundStatus_FUND_STATUS_CANCELLED
	case height > f.EndsAt:
		return FundStatus_FUND_STATUS_EXPIRED
	}
	return FundStatus_FUND_STATUS_COLLECTING
}

// Room is what the fund still takes, in nagon.
func (f Fund) Room() uint64 { return f.Goal - f.Raised }

// Validate reports the first field of a fund that is wrong by itself. Errors: ErrInvalidFund, or those of the plan.
func (f Fund) Validate() error {
	if f.Account != FundAccount(f.Id).String() {
		return errorsmod.Wrapf(ErrInvalidFund, "fund %d has account %q, want %s", f.Id, f.Account, FundAccount(f.Id))
	}
	if err := f.Plan.Message(f.Operator, 0).ValidateBasic(); err != nil {
		return errorsmod.Wrapf(err, "fund %d", f.Id)
	}
	for _, b := range []bound{
		{"goal", f.Goal, MinAmountBound, maxAmount},
		{"min_contribution", f.MinContribution, MinAmountBound, f.Goal},
		{"deposit", f.Deposit, f.MinContribution, f.Goal},
		{"operator_bps", uint64(f.OperatorBps), 0, curve.MaxBps},
		{"lease_blocks", f.LeaseBlocks, 0, MaxLeaseBlocks},
	} {
		if b.value < b.least || b.value > b.most {
			return errorsmod.Wrapf(ErrInvalidFund, "fund %d: %s is %d, want %d to %d", f.Id, b.name, b.value, b.least, b.most)
		}
	}
	switch o := f.Outcome; {
	case f.CreatedAt < 0 || f.EndsAt <= f.CreatedAt:
		return errorsmod.Wrapf(ErrInvalidFund, "fund %d: created_at is %d and ends_at is %d, want 0 <= created_at < ends_at", f.Id, f.CreatedAt, f.EndsAt)
	case f.Raised == 0 || f.Raised > f.Goal:
		return errorsmod.Wrapf(ErrInvalidFund, "fund %d: raised is %d, want 1 to %d (goal)", f.Id, f.Raised, f.Goal)
	case o == nil:
		return nil
	case f.Cancelled:
		return errorsmod.Wrapf(ErrInvalidFund, "fund %d is cancelled and has an outcome, want one of them", f.Id)
	case o.Cost > f.Raised || o.Surplus > f.Raised-o.Cost:
		return errorsmod.Wrapf(ErrInvalidFund, "fund %d: raised is %d, cost is %d and surplus is %d, want cost and surplus within raised", f.Id, f.Raised, o.Cost, o.Surplus)
	case o.Unsettled == 0 && o.Surplus > 0:
		return errorsmod.Wrapf(ErrInvalidFund, "fund %d: surplus is %d, and everyone was given a part of it", f.Id, o.Surplus)
	case o.OpenedAt < f.CreatedAt || o.OpenedAt > f.EndsAt:
		return errorsmod.Wrapf(ErrInvalidFund, "fund %d: opened_at is %d, want %d to %d (created_at to ends_at)", f.Id, o.OpenedAt, f.CreatedAt, f.EndsAt)
	case o.LeaseUntil != 0 && o.LeaseUntil <= o.OpenedAt:
		return errorsmod.Wrapf(ErrInvalidFund, "fund %d: lease_until is %d, want a height after %d (opened_at), or 0", f.Id, o.LeaseUntil, o.OpenedAt)
	case o.Carry >= f.Raised:
		return errorsmod.Wrapf(ErrInvalidFund, "fund %d: carry is %d, want less than %d (raised)", f.Id, o.Carry, f.Raised)
	}
	return subnettypes.CheckNetuid(f.Outcome.Netuid)
}
