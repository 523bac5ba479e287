package types

import (
	"math/bits"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/emission/curve"
)

// MaxWeight bounds a subnet's weight, 65,536 AGON per token with 32 fractional bits, so that the sum over every subnet
// that the chain could ever have (65,535 of them) fits a machine word.
const MaxWeight = 1 << 48

// MaxIndex bounds the whole part of the index with which a chain starts: the emission of every block to come fits above it.
const MaxIndex = 1 << 63

// DefaultGenesis is the state of a new chain.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams()}
}

// Validate refuses a genesis that contradicts itself.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	if gs.Ledger.Index.Hi > MaxIndex {
		return errorsmod.Wrapf(ErrInvalidGenesis, "ledger.index is %s, at most %d whole nagon per unit of weight: a block without room for its emission stops the chain", gs.Ledger.Index, uint64(MaxIndex))
	}
	var last uint32
	var total uint64
	for i, s := range gs.Subnets {
		if s.Netuid <= last {
			return errorsmod.Wrapf(ErrInvalidGenesis, "subnets[%d]: netuid %d after %d; sort them, from 1, each once", i, s.Netuid, last)
		}
		last = s.Netuid
		if s.Weight > MaxWeight {
			return errorsmod.Wrapf(ErrInvalidGenesis, "subnets[%d]: weight %d, at most %d", i, s.Weight, uint64(MaxWeight))
		}
		if s.PriceBlock < 0 || s.InjectedBlock < 0 || s.PaidBlock < 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "subnets[%d]: price_block %d, injected_block %d, paid_block %d; heights are not negative", i, s.PriceBlock, s.InjectedBlock, s.PaidBlock)
		}
		if s.OwnerCutBps > MaxOwnerCutBps {
			return errorsmod.Wrapf(ErrInvalidGenesis, "subnets[%d]: owner_cut_bps %d, at most %d", i, s.OwnerCutBps, MaxOwnerCutBps)
		}
		if s.PriceAverage.Cmp(curve.Q64FromQ32(MaxWeight)) > 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "subnets[%d]: price_average %s is above %d with 32 fractional bits", i, s.PriceAverage, uint64(MaxWeight))
		}
		if s.PriceMean > MaxWeight {
			return errorsmod.Wrapf(ErrInvalidGenesis, "subnets[%d]: price_mean %d, at most %d", i, s.PriceMean, uint64(MaxWeight))
		}
		if s.MinerBurnBps > curve.MaxBps {
			return errorsmod.Wrapf(ErrInvalidGenesis, "subnets[%d]: miner_burn_bps %d, at most %d", i, s.MinerBurnBps, curve.MaxBps)
		}
		if s.Index.Cmp(gs.Ledger.Index) > 0 {
			return errorsmod.Wrapf(ErrInvalidGenesis, "subnets[%d]: index %s is ahead of the ledger's %s", i, s.Index, gs.Ledger.Index)
		}
		total += s.Weight
	}
	if total != gs.Ledger.TotalWeight {
		return errorsmod.Wrapf(ErrInvalidGenesis, "ledger.total_weight is %d, the subnets' weights sum to %d", gs.Ledger.TotalWeight, total)
	}
	spent, overflow := bits.Add64(gs.Ledger.Security, gs.Ledger.Community, 0)
	spent, overflow2 := bits.Add64(spent, gs.Ledger.Subnets, 0)
	if overflow+overflow2 > 0 || spent > gs.Ledger.Minted {
		return errorsmod.Wrapf(ErrInvalidGenesis, "ledger: parts exceed minted %d", gs.Ledger.Minted)
	}
	return nil
}
