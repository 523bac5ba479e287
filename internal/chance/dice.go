package chance

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// Source is a stream of random numbers.
type Source interface{ Uint64() uint64 }

// Dice makes choices from a source. The same source gives the same choices.
type Dice struct{ source Source }

// New returns a dice whose choices follow from a seed.
func New(seed uint64) *Dice { return From(rand.NewPCG(seed, 0x61676f6e)) }

// From returns a dice over a source of the caller's.
func From(source Source) *Dice { return &Dice{source} }

// Below is from 0 to n-1; 0 for an n of 0.
func (d *Dice) Below(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	high, _ := bits.Mul64(d.source.Uint64(), n)
	return high
}

// Intn is Below for lengths and indices.
func (d *Dice) Intn(n int) int { return int(d.Below(uint64(max(n, 0)))) }

// Between is from low to high, both included.
func (d *Dice) Between(low, high uint64) uint64 {
	if low == 0 && high == math.MaxUint64 {
		return d.source.Uint64()
	}
	return low + d.Below(high-low+1)
}

// OneIn is true once in n times.
func (d *Dice) OneIn(n uint64) bool { return d.Below(n) == 0 }

// Size is from 1 to limit, of every order of magnitude alike; 0 for a limit of 0.
func (d *Dice) Size(limit uint64) uint64 {
	if limit == 0 {
		return 0
	}
	top := limit >> d.Below(uint64(bits.Len64(limit)))
	return 1 + d.Below(top)
}

// Amount is some of what is there, and now and then none of it, all of it, one more, dust, or what 64 bits hold at most.
func (d *Dice) Amount(has uint64) uint64 {
	switch d.Below(24) {
	case 0:
		return 0
	case 1, 2:
		return has
	case 3:
		return has + 1
	case 4:
		return d.Size(2_000)
	case 5:
		return d.Edge()
	default:
		return d.Size(has)
	}
}

// Edge is a number at which something may break.
func (d *Dice) Edge() uint64 {
	return Pick(d, []uint64{
		0, 1, 2, 999, 1_000, 1_001, 9_999, 10_000, 10_001, math.MaxUint16, math.MaxUint16 + 1, math.MaxUint32, math.MaxUint32 + 1,
		21_000_000_000_000_000, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64,
	})
}

// Bytes are n random bytes.
func (d *Dice) Bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(d.source.Uint64())
	}
	return b
}

// Text is of length n, from an alphabet.
func (d *Dice) Text(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[d.Intn(len(alphabet))]
	}
	return string(b)
}

// Letters are a name of 1 to most letters.
func (d *Dice) Letters(most int) string {
	return d.Text("abcdefghijklmnopqrstuvwxyz", 1+d.Intn(most))
}

// Pick is one of a list, the zero value of an empty one.
func Pick[T any](d *Dice, list []T) (one T) {
	if len(list) == 0 {
		return one
	}
	return list[d.Intn(len(list))]
}
