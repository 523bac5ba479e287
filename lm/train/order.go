package train

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"sync"
)

// Data is text as tokens, and the order in which windows of it are learnt: a pure function of the seed and the number of
// the window. Safe for concurrent use.
type Data struct {
	tokens []int32
	begin  int32
	length int
	seed   uint64

	mu    sync.Mutex
	epoch uint64 // whose permutation is kept
	order []int32
}

// NewData joins documents, each with the token `end` behind it, and cuts them into windows of length tokens. A window is
// fed with `end` before its first token, as every text begins when the model is used.
func NewData(docs [][]int32, end int32, length int, seed uint64) (*Data, error) {
	d := &Data{begin: end, length: length, seed: seed, epoch: ^uint64(0)}
	for _, doc := range docs {
		d.tokens = append(append(d.tokens, doc...), end)
	}
	if length < 1 || len(d.tokens) < 2*length {
		return nil, fmt.Errorf("%w: %d tokens of text, a window has %d and there must be two of them", ErrBatch, len(d.tokens), length)
	}
	return d, nil
}

// Tokens is how many tokens there are.
func (d *Data) Tokens() int { return len(d.tokens) }

// Windows is how many windows an epoch has. Each epoch cuts at another offset, below the length of a window.
func (d *Data) Windows() int { return len(d.tokens)/d.length - 1 }

// Start is where window number n begins. Within an epoch each window comes once, in an order of the epoch's own.
func (d *Data) Start(n uint64) int {
	size := uint64(d.Windows())
	epoch, at := n/size, n%size
	d.mu.Lock()
	defer d.mu.Unlock()
	r := rand.New(rand.NewPCG(d.seed^seedOrder, epoch))
	offset := below(r, uint64(d.length))
	if d.epoch != epoch || d.order == nil {
		d.order = make([]int32, size)
		for i := range d.order {
			d.order[i] = int32(i)
		}
		for i := size - 1; i > 0; i-- { // Fisher and Yates
			j := below(r, i+1)
			d.order[i], d.order[j] = d.order[j], d.order[i]
		}
		d.epoch = epoch
	}
	return int(d.order[at])*d.length + int(offset)
}

// below is a number from 0 to n-1: the high half of a product, whose bias is below n/2⁶⁴. Spelt out, because the standard
// library does not promise that its bounded draws stay the same.
func below(r *rand.Rand, n uint64) uint64 {
	high, _ := bits.Mul64(r.Uint64(), n)
	return high
}

// Batch is the seqs windows from number n on.
func (d *Data) Batch(n uint64, seqs int) Batch {
	b := Batch{Seqs: seqs, Len: d.length, Input: make([]int32, seqs*d.length), Target: make([]int32, seqs*d.length)}
	for s := range seqs {
		start := d.Start(n + uint64(s))
		in, target := b.Input[s*d.length:][:d.length], b.Target[s*d.length:][:d.length]
		in[0] = d.begin
		copy(in[1:], d.tokens[start:])
		copy(target, d.tokens[start:])
	}
	return b
}
