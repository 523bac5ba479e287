package types

import (
	"math"

	errorsmod "cosmossdk.io/errors"
)

// DefaultGenesis is the state of a new chain.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate refuses a genesis that contradicts itself.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	neurons := make(map[uint32]int, len(gs.Columns))
	for i, c := range gs.Columns {
		if i > 0 && c.Netuid <= gs.Columns[i-1].Netuid {
			return errorsmod.Wrapf(ErrInvalidGenesis, "columns[%d]: netuid %d after %d; sort them, each once", i, c.Netuid, gs.Columns[i-1].Netuid)
		}
		n := len(c.LastUpdate)
		for _, l := range []int{
			len(c.Permits), len(c.Active), len(c.StakeWeight), len(c.Consensus), len(c.Incentive), len(c.Dividends),
			len(c.ValidatorTrust), len(c.Emission),
		} {
			if l != n {
				return errorsmod.Wrapf(ErrInvalidGenesis, "columns[%d]: netuid %d: columns of %d and %d entries", i, c.Netuid, n, l)
			}
		}
		for _, column := range [][]uint32{c.StakeWeight, c.Consensus, c.Incentive, c.Dividends, c.ValidatorTrust} {
			for uid, v := range column {
				if v > math.MaxUint16 {
					return errorsmod.Wrapf(ErrInvalidGenesis, "columns[%d]: uid %d has %d, at most %d", i, uid, v, math.MaxUint16)
				}
			}
		}
		neurons[c.Netuid] = n
	}
	for i, e := range gs.Epochs {
		if i > 0 && e.Netuid <= gs.Epochs[i-1].Netuid {
			return errorsmod.Wrapf(ErrInvalidGenesis, "epochs[%d]: netuid %d after %d; sort them, each once", i, e.Netuid, gs.Epochs[i-1].Netuid)
		}
		if _, ok := neurons[e.Netuid]; !ok {
			return errorsmod.Wrapf(ErrInvalidGenesis, "epochs[%d]: netuid %d has no columns", i, e.Netuid)
		}
	}
	if len(gs.Epochs) != len(gs.Columns) {
		return errorsmod.Wrapf(ErrInvalidGenesis, "%d epochs and %d columns, want as many", len(gs.Epochs), len(gs.Columns))
	}
	for _, table := range []struct {
		name    string
		subnets []SubnetRows
	}{{"weights", gs.Weights}, {"bonds", gs.Bonds}} {
		for i, s := range table.subnets {
			n, ok := neurons[s.Netuid]
			if !ok {
				return errorsmod.Wrapf(ErrInvalidGenesis, "%s[%d]: netuid %d has no columns", table.name, i, s.Netuid)
			}
			for _, row := range s.Rows {
				if row.Uid >= uint32(n) {
					return errorsmod.Wrapf(ErrInvalidGenesis, "%s[%d]: row of uid %d, the subnet has %d neurons", table.name, i, row.Uid, n)
				}
				if err := ValidateWeights(row.Entries, uint32(n), 0); err != nil {
					return errorsmod.Wrapf(ErrInvalidGenesis, "%s[%d]: row of uid %d: %s", table.name, i, row.Uid, err)
				}
			}
		}
	}
	for i, c := range gs.Commits {
		if len(c.Hash) != HashSize || (len(c.Seed) != 0 && len(c.Seed) != HashSize) {
			return errorsmod.Wrapf(ErrInvalidGenesis, "commits[%d]: hash of %d and seed of %d bytes, want %d", i, len(c.Hash), len(c.Seed), HashSize)
		}
	}
	return nil
}
