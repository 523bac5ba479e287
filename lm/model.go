package lm

import (
	"crypto/sha256"
	"fmt"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/tokenizer"
)

// DefaultMaxBytes is the memory that weights may take unless Options say otherwise.
const DefaultMaxBytes = 8 << 30

// Options are bounds that the caller sets.
type Options struct {
	// MaxBytes is the most memory that the weights may take, 4 bytes a parameter; 0 for DefaultMaxBytes.
	MaxBytes uint64
}

// Model is the weights of one file. It never changes, and any number of sessions may use it at once.
type Model struct {
	Config Config
	// Parameters is how many numbers the file has.
	Parameters uint64
	// Tokenizer is that of the file; nil if it has none.
	Tokenizer *tokenizer.Tokenizer
	// Digest is the SHA-256 of the file.
	Digest [sha256.Size]byte

	embedding, output linear
	outputNorm        []float32
	layers            []layer
	rope              rope
}

// Open loads the model of a GGUF file. ErrModel, ErrTooLarge, gguf.ErrFormat, or what the file system says.
func Open(path string, o Options) (*Model, error) {
	f, err := gguf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := Load(f, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Load loads a model. The file may be closed afterwards.
func Load(f *gguf.File, o Options) (*Model, error) {
	c, err := ReadConfig(f)
	if err != nil {
		return nil, err
	}
	parameters := Parameters(f)
	limit := o.MaxBytes
	if limit == 0 {
		limit = DefaultMaxBytes
	}
	if parameters > limit/4 {
		return nil, fmt.Errorf("%w: %d parameters take %d bytes, allowed are %d; serve it by a backend", ErrTooLarge, parameters, 4*parameters, limit)
	}
	m, err := load(f, c)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	m.Parameters = parameters
	if _, ok := f.Lookup("tokenizer.ggml.model"); ok {
		if m.Tokenizer, err = tokenizer.Load(f); err != nil {
			return nil, err
		}
		if n := m.Tokenizer.Size(); n != c.Vocabulary {
			return nil, fmt.Errorf("%w: the tokenizer has %d tokens, the embedding %d", ErrModel, n, c.Vocabulary)
		}
	}
	if m.Digest, err = f.Digest(); err != nil {
		return nil, err
	}
	return m, nil
}

// Parameters is how many numbers the tensors of a file have. No sum of what a file holds overflows.
func Parameters(f *gguf.File) uint64 {
	var n uint64
	for _, t := range f.Tensors {
		n += t.Count()
	}
	return n
}
