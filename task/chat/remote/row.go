package remote

import (
	"fmt"
	"math"
)

const (
	// above is by how much what was told may have more probability than there is: sums of floats that were rounded.
	above = 0.01
	// nothing is a rest that is none, but rounding.
	nothing = 1e-6
)

// spread makes a row of what was told of a place, and says how much probability it spreads over what was not. id is the token that
// stands there, which must be told. Errors: [ErrLogprobs].
func spread(told map[int]float64, id, vocabulary int) (row []float32, tail float64, err error) {
	if _, ok := told[id]; !ok {
		return nil, 0, fmt.Errorf("%w: it says nothing of the token that stands there, id %d", ErrLogprobs, id)
	}
	if id < 0 || id >= vocabulary {
		return nil, 0, fmt.Errorf("%w: id %d, the vocabulary has %d", ErrLogprobs, id, vocabulary)
	}
	var sum float64
	known := 0
	for i, p := range told {
		if math.IsNaN(p) || p > above {
			return nil, 0, fmt.Errorf("%w: %v of token %d, want at most 0", ErrLogprobs, p, i)
		}
		if i >= 0 && i < vocabulary { // servers pad their vocabularies
			sum += math.Exp(p)
			known++
		}
	}
	if sum > 1+above {
		return nil, 0, fmt.Errorf("%w: they sum to %.4g, want at most 1: they are not natural logarithms of one distribution", ErrLogprobs, sum)
	}
	rest := math.Inf(-1)
	if tail = 1 - sum; tail < nothing || known == vocabulary {
		tail = 0
	} else {
		rest = math.Log(tail / float64(vocabulary-known))
	}
	row = make([]float32, vocabulary)
	for i := range row {
		row[i] = float32(rest)
	}
	for i, p := range told {
		if i >= 0 && i < vocabulary {
			row[i] = float32(p)
		}
	}
	return row, tail, nil
}
