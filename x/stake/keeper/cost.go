package keeper

import (
	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/types"
)

// addCost is the cost of a position that something is put into; what would pass the bound is cut.
func addCost(cost, more uint64) uint64 {
	return cost + min(more, types.MaxCost-min(cost, types.MaxCost))
}

// costOf is the part of a position's cost that belongs to some of its shares, rounded down; all of it for all shares.
func costOf(p types.Position, shares wide.U128) uint64 {
	if shares == p.Shares {
		return p.Cost
	}
	q, _, _ := shares.MulDiv(p.Cost, p.Shares) // shares are at most the position's: at most the cost
	return q.Lo
}
