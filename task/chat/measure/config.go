package measure

import (
	"fmt"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat/openai/backend"
	"github.com/agon-chain/agon/task/chat/pinned"
)

// Config is one calibration.
type Config struct {
	Server backend.Config
	// Reference is what validators verify the version with.
	Reference pinned.Engine
	// Documents are texts of the subnet's kind, from which passages to continue are taken.
	Documents []task.Document
	// Questions is how many are asked, 16 to 100000, a quarter of them at temperature 0; Tokens of an answer at most, 8 to 256.
	Questions, Tokens int
	// AtOnce is how many are under way at once, 1 to 256.
	AtOnce int
	// Seed is what passages and seeds come from: the same one asks the same questions.
	Seed uint64
	// Progress is told after each question how many are done, in order and one call at a time; may be nil.
	Progress func(done, of int)
}

func (c Config) validate() error {
	for _, f := range []struct {
		name      string
		v, lo, hi int
	}{{"questions", c.Questions, 16, 100_000}, {"tokens", c.Tokens, 8, 256}, {"at-once", c.AtOnce, 1, 256}} {
		if f.v < f.lo || f.v > f.hi {
			return fmt.Errorf("%w: %s is %d, want %d to %d", ErrConfig, f.name, f.v, f.lo, f.hi)
		}
	}
	if c.Reference == nil || len(c.Documents) == 0 {
		return fmt.Errorf("%w: want a reference, and documents to ask about", ErrConfig)
	}
	return nil
}
