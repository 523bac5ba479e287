package yuma

import (
	"math/bits"
	"slices"
)

// stakeColumns computes who is active, the stake shares S, the permits old and
// new, and the active stake A.
func (w *Workspace) stakeColumns(p *Params, in *Input) {
	n := in.N
	w.active, w.permits = grow(w.active, n), grow(w.permits, n)
	w.stake, w.activeStake = grow(w.stake, n), grow(w.activeStake, n)
	for i := range n {
		w.active[i] = addSaturated(in.LastUpdate[i], p.ActivityCutoff) >= in.Block
	}

	copy(w.permits, in.Permits)
	if in.OwnerUID != NoOwner {
		w.permits[in.OwnerUID] = true
	}

	for i, s := range in.Stake {
		if s < p.StakeThreshold && i != in.OwnerUID {
			s = 0
		}
		w.stake[i] = s
	}
	normalizeStake(w.stake)

	w.newPermits = grow(w.newPermits, n)
	w.ranking = topNonzero(w.stake, int(p.MaxValidators), w.newPermits, w.ranking)
	if in.OwnerUID != NoOwner {
		w.newPermits[in.OwnerUID] = true
	}

	for i, s := range w.stake {
		if !w.active[i] || !w.permits[i] {
			s = 0
		}
		w.activeStake[i] = s
	}
	normalize(w.activeStake)
}

// normalizeStake turns integer stakes into Q32 shares of their sum. The
// reference divides with 63 integer and 64 fractional bits, where a stake or a
// sum above 2^63 saturates, and then cuts to 32 fractional bits.
func normalizeStake(x []uint64) {
	var hi, sum uint64
	for _, s := range x {
		var carry uint64
		sum, carry = bits.Add64(sum, s, 0)
		hi += carry
	}
	if hi != 0 || sum >= 1<<63 {
		// The saturated sum is 2^63 less one unit of 2^-64, so the quotient of
		// any smaller stake is that by 2^63.
		for i, s := range x {
			x[i] = min(s, 1<<63) >> 31
		}
		return
	}
	if sum == 0 {
		return
	}
	for i, s := range x {
		x[i], _ = bits.Div64(s>>fracBits, s<<fracBits, sum)
	}
}

// topNonzero marks the k largest nonzero shares in out, all of them if they are
// fewer. Of equals the higher uid wins. It returns scratch, grown.
func topNonzero(shares []uint64, k int, out []bool, scratch []uint64) []uint64 {
	scratch = scratch[:0]
	for i, s := range shares {
		out[i] = s != 0
		if s != 0 {
			scratch = append(scratch, packKey(s, i))
		}
	}
	if len(scratch) <= k {
		return scratch
	}
	slices.Sort(scratch)
	for _, key := range scratch[:len(scratch)-k] {
		out[key&(1<<keyBits-1)] = false
	}
	return scratch
}
