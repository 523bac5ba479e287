package langid

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/agon-chain/agon/task"
)

// Languages returns the default labels, ISO 639-3, ordered. All honest experts
// know all of them, and most have a neighbour that is easily taken for them.
func Languages() []string {
	return []string{
		"afr", "azj", "bel", "bul", "ces", "dan", "deu", "eng", "est", "fin", "fra", "hrv", "ita",
		"mkd", "nld", "nob", "pol", "por", "ron", "rus", "slv", "spa", "srp", "swe", "tur", "ukr",
	}
}

// Params are a subnet's parameters.
type Params struct {
	// Languages are the labels, ISO 639-3, 2 to 64 of them.
	Languages []string `json:"languages"`
	// MinWords and MaxWords bound the length of a phrase, drawn evenly between.
	// 1 <= MinWords <= MaxWords <= 64.
	MinWords int `json:"min_words"`
	MaxWords int `json:"max_words"`
	// CanaryWords is the least length of a canary; 8 to 64.
	CanaryWords int `json:"canary_words"`
	// CanaryShare, RepeatShare and HardShare are the parts of a round that are
	// canaries, second wordings under another identity, and items near those that
	// miners disagreed on; each in [0, 0.5].
	CanaryShare float64 `json:"canary_share"`
	RepeatShare float64 `json:"repeat_share"`
	HardShare   float64 `json:"hard_share"`
	// Perturb is the part of questions that are reworded in a way that must not
	// change the answer; in [0, 1].
	Perturb float64 `json:"perturb"`
	// HeldOutShare is the part of each language's documents that no examiner asks
	// from; in [0.1, 0.9].
	HeldOutShare float64 `json:"held_out_share"`
	// SplitSalt decides which documents those are; at most 64 bytes. All validators
	// of a subnet must share it, so it is a parameter and not a secret.
	SplitSalt string `json:"split_salt"`
}

// DefaultParams returns the parameters that a subnet gets where it says nothing.
func DefaultParams() Params {
	return Params{
		Languages:    Languages(),
		MinWords:     1,
		MaxWords:     3,
		CanaryWords:  16,
		CanaryShare:  0.1,
		RepeatShare:  0.2,
		HardShare:    0.2,
		Perturb:      0.6,
		HeldOutShare: 0.4,
		SplitSalt:    "langid-1",
	}
}

// DecodeParams reads parameters over the defaults and validates them. Empty input
// means the defaults. Its errors are task.ErrBadParameters.
func DecodeParams(raw []byte) (Params, error) {
	p := DefaultParams()
	if len(bytes.TrimSpace(raw)) > 0 {
		// A slice would be overwritten in place; an absent field must keep the default.
		given := p
		given.Languages = nil
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&given); err != nil {
			return Params{}, fmt.Errorf("langid: %w: %w", task.ErrBadParameters, err)
		}
		if dec.More() {
			return Params{}, fmt.Errorf("langid: %w: more than one JSON value", task.ErrBadParameters)
		}
		if given.Languages == nil {
			given.Languages = p.Languages
		}
		p = given
	}
	if err := p.Validate(); err != nil {
		return Params{}, err
	}
	p.Languages = slices.Clone(p.Languages)
	slices.Sort(p.Languages)
	return p, nil
}

// Validate reports the first parameter that is out of its bounds, as
// task.ErrBadParameters.
func (p Params) Validate() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("langid: %w: %s", task.ErrBadParameters, fmt.Sprintf(format, args...))
	}
	if n := len(p.Languages); n < 2 || n > 64 {
		return bad("languages: %d of them, want 2 to 64", n)
	}
	seen := map[string]bool{}
	for _, l := range p.Languages {
		if !validCode(l) || l == Undetermined {
			return bad("languages: %q, want ISO 639-3 codes in lower case", l)
		}
		if seen[l] {
			return bad("languages: %q is there twice", l)
		}
		seen[l] = true
	}
	if p.MinWords < 1 || p.MinWords > p.MaxWords || p.MaxWords > 64 {
		return bad("min_words %d, max_words %d: want 1 <= min_words <= max_words <= 64", p.MinWords, p.MaxWords)
	}
	if p.CanaryWords < 8 || p.CanaryWords > 64 {
		return bad("canary_words %d, want 8 to 64", p.CanaryWords)
	}
	for _, f := range []struct {
		name      string
		v, lo, hi float64
	}{
		{"canary_share", p.CanaryShare, 0, 0.5},
		{"repeat_share", p.RepeatShare, 0, 0.5},
		{"hard_share", p.HardShare, 0, 0.5},
		{"perturb", p.Perturb, 0, 1},
		{"held_out_share", p.HeldOutShare, 0.1, 0.9},
	} {
		if math.IsNaN(f.v) || f.v < f.lo || f.v > f.hi {
			return bad("%s %v, want %v to %v", f.name, f.v, f.lo, f.hi)
		}
	}
	if len(p.SplitSalt) > 64 {
		return bad("split_salt: %d bytes, want at most 64", len(p.SplitSalt))
	}
	return nil
}
