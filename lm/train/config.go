package train

import (
	"errors"
	"fmt"
)

// ErrConfig is wrapped by every refusal of a configuration.
var ErrConfig = errors.New("configuration of a model or a run")

// Config is the shape of a model. Weights are stored as GGUF has them: a matrix from n to m is m rows of n.
type Config struct {
	Vocab   int `json:"vocab"`    // tokens
	Dim     int `json:"dim"`      // width of the residual stream, a multiple of 32 (a q8_0 block)
	Layers  int `json:"layers"`   // blocks of attention and feed-forward
	Heads   int `json:"heads"`    // query heads; Dim/Heads is the width of a head, even
	KVHeads int `json:"kv_heads"` // key and value heads, a divisor of Heads
	FFN     int `json:"ffn"`      // inner width of the feed-forward, a multiple of 32
	Context int `json:"context"`  // positions that the model is trained on

	RopeBase float64 `json:"rope_base"` // usually 10000
	NormEps  float64 `json:"norm_eps"`  // usually 1e-5
}

// The bounds of a shape. They keep a configuration read from a file from asking for more memory than such a model is
// worth on a CPU: at most MaxParameters, 256 MB of float32.
const (
	MaxDim        = 4096
	MaxVocab      = 1 << 18
	MaxLayers     = 128
	MaxContext    = 1 << 16
	MaxParameters = 1 << 26
)

// Validate says which field is out of bounds.
func (c Config) Validate() error {
	for _, f := range []struct {
		name       string
		value      int
		least      int
		most, unit int
	}{
		{"vocab", c.Vocab, 2, MaxVocab, 1},
		{"dim", c.Dim, 32, MaxDim, 32},
		{"layers", c.Layers, 1, MaxLayers, 1},
		{"heads", c.Heads, 1, c.Dim / 2, 1},
		{"kv_heads", c.KVHeads, 1, c.Heads, 1},
		{"ffn", c.FFN, 32, 8 * MaxDim, 32},
		{"context", c.Context, 1, MaxContext, 1},
	} {
		if f.value < f.least || f.value > f.most || f.value%f.unit != 0 {
			return fmt.Errorf("%w: %s is %d, must be a multiple of %d from %d to %d", ErrConfig, f.name, f.value, f.unit, f.least, f.most)
		}
	}
	if c.Dim%(2*c.Heads) != 0 {
		return fmt.Errorf("%w: dim %d does not divide into %d heads of even width", ErrConfig, c.Dim, c.Heads)
	}
	if c.Heads%c.KVHeads != 0 {
		return fmt.Errorf("%w: %d heads do not divide among %d kv_heads", ErrConfig, c.Heads, c.KVHeads)
	}
	if !(c.RopeBase > 1 && c.RopeBase <= 1e9) {
		return fmt.Errorf("%w: rope_base is %v, must be above 1 and at most 1e9", ErrConfig, c.RopeBase)
	}
	if !(c.NormEps > 0 && c.NormEps <= 0.1) {
		return fmt.Errorf("%w: norm_eps is %v, must be above 0 and at most 0.1", ErrConfig, c.NormEps)
	}
	if n := c.Parameters(); n > MaxParameters {
		return fmt.Errorf("%w: %d parameters, at most %d: take fewer layers or a smaller dim", ErrConfig, n, MaxParameters)
	}
	return nil
}

// headDim is the width of a head.
func (c Config) headDim() int { return c.Dim / c.Heads }

// kvDim is the width of all key heads together.
func (c Config) kvDim() int { return c.headDim() * c.KVHeads }

// Parameters is the number of weights; the embedding serves as output matrix too and counts once.
func (c Config) Parameters() int {
	attention := 2*c.Dim*c.Dim + 2*c.kvDim()*c.Dim
	return c.Vocab*c.Dim + c.Layers*(attention+3*c.Dim*c.FFN+2*c.Dim) + c.Dim
}
