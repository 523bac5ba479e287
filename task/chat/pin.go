package chat

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/agon-chain/agon/task"
)

// Served says which version of which model a miner serves.
type Served struct {
	Name    string   // without version
	Version string   // without name; empty: the miner names none
	Root    [32]byte // of the version's files, as the chain has it; zero: unknown
}

// ParsePin reads name@version. The version stands behind the last @.
func ParsePin(pin string) (name, version string, err error) {
	i := strings.LastIndexByte(pin, '@')
	if i < 0 {
		return "", "", fmt.Errorf("%.64q has no @: want name@version", pin)
	}
	name, version = pin[:i], pin[i+1:]
	for _, f := range []struct{ what, s string }{{"name", name}, {"version", version}} {
		if f.s == "" || strings.ContainsFunc(f.s, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
			return "", "", fmt.Errorf("%.64q: want name@version, without spaces", pin)
		}
	}
	if len(pin) > MaxModelBytes {
		return "", "", fmt.Errorf("%.64q... has %d bytes, want at most %d", pin, len(pin), MaxModelBytes)
	}
	return name, version, nil
}

// String is name@version, or the name alone where there is no version: what answers carry as their model.
func (s Served) String() string {
	if s.Version == "" {
		return s.Name
	}
	return s.Name + "@" + s.Version
}

// Check refuses a request for anything else than what is served, with the code [CodeModelNotServed]. A request may name the version
// (name@version), the root of its files (64 hexadecimal digits), the model alone, or nothing.
func (s Served) Check(model string) error {
	switch model {
	case "", s.Name, s.String():
		return nil
	}
	if root, err := hex.DecodeString(model); err == nil && len(root) == 32 && s.Root != [32]byte{} && [32]byte(root) == s.Root {
		return nil
	}
	return &task.BadRequest{
		Field: "model", Code: CodeModelNotServed,
		Reason: fmt.Sprintf("%.128q is not served here; this miner serves %s and nothing in its place", model, s),
	}
}
