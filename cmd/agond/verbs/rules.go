package verbs

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// change sets hyperparameters, given as NAME=VALUE under the chain's names: in the chain's units, or in those of people where
// inUnits knows some.
func (s *session) change(h subnettypes.Hyperparams, settings []string) (subnettypes.Hyperparams, error) {
	all, err := s.rules(h)
	if err != nil {
		return h, err
	}
	at := map[string]int{}
	names := make([]string, len(all))
	for i, r := range all {
		at[r.name], names[i] = i, r.name
	}
	for _, setting := range settings {
		name, value, ok := strings.Cut(setting, "=")
		i, known := at[name]
		if !ok || !known {
			return h, fmt.Errorf("%q: write NAME=VALUE with one of %s", setting, strings.Join(names, ", "))
		}
		if all[i].value, err = ruleValue(name, value); err != nil {
			return h, fmt.Errorf("%q: %w", setting, err)
		}
		bz, err := json.Marshal(all)
		if err != nil {
			return h, err
		}
		var out subnettypes.Hyperparams
		if err := s.ctx.Codec.UnmarshalJSON(bz, &out); err != nil {
			return h, fmt.Errorf("%q: the value is no number or true or false that %s can have; agond subnet show 1 shows values in brackets", setting, name)
		}
		h = out
	}
	return h, nil
}

// ruleValue is what people write for a rule as the codec reads it.
func ruleValue(name, value string) (json.RawMessage, error) {
	if name == splitRule {
		return splitValue(value)
	}
	value, err := inUnits(name, value)
	if err != nil {
		return nil, err
	}
	if value != "true" && value != "false" {
		value = `"` + strings.ReplaceAll(value, `"`, "") + `"`
	}
	return json.RawMessage(value), nil
}

// inUnits turns a value that people write into the chain's number: 0.5agon, 2alpha or 50%. What has none of these units stays as
// it is.
func inUnits(name, value string) (string, error) {
	lower := strings.ToLower(value)
	switch {
	case strings.HasSuffix(lower, "agon"), strings.HasSuffix(lower, "alpha"):
		a, err := parseAmount(value)
		if err != nil {
			return "", err
		}
		want, ok := amountRules[name]
		if !ok || want != a.Unit {
			return "", fmt.Errorf("%w: %s is not counted in that", errAmount, name)
		}
		return strconv.FormatUint(a.Base, 10), nil
	case strings.HasSuffix(value, "%"):
		of, ok := partRules[name]
		if !ok {
			return "", fmt.Errorf("%w: %s takes no percentage", errAmount, name)
		}
		number, err := parseDecimal(strings.TrimSpace(strings.TrimSuffix(value, "%")), 2)
		if err != nil || number > 100*bps {
			return "", fmt.Errorf("%w: write a percentage such as 50%% or 0.25%%", errAmount)
		}
		return strconv.FormatUint(number*of/bps, 10), nil
	}
	return value, nil
}

// altered is one rule that a change alters, with the bounds of its new value.
type altered struct {
	Name string          `json:"name"`
	From json.RawMessage `json:"from"`
	To   json.RawMessage `json:"to"`
	// Least and Most bound what it can be; absent for what is no number or has no bounds.
	Least *uint64 `json:"least,omitempty"`
	Most  *uint64 `json:"most,omitempty"`

	because string
}

// alterations are what next changes of now, in the chain's order.
func (s *session) alterations(now, next subnettypes.Hyperparams, p subnettypes.Params) ([]altered, error) {
	before, err := s.rules(now)
	if err != nil {
		return nil, err
	}
	after, err := s.rules(next)
	if err != nil {
		return nil, err
	}
	if len(before) != len(after) {
		return nil, fmt.Errorf("the codec shows %d rules now and %d then", len(before), len(after))
	}
	ranges := map[string]subnettypes.Range{}
	for _, r := range next.Ranges(p) {
		ranges[r.Name] = r
	}
	out := []altered{}
	for i, r := range before {
		if string(r.value) == string(after[i].value) {
			continue
		}
		a := altered{Name: r.name, From: r.value, To: after[i].value}
		if bounds, ok := ranges[r.name]; ok {
			a.Least, a.Most, a.because = &bounds.Least, &bounds.Most, bounds.Because
		}
		out = append(out, a)
	}
	return out, nil
}

// text is old -> new, with the bounds.
func (a altered) text() string {
	out := rule{a.Name, a.From}.text() + " -> " + rule{a.Name, a.To}.text()
	if a.Least != nil {
		out += fmt.Sprintf("; %d to %d%s", *a.Least, *a.Most, a.because)
	}
	return out
}
