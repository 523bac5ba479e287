package yuma

import (
	"cmp"
	"math/bits"
	"slices"
)

// Emission writes floor(share * emission) for the server, validator and
// combined shares, as the reference pays: what truncation leaves is paid to
// nobody. It writes as many elements as a slice and the output have.
func (o *Output) Emission(emission uint64, server, validator, combined []uint64) {
	floorShares(o.ServerShare, emission, server)
	floorShares(o.ValidatorShare, emission, validator)
	floorShares(o.CombinedShare, emission, combined)
}

func floorShares(shares []int64, amount uint64, out []uint64) {
	for i, s := range shares[:min(len(shares), len(out))] {
		out[i] = mulAmount(uint64(s), amount)
	}
}

// maxPayoutShare bounds a share in Payout so that MaxNeurons of them sum below
// 2^63. It is far above 1.
const maxPayoutShare = 1 << 46

// Payout splits amount in proportion to the shares, exactly: out sums to amount
// if any share is positive. Each gets the floor of its part; the units left
// over, fewer than there are positive shares, go one each to the largest
// remainders, of equals to the lower index. Negative shares count as zero,
// shares above 2^46 as 2^46. It returns what it distributed: amount, or zero if
// no share is positive, if there are more than MaxNeurons shares or if out is
// shorter than shares; out is then all zero.
func Payout(shares []int64, amount uint64, out []uint64) uint64 {
	clear(out)
	if len(out) < len(shares) || len(shares) > MaxNeurons {
		return 0
	}
	var total uint64
	for _, s := range shares {
		total += payoutShare(s)
	}
	if total == 0 || amount == 0 {
		return 0
	}

	type remainder struct {
		left  uint64
		index int
	}
	remainders := make([]remainder, 0, len(shares))
	left := amount
	for i, s := range shares {
		share := payoutShare(s)
		if share == 0 {
			continue
		}
		hi, lo := bits.Mul64(share, amount) // hi < share <= total
		q, r := bits.Div64(hi, lo, total)
		out[i] = q
		left -= q
		remainders = append(remainders, remainder{left: r, index: i})
	}
	if left == 0 {
		return amount
	}
	slices.SortFunc(remainders, func(a, b remainder) int {
		return cmp.Or(cmp.Compare(b.left, a.left), cmp.Compare(a.index, b.index))
	})
	for _, r := range remainders[:left] {
		out[r.index]++
	}
	return amount
}

func payoutShare(s int64) uint64 { return uint64(min(max(s, 0), maxPayoutShare)) }

// MaxBps is the whole, in basis points.
const MaxBps = 10_000

// Unburned is what is minted of a miner's part of an epoch where the subnet burns burnedBps of it, rounded down; MaxBps and above
// count as all of it.
func Unburned(amount uint64, burnedBps uint32) uint64 {
	hi, lo := bits.Mul64(amount, uint64(MaxBps-min(burnedBps, MaxBps)))
	kept, _ := bits.Div64(hi, lo, MaxBps) // hi < MaxBps: at most amount
	return kept
}
