package yuma

import (
	"math/bits"
	"slices"
)

// A key packs a weight and the position of its validator: keys of one column
// are distinct and ordered by weight.
const keyBits = 16

func packKey(weight uint64, position int) uint64 { return weight<<keyBits | uint64(position) }

// smallColumn is the length up to which sorting beats splitting.
const smallColumn = 12

// selectKey returns the smallest key such that the stake at it and below exceeds
// target, or the largest key if no sum does. stake is indexed by a key's
// position. keys is not empty and is overwritten; scratch is as long.
//
// It gives what splitting around the middle element gives, whatever the pivots:
// the sums of stake are exact integers, so they do not depend on the order.
func selectKey(keys, scratch, stake []uint64, target int64) uint64 {
	scratch = scratch[:len(keys)]
	// A bad run of pivots ends in a sort, so no input costs more than n log n. The
	// pivot is never the least of the keys, because these are distinct.
	for budget := 4 * bits.Len(uint(len(keys))); len(keys) > smallColumn && budget > 0; budget-- {
		n := len(keys)
		pivot := median3(keys[n/4], keys[n/2], keys[n-1-n/4])
		// Lower keys go to the front, the others to the back. Both stores happen
		// always, because a branch here is unpredictable.
		var sum uint64
		front, back := 0, n-1
		for _, k := range keys {
			scratch[front], scratch[back] = k, k
			_, less := bits.Sub64(k, pivot, 0)
			sum += stake[k&(1<<keyBits-1)] & -less
			front += int(less)
			back -= int(1 - less)
		}
		if int64(sum) > target && front > 0 {
			keys, scratch = scratch[:front], keys[:front]
			continue
		}
		target -= int64(sum)
		keys, scratch = scratch[front:], keys[front:]
	}
	if len(keys) <= smallColumn {
		insertionSort(keys)
	} else {
		slices.Sort(keys)
	}
	var sum uint64
	for _, k := range keys {
		sum += stake[k&(1<<keyBits-1)]
		if int64(sum) > target {
			return k
		}
	}
	return keys[len(keys)-1]
}

func insertionSort(keys []uint64) {
	for i := 1; i < len(keys); i++ {
		k := keys[i]
		j := i
		for ; j > 0 && keys[j-1] > k; j-- {
			keys[j] = keys[j-1]
		}
		keys[j] = k
	}
}

func median3(a, b, c uint64) uint64 {
	return max(min(a, b), min(max(a, b), c))
}

// column is what the median needs of a column of weights: the keys of its
// nonzero weights and, unless these are of all validators, the stake behind them.
type column struct {
	keys    []uint64
	support uint64
}

// medianer finds stake-weighted medians over the validators with stake.
type medianer struct {
	stake    []uint64 // by position, normalized over these validators
	sum      uint64   // of stake
	minority int64    // sum - kappa
	scratch  []uint64
}

// column makes a column of keys.
func (m *medianer) column(keys []uint64) column {
	c := column{keys: keys}
	if len(keys) < len(m.stake) {
		for _, k := range keys {
			c.support += m.stake[k&(1<<keyBits-1)]
		}
	}
	return c
}

// median is the largest weight that at least kappa of the stake supports. A
// validator whose weight is absent supports zero.
func (m *medianer) median(c column) uint64 {
	target := m.minority
	if len(c.keys) < len(m.stake) {
		zero := int64(m.sum - c.support)
		if len(c.keys) == 0 || zero > target {
			return 0
		}
		target -= zero
	}
	if len(c.keys) == 0 {
		return 0
	}
	return selectKey(c.keys, m.scratch, m.stake, target) >> keyBits
}
