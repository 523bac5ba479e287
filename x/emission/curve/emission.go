package curve

import "github.com/agon-chain/agon/internal/wide"

// Rule is what governance sets of a block's split: the parts of the chain's own security and of the community pool.
type Rule struct {
	SecurityBps, CommunityBps uint32
}

// Subnet is what a subnet's weight follows: the moving average of its token's price, and the part of its miners' emission
// that it burns, in basis points.
type Subnet struct {
	PriceAverage Q64
	BurnedBps    uint32
}

// Weight is the subnet's weight in the split, with 32 fractional bits.
func (s Subnet) Weight() uint64 { return SubnetWeight(s.PriceAverage, s.BurnedBps) }

// Split is where one block's emission goes, in base units. Security, Community and Subnets sum to Minted, and with Unminted to
// the block's emission.
type Split struct {
	Minted                       uint64
	Security, Community, Subnets uint64
	// Unminted is the subnets' part where none has a weight; it stays under the cap for later blocks.
	Unminted uint64
	// Weight of the subnet asked for, and its part of Subnets, rounded down.
	Weight, Subnet uint64
}

// SplitBlock is the whole rule of emission: what the next block mints when issuance exists already, where it goes, and what one
// subnet gets of it beside others whose weights sum to others. The emission halves by issuance (BlockEmission). Security and
// community get their basis points of it, rounded down, and the subnets the rest. A subnet gets its weight's part of that:
//
//	weight = price average * (1 - burned part of the miners' emission)
//
// It returns ErrBps where the rule's parts exceed the whole, and ErrOverflow where the weights do not fit.
func SplitBlock(issuance, others uint64, subnet Subnet, rule Rule) (Split, error) {
	parts, err := SplitBps(BlockEmission(issuance), rule.SecurityBps, rule.CommunityBps)
	if err != nil {
		return Split{}, err
	}
	s := Split{Security: parts[0], Community: parts[1], Subnets: parts[2], Weight: subnet.Weight()}
	total, overflow := wide.From64(others).Add(wide.From64(s.Weight))
	if overflow || total.Hi > 0 {
		return Split{}, ErrOverflow
	}
	if total.IsZero() {
		s.Unminted, s.Subnets = s.Subnets, 0
	} else {
		s.Subnet, _ = wide.MulDiv64(s.Subnets, s.Weight, total.Lo) // at most the subnets' part: fits
	}
	s.Minted = s.Security + s.Community + s.Subnets
	return s, nil
}
