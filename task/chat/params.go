package chat

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/agon-chain/agon/task"
)

// Bounds of parameters.
const (
	MaxModels        = 64
	MaxContext       = 1 << 22
	MaxTokensCeiling = 1 << 16
)

// Model is a version of a model that miners of a subnet may serve.
type Model struct {
	// Pin is name@version.
	Pin string `json:"pin"`
	// Root of the version's files as the chain has it, 64 hexadecimal digits; empty: not pinned by content.
	Root string `json:"root,omitempty"`
}

// Params are a subnet's parameters.
type Params struct {
	// Models that may be served, at most MaxModels; none: any.
	Models []Model `json:"models"`
	// MaxContext bounds prompt and answer together, in tokens; 16 to 4194304. A miner whose server has less serves what it has.
	MaxContext int `json:"max_context"`
	// MaxTokens bounds an answer and is what a request that names none gets; 1 to 65536, at most MaxContext.
	MaxTokens int `json:"max_tokens"`
}

// DefaultParams returns the parameters that a subnet gets where it says nothing.
func DefaultParams() Params {
	return Params{Models: []Model{}, MaxContext: 8192, MaxTokens: 1024}
}

// DecodeParams reads parameters over the defaults and validates them. Empty input means the defaults. Its errors are
// task.ErrBadParameters.
func DecodeParams(raw []byte) (Params, error) {
	p := DefaultParams()
	if len(bytes.TrimSpace(raw)) > 0 {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&p); err != nil {
			return Params{}, fmt.Errorf("chat: %w: %w", task.ErrBadParameters, err)
		}
		if dec.More() {
			return Params{}, fmt.Errorf("chat: %w: more than one JSON value", task.ErrBadParameters)
		}
	}
	if p.Models == nil {
		p.Models = []Model{}
	}
	return p, p.Validate()
}

// Validate reports the first parameter that is out of its bounds, as task.ErrBadParameters.
func (p Params) Validate() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("chat: %w: %s", task.ErrBadParameters, fmt.Sprintf(format, args...))
	}
	if len(p.Models) > MaxModels {
		return bad("models: %d of them, want at most %d", len(p.Models), MaxModels)
	}
	seen := map[string]bool{}
	for i, m := range p.Models {
		if _, _, err := ParsePin(m.Pin); err != nil {
			return bad("models[%d].pin: %v", i, err)
		}
		if seen[m.Pin] {
			return bad("models[%d].pin: %q is there twice", i, m.Pin)
		}
		seen[m.Pin] = true
		if m.Root == "" {
			continue
		}
		if _, err := ParseRoot(m.Root); err != nil {
			return bad("models[%d].root: %v", i, err)
		}
	}
	if p.MaxContext < 16 || p.MaxContext > MaxContext {
		return bad("max_context %d, want 16 to %d", p.MaxContext, MaxContext)
	}
	if most := min(MaxTokensCeiling, p.MaxContext); p.MaxTokens < 1 || p.MaxTokens > most {
		return bad("max_tokens %d, want 1 to %d (at most max_context)", p.MaxTokens, most)
	}
	return nil
}

// ParseRoot reads 64 hexadecimal digits that are not all 0.
func ParseRoot(s string) ([32]byte, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 32 || [32]byte(b) == [32]byte{} {
		return [32]byte{}, fmt.Errorf("%.80q, want 64 hexadecimal digits, not all 0", s)
	}
	return [32]byte(b), nil
}

// Serve says what a miner serves under a pin, or refuses what the subnet does not allow, as task.ErrBadParameters. root is the miner's own word
// on the files (64 hexadecimal digits, or empty): where the subnet has a root it must be the same.
func (p Params) Serve(pin, root string) (Served, error) {
	bad := func(format string, args ...any) (Served, error) {
		return Served{}, fmt.Errorf("chat: %w: %s", task.ErrBadParameters, fmt.Sprintf(format, args...))
	}
	name, version, err := ParsePin(pin)
	if err != nil {
		return bad("serves: %v", err)
	}
	s := Served{Name: name, Version: version}
	if root != "" {
		if s.Root, err = ParseRoot(root); err != nil {
			return bad("root: %v", err)
		}
	}
	if len(p.Models) == 0 {
		return s, nil
	}
	var allowed []string
	for _, m := range p.Models {
		allowed = append(allowed, m.Pin)
		if m.Pin != pin {
			continue
		}
		if m.Root == "" {
			return s, nil
		}
		want, err := ParseRoot(m.Root)
		if err != nil {
			return bad("models: root of %s: %v", pin, err)
		}
		if s.Root != [32]byte{} && s.Root != want {
			return bad("root is %x, the subnet pins %s to %x: serve the files of that version", s.Root, pin, want)
		}
		s.Root = want
		return s, nil
	}
	return bad("serves %s, the subnet allows %v", pin, allowed)
}
