package lm

import (
	"errors"
	"fmt"

	"github.com/agon-chain/agon/lm/gguf"
)

// Architecture is the one that this package computes, as GGUF names it.
const Architecture = "llama"

// Config is the shape of a model, from the metadata of its file.
type Config struct {
	Name       string  `json:"name"`
	Context    int     `json:"context"`     // tokens of a sequence, at most
	Vocabulary int     `json:"vocabulary"`  // tokens that there are
	Dim        int     `json:"dim"`         // numbers that stand for a token between layers
	Layers     int     `json:"layers"`      //
	Hidden     int     `json:"hidden"`      // width of the feed-forward part
	Heads      int     `json:"heads"`       // of attention
	KVHeads    int     `json:"kv_heads"`    // heads of keys and values; each serves Heads/KVHeads of queries
	HeadDim    int     `json:"head_dim"`    // numbers of a head
	RopeDim    int     `json:"rope_dim"`    // numbers of a head that are turned by position; even
	RopeBase   float64 `json:"rope_base"`   //
	RopeScale  float64 `json:"rope_scale"`  // positions are divided by it (linear scaling)
	NormEps    float64 `json:"norm_eps"`    // added to the mean square under the root
	TiedOutput bool    `json:"tied_output"` // the embedding serves as output matrix
}

// bounds of a shape. They stop nonsense; what a model really takes is bounded by its file and by Options.MaxBytes.
const (
	maxContext = 1 << 24
	maxVocab   = 1 << 22
	maxDim     = 1 << 17
	maxLayers  = 1 << 10
	maxHeads   = 1 << 10
)

// ReadConfig reads and judges the shape. ErrModel.
func ReadConfig(f *gguf.File) (Config, error) {
	c, err := readConfig(f)
	if err != nil {
		return Config{}, fmt.Errorf("%w: %w", ErrModel, err)
	}
	return c, nil
}

// reader remembers its first error, so that a list of keys reads as a list.
type reader struct {
	f   *gguf.File
	err error
}

// int reads a key; def stands for one that is absent unless it is negative.
func (r *reader) int(key string, def, limit int) int {
	n, err := r.f.Uint(Architecture+"."+key, uint64(limit))
	if errors.Is(err, gguf.ErrMissing) && def >= 0 {
		return def
	}
	if err == nil && n == 0 {
		err = fmt.Errorf("%s.%s is 0, want at least 1", Architecture, key)
	}
	r.err = errors.Join(r.err, err)
	return int(n)
}

func (r *reader) float(key string, def float64) float64 {
	x, err := r.f.Float(Architecture + "." + key)
	if errors.Is(err, gguf.ErrMissing) && def >= 0 {
		return def
	}
	r.err = errors.Join(r.err, err)
	return x
}

func readConfig(f *gguf.File) (Config, error) {
	arch, err := gguf.Get[string](f, "general.architecture")
	if err != nil {
		return Config{}, err
	}
	if arch != Architecture {
		return Config{}, fmt.Errorf("general.architecture is %q, only %q is computed here; serve others by a backend", arch, Architecture)
	}
	r := &reader{f: f}
	c := Config{
		Context: r.int("context_length", -1, maxContext),
		Dim:     r.int("embedding_length", -1, maxDim),
		Layers:  r.int("block_count", -1, maxLayers),
		Hidden:  r.int("feed_forward_length", -1, maxDim*8),
		Heads:   r.int("attention.head_count", -1, maxHeads),
		NormEps: r.float("attention.layer_norm_rms_epsilon", -1),
	}
	if r.err != nil {
		return Config{}, r.err
	}
	c.KVHeads = r.int("attention.head_count_kv", c.Heads, maxHeads)
	c.HeadDim = r.int("attention.key_length", c.Dim/c.Heads, maxDim)
	c.RopeDim = r.int("rope.dimension_count", c.HeadDim, maxDim)
	c.RopeBase = r.float("rope.freq_base", 10000)
	c.RopeScale = 1
	if values := r.int("attention.value_length", c.HeadDim, maxDim); r.err == nil && values != c.HeadDim {
		return Config{}, fmt.Errorf("values of %d numbers with keys of %d are not supported", values, c.HeadDim)
	}
	if r.err != nil {
		return Config{}, r.err
	}
	if err := c.scaling(r); err != nil {
		return Config{}, err
	}
	c.Name, _ = gguf.Get[string](f, "general.name") // a file without a name has none
	embedding, ok := f.Tensor(embeddingName)
	if !ok || len(embedding.Dims) != 2 || embedding.Dims[1] > maxVocab {
		return Config{}, fmt.Errorf("tensor %s is missing, no matrix, or of more than %d tokens", embeddingName, maxVocab)
	}
	c.Vocabulary = int(embedding.Dims[1])
	_, own := f.Tensor(outputName)
	c.TiedOutput = !own
	return c, c.validate()
}

// scaling reads how positions are stretched: not at all or linearly. A table of factors is a tensor (see load.go).
func (c *Config) scaling(r *reader) error {
	kind, err := gguf.Get[string](r.f, Architecture+".rope.scaling.type")
	if err != nil && !errors.Is(err, gguf.ErrMissing) {
		return err
	}
	switch kind {
	case "", "linear": // linear is what llama.cpp takes a factor without a type for; an older key says the same
		if c.RopeScale = r.float("rope.scaling.factor", r.float("rope.scale_linear", 1)); c.RopeScale == 0 {
			c.RopeScale = 1
		}
	case "none":
	default:
		return fmt.Errorf("rope.scaling.type %q is not supported, only linear and none", kind)
	}
	if factor := r.float("rope.scaling.attn_factor", 1); factor != 1 {
		return fmt.Errorf("rope.scaling.attn_factor is %v, only 1 is supported", factor)
	}
	if experts, err := r.f.Uint(Architecture+".expert_count", maxDim); err == nil && experts > 0 {
		return fmt.Errorf("a mixture of %d experts is not supported", experts)
	}
	return r.err
}

func (c Config) validate() error {
	switch {
	case c.Heads%c.KVHeads != 0:
		return fmt.Errorf("%d heads are no multiple of the %d heads of keys and values", c.Heads, c.KVHeads)
	case c.Heads*c.HeadDim > maxDim*8:
		return fmt.Errorf("%d heads of %d numbers are more than %d", c.Heads, c.HeadDim, maxDim*8)
	case c.HeadDim == 0 || c.RopeDim > c.HeadDim || c.RopeDim%2 != 0:
		return fmt.Errorf("position turns %d of a head's %d numbers, want an even number of them", c.RopeDim, c.HeadDim)
	case c.NormEps < 0 || c.RopeBase <= 0 || c.RopeScale <= 0:
		return fmt.Errorf("norm epsilon %v, rope base %v and scale %v must be above 0", c.NormEps, c.RopeBase, c.RopeScale)
	}
	return nil
}
