package chat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/agon-chain/agon/task"
)

// member is one member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

var errTwoValues = errors.New("more than one JSON value, or something behind it; want one object")

// members reads the members of one JSON object, in order. Unlike encoding/json it tells Model from model and refuses a name that stands
// twice: two readers of one body must not see two requests.
func members(raw []byte) ([]member, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('{') {
		return nil, fmt.Errorf("want a JSON object")
	}
	var out []member
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("member without a name")
		}
		if seen[name] {
			return nil, fmt.Errorf("field %.64q is there twice", name)
		}
		seen[name] = true
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		out = append(out, member{name, v})
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errTwoValues
	}
	return out, nil
}

// bad is a refusal that names a field.
func bad(field, format string, args ...any) error {
	return &task.BadRequest{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// take decodes a field's value into its type.
func take[T any](field string, raw json.RawMessage, to *T, want string) error {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return bad(field, "is %s, want %s", clip(raw), want)
	}
	*to = v
	return nil
}

// clip shows the beginning of a value.
func clip(raw []byte) string {
	if len(raw) > 32 {
		return fmt.Sprintf("%.32q...", raw)
	}
	return fmt.Sprintf("%q", raw)
}
