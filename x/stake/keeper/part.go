package keeper

import (
	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/types"
)

// Part is how much of a position a message is about: Alpha in base units, or ShareBps of it in basis points, or all of
// it where both are 0.
type Part struct {
	Alpha    uint64
	ShareBps uint32
}

func (p Part) validate() error {
	switch {
	case p.ShareBps > types.MaxBps:
		return types.ErrInvalidAmount.Wrapf("share_bps is %d, want 1 to %d", p.ShareBps, types.MaxBps)
	case p.ShareBps > 0 && p.Alpha > 0:
		return types.ErrInvalidAmount.Wrapf("alpha is %d and share_bps is %d; give one of them, or neither for the whole position", p.Alpha, p.ShareBps)
	}
	return nil
}

// of is the part of a position that is worth value: in alpha, rounded down, and whether it is the whole. What would
// leave only dust is the whole.
func (p Part) of(value uint64) (alpha uint64, whole bool, err error) {
	alpha = p.Alpha
	switch {
	case p == Part{}:
		return value, true, nil
	case p.ShareBps > 0:
		if alpha, _ = wide.MulDiv64(value, uint64(p.ShareBps), types.MaxBps); alpha == 0 {
			return 0, false, types.ErrInsufficientStake.Wrapf("share_bps is %d, which of %d alpha is less than a unit; raise it", p.ShareBps, value)
		}
	case alpha > value:
		return 0, false, types.ErrInsufficientStake.Wrapf("alpha is %d, the position has %d; give 0 for all of it", alpha, value)
	}
	if value-alpha < types.DustAlpha {
		return value, true, nil
	}
	return alpha, false, nil
}
