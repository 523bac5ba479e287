package types

import (
	errorsmod "cosmossdk.io/errors"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Bounds of the module's parameters and fields.
const (
	// MaxBench is the most judges that a case has: deciding it reads them all.
	MaxBench = 64
	// MaxWindow bounds how long judges commit, and how long they reveal, in blocks: for so long collateral stays held.
	MaxWindow = 1_000_000
	// MaxWait bounds how long an accuser waits, and how long a case is kept, in blocks.
	MaxWait = 10_000_000
	// MinQuorumBps is the least quorum, in basis points: half of the bench decides, or nobody.
	MinQuorumBps = 5_000
	// MaxLog10E bounds the evidence that an accuser claims: an e-value of 10^1000.
	MaxLog10E = 1_000_000
	// MaxOpenCasesBound bounds max_open_cases: an accusation counts those that its accuser has.
	MaxOpenCasesBound = 64
	// MaxCasesPerBlockBound bounds max_cases_per_block.
	MaxCasesPerBlockBound = 64
	// MaxReason bounds an accuser's words, in bytes.
	MaxReason = 256
)

// DefaultParams are the parameters of a new chain.
func DefaultParams() Params {
	return Params{
		CommitBlocks: 1_800, RevealBlocks: 900,
		MinJudges: 3, QuorumBps: 6_000, SlashBps: 5_000, BurnBps: 5_000, MinEvidence: 3_000,
		MaxOpenCases: 4, BarAfterRejection: 50_400, RestAfterUndecided: 3_600,
		Retention: 201_600, MaxCasesPerBlock: 8,
	}
}

// Validate reports the first parameter out of bounds. Errors: ErrInvalidParams.
func (p Params) Validate() error { return check(ErrInvalidParams, p.bounds()) }

// bound is one number with the range it must lie in, both ends included.
type bound struct {
	name               string
	value, least, most uint64
}

func check(kind *errorsmod.Error, bounds []bound) error {
	for _, f := range bounds {
		if f.value < f.least || f.value > f.most {
			return errorsmod.Wrapf(kind, "%s is %d, want %d to %d", f.name, f.value, f.least, f.most)
		}
	}
	return nil
}

func (p Params) bounds() []bound {
	return []bound{
		{"commit_blocks", p.CommitBlocks, 1, MaxWindow},
		{"reveal_blocks", p.RevealBlocks, 1, MaxWindow},
		{"min_judges", uint64(p.MinJudges), 2, MaxBench},
		{"quorum_bps", uint64(p.QuorumBps), MinQuorumBps, subnettypes.MaxBps},
		{"slash_bps", uint64(p.SlashBps), 1, subnettypes.MaxBps},
		{"burn_bps", uint64(p.BurnBps), 0, subnettypes.MaxBps},
		{"min_evidence", uint64(p.MinEvidence), 0, MaxLog10E},
		{"max_open_cases", uint64(p.MaxOpenCases), 1, MaxOpenCasesBound},
		{"bar_after_rejection", p.BarAfterRejection, 0, MaxWait},
		{"rest_after_undecided", p.RestAfterUndecided, 0, MaxWait},
		{"retention", p.Retention, 1, MaxWait},
		{"max_cases_per_block", uint64(p.MaxCasesPerBlock), 1, MaxCasesPerBlockBound},
	}
}
