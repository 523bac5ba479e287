package curve

import (
	"fmt"
	"math/bits"

	"github.com/agon-chain/agon/internal/wide"
)

// Index is reward per unit of weight since the beginning, in base units with 64 fractional bits.
type Index = wide.U128

// Accumulator pays any number of holders without visiting them: an amount raises one index, and a holder of weight w
// who entered at index then is owed w*(now-then). The division's remainder is carried, in units of 2^-64 base unit,
// so that over all additions
//
//	sum of Index growth * totalWeight + Carry*2^-64 = sum of amounts, exactly.
//
// Owed rounds down, so what all holders are owed is never more than what was added; the difference is below one base
// unit for each claim, plus Carry, which is below totalWeight*2^-64.
type Accumulator struct {
	Index Index
	Carry uint64
}

// Add spreads amount over totalWeight. ErrNoWeight says that there is nobody to pay: the caller keeps the amount.
// ErrOverflow needs an index of 2^64 base units per unit of weight. On error the accumulator is unchanged.
func (a Accumulator) Add(amount, totalWeight uint64) (Accumulator, error) {
	if totalWeight == 0 {
		return a, fmt.Errorf("%d units over a total weight of 0: %w", amount, ErrNoWeight)
	}
	// amount:Carry is the number amount*2^64 + Carry.
	hi, r := amount/totalWeight, amount%totalWeight
	lo, carry := bits.Div64(r, a.Carry, totalWeight)
	index, overflow := a.Index.Add(Index{Hi: hi, Lo: lo})
	if overflow {
		return a, fmt.Errorf("index %v plus %d units over weight %d: %w", a.Index, amount, totalWeight, ErrOverflow)
	}
	return Accumulator{Index: index, Carry: carry}, nil
}

// Owed is floor(weight * (now - then)), in base units. It returns ErrIndexBackwards where now is below then.
func Owed(weight uint64, now, then Index) (uint64, error) {
	growth, underflow := now.Sub(then)
	if underflow {
		return 0, fmt.Errorf("index %v now, %v then: %w", now, then, ErrIndexBackwards)
	}
	q, _, ok := growth.MulDiv(weight, wide.U128{Hi: 1})
	if v, small := q.Uint64(); ok && small {
		return v, nil
	}
	return 0, fmt.Errorf("weight %d times index growth %v: %w", weight, growth, ErrOverflow)
}
