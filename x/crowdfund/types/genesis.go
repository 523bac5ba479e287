package types

import (
	"bytes"

	errorsmod "cosmossdk.io/errors"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// DefaultGenesis is a chain without funds.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams(), NextFundId: FirstFundID}
}

// Validate reports the first contradiction, as ErrInvalidGenesis or as the error of the part that is wrong.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	rest := gs.Contributions
	last := uint64(FirstFundID - 1)
	opened := make(map[uint32]uint64)
	for i, f := range gs.Funds {
		if f.Id <= last || f.Id >= gs.NextFundId {
			return errorsmod.Wrapf(ErrInvalidGenesis, "funds has id %d at %d, want ascending ids from %d below %d (next_fund_id)", f.Id, i, FirstFundID, gs.NextFundId)
		}
		last = f.Id
		if err := f.Validate(); err != nil {
			return err
		}
		if o := f.Outcome; o != nil {
			if other, twice := opened[o.Netuid]; twice {
				return errorsmod.Wrapf(ErrInvalidGenesis, "funds %d and %d both opened netuid %d", other, f.Id, o.Netuid)
			}
			opened[o.Netuid] = f.Id
		}
		n := 0
		for n < len(rest) && rest[n].FundId == f.Id {
			n++
		}
		if err := f.validateContributions(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	if len(rest) > 0 {
		return errorsmod.Wrapf(ErrInvalidGenesis, "contributions has fund_id %d of %q: no such fund, or out of order", rest[0].FundId, rest[0].Contributor)
	}
	if gs.NextFundId < FirstFundID {
		return errorsmod.Wrapf(ErrInvalidGenesis, "next_fund_id is %d, want at least %d", gs.NextFundId, FirstFundID)
	}
	return nil
}

// validateContributions holds a fund's sums against its contributions, all of them in order.
func (f Fund) validateContributions(all []Contribution) error {
	var sum, unsettled, due uint64
	var last []byte
	for i, c := range all {
		contributor, err := subnettypes.ParseAddress("contributor", c.Contributor)
		if err != nil {
			return errorsmod.Wrapf(err, "contributions of fund %d", f.Id)
		}
		if i > 0 && bytes.Compare(last, contributor) >= 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "contributions of fund %d have %s out of order or twice, want ascending bytes", f.Id, c.Contributor)
		}
		last = contributor
		if c.Amount == 0 || c.Amount > f.Raised-sum {
			return errorsmod.Wrapf(ErrInvalidGenesis, "contributions of fund %d: amount of %s is %d, want at least 1, and %d (raised) in all", f.Id, c.Contributor, c.Amount, f.Raised)
		}
		sum += c.Amount
		if f.Outcome == nil {
			if c.Settled || c.Claimed > 0 || !c.Index.IsZero() {
				return errorsmod.Wrapf(ErrInvalidGenesis, "contributions of fund %d: that of %s was paid before the subnet was open", f.Id, c.Contributor)
			}
			continue
		}
		if !c.Settled {
			unsettled += c.Amount
		}
		d, err := f.Outcome.Due(c)
		if err != nil {
			return errorsmod.Wrapf(ErrInvalidGenesis, "contributions of fund %d: %s", f.Id, err)
		}
		if d > f.Outcome.Held-due {
			return errorsmod.Wrapf(ErrInvalidGenesis, "contributions of fund %d are due more than the %d that are held", f.Id, f.Outcome.Held)
		}
		due += d
	}
	if sum != f.Raised || uint64(len(all)) != f.Contributors {
		return errorsmod.Wrapf(ErrInvalidGenesis, "fund %d has %d contributions of %d, want %d of %d (contributors, raised)", f.Id, len(all), sum, f.Contributors, f.Raised)
	}
	if f.Outcome != nil && unsettled != f.Outcome.Unsettled {
		return errorsmod.Wrapf(ErrInvalidGenesis, "fund %d: contributions of %d are not settled, want %d (unsettled)", f.Id, unsettled, f.Outcome.Unsettled)
	}
	return nil
}
