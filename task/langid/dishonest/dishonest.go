package dishonest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/langid"
	"github.com/agon-chain/agon/task/langid/whatlang"
)

// Names in the registry.
const (
	NameRandom   = "random"
	NameConstant = "constant"
	NameFlaky    = "flaky"
)

// Random answers with a language drawn evenly.
type Random struct{ languages []string }

// NewRandom makes a Random over the languages, of which there must be one or more.
func NewRandom(languages []string) (*Random, error) {
	if len(languages) == 0 {
		return nil, fmt.Errorf("random: %w: no languages", task.ErrBadParameters)
	}
	return &Random{slices.Clone(languages)}, nil
}

// Name implements task.Expert.
func (*Random) Name() string { return NameRandom }

// Version implements task.Expert.
func (*Random) Version() [32]byte { return sha256.Sum256([]byte("langid/random/1")) }

// Answer implements task.Expert.
func (e *Random) Answer(_ context.Context, body []byte) ([]byte, error) {
	if _, err := langid.DecodeRequest(body); err != nil {
		return nil, err
	}
	return langid.EncodeResponse(e.languages[rand.IntN(len(e.languages))], 0.5+rand.Float64()/2)
}

// Constant always answers one language.
type Constant struct{ language string }

// NewConstant makes a Constant.
func NewConstant(language string) *Constant { return &Constant{language} }

// Name implements task.Expert.
func (*Constant) Name() string { return NameConstant }

// Version implements task.Expert.
func (e *Constant) Version() [32]byte {
	return sha256.Sum256([]byte("langid/constant/1\n" + e.language))
}

// Answer implements task.Expert.
func (e *Constant) Answer(_ context.Context, body []byte) ([]byte, error) {
	if _, err := langid.DecodeRequest(body); err != nil {
		return nil, err
	}
	return langid.EncodeResponse(e.language, 0.99)
}

// FlakyOptions say how bad a Flaky is.
type FlakyOptions struct {
	// Drop is the share of requests that fail. Default 0.4, bounds [0, 1].
	Drop float64 `json:"drop"`
	// Slow is the share of the others that wait first. Default 0.4, bounds [0, 1].
	Slow float64 `json:"slow"`
	// DelayMS is how long they wait, in milliseconds. Default 2500, bounds [0, 60000].
	DelayMS int64 `json:"delay_ms"`
}

// DefaultFlakyOptions drops 40 % and answers 24 % after 2.5 s: later than langid's
// deadline.
func DefaultFlakyOptions() FlakyOptions {
	return FlakyOptions{Drop: 0.4, Slow: 0.4, DelayMS: 2500}
}

// Flaky wraps an expert with failures and delays. What it does answer is good.
type Flaky struct {
	inner task.Expert
	opt   FlakyOptions
}

// NewFlaky makes a Flaky, or names the option that is out of bounds.
func NewFlaky(inner task.Expert, opt FlakyOptions) (*Flaky, error) {
	switch {
	case !(opt.Drop >= 0 && opt.Drop <= 1):
		return nil, fmt.Errorf("flaky: drop %v, want 0 to 1", opt.Drop)
	case !(opt.Slow >= 0 && opt.Slow <= 1):
		return nil, fmt.Errorf("flaky: slow %v, want 0 to 1", opt.Slow)
	case opt.DelayMS < 0 || opt.DelayMS > 60000:
		return nil, fmt.Errorf("flaky: delay_ms %d, want 0 to 60000", opt.DelayMS)
	}
	return &Flaky{inner, opt}, nil
}

// Name implements task.Expert.
func (*Flaky) Name() string { return NameFlaky }

// Version implements task.Expert.
func (e *Flaky) Version() [32]byte { return e.inner.Version() }

// Answer implements task.Expert.
func (e *Flaky) Answer(ctx context.Context, body []byte) ([]byte, error) {
	if rand.Float64() < e.opt.Drop {
		return nil, fmt.Errorf("flaky: %w", task.ErrOverloaded)
	}
	if rand.Float64() < e.opt.Slow {
		t := time.NewTimer(time.Duration(e.opt.DelayMS) * time.Millisecond)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return e.inner.Answer(ctx, body)
}

// Specs returns the experts for the registry.
func Specs() []task.ExpertSpec {
	return []task.ExpertSpec{
		{
			Task: langid.Kind, Name: NameRandom, Dishonest: true,
			About: "for tests: guesses",
			New: func(_ context.Context, cfg task.ExpertConfig) (task.Expert, error) {
				p, err := langid.DecodeParams(cfg.Params)
				if err != nil {
					return nil, err
				}
				return NewRandom(p.Languages)
			},
		},
		{
			Task: langid.Kind, Name: NameConstant, Dishonest: true,
			About: `for tests: always the same answer, English if the subnet has it; options {"language": "eng"}`,
			New:   newConstant,
		},
		{
			Task: langid.Kind, Name: NameFlaky, Dishonest: true,
			About: `for tests: whatlang, slow and dropping; options {"drop": 0.4, "slow": 0.4, "delay_ms": 2500}`,
			New: func(_ context.Context, cfg task.ExpertConfig) (task.Expert, error) {
				p, err := langid.DecodeParams(cfg.Params)
				if err != nil {
					return nil, err
				}
				opt := DefaultFlakyOptions()
				if err := decodeOptions(cfg.Options, &opt); err != nil {
					return nil, fmt.Errorf("flaky: %w", err)
				}
				inner, err := whatlang.New(p.Languages)
				if err != nil {
					return nil, err
				}
				return NewFlaky(inner, opt)
			},
		},
	}
}

func newConstant(_ context.Context, cfg task.ExpertConfig) (task.Expert, error) {
	p, err := langid.DecodeParams(cfg.Params)
	if err != nil {
		return nil, err
	}
	opt := struct {
		Language string `json:"language"`
	}{p.Languages[0]}
	if slices.Contains(p.Languages, "eng") {
		opt.Language = "eng"
	}
	if err := decodeOptions(cfg.Options, &opt); err != nil {
		return nil, fmt.Errorf("constant: %w", err)
	}
	if !slices.Contains(p.Languages, opt.Language) {
		return nil, fmt.Errorf("constant: %w: language %q, want one of %s", task.ErrBadParameters, opt.Language, strings.Join(p.Languages, ", "))
	}
	return NewConstant(opt.Language), nil
}

// decodeOptions reads options over the defaults that are in out.
func decodeOptions(raw json.RawMessage, out any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(out); err != nil {
		return fmt.Errorf("%w: options: %w", task.ErrBadParameters, err)
	}
	return nil
}
