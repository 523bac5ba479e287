package body

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrMalformed says that a body is no JSON object, or names a member twice, which two readers could read differently.
var ErrMalformed = errors.New("malformed JSON body")

type member struct {
	name  string
	key   []byte // as it stands, with its quotes
	value []byte
}

// Object is one JSON object. Editing leaves the bytes that it was read from alone.
type Object struct{ members []member }

// Parse reads an object. It keeps slices of raw. Errors: ErrMalformed.
func Parse(raw []byte) (*Object, error) {
	if !json.Valid(raw) {
		return nil, fmt.Errorf("%w: not JSON", ErrMalformed)
	}
	i := space(raw, 0)
	if raw[i] != '{' {
		return nil, fmt.Errorf("%w: want an object", ErrMalformed)
	}
	o := &Object{members: make([]member, 0, 12)}
	for i = space(raw, i+1); raw[i] != '}'; {
		if raw[i] == ',' {
			i = space(raw, i+1)
		}
		end := skip(raw, i)
		m := member{key: raw[i:end]}
		if bytes.IndexByte(m.key, '\\') < 0 {
			m.name = string(m.key[1 : len(m.key)-1])
		} else if err := json.Unmarshal(m.key, &m.name); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		if o.find(m.name) != nil {
			return nil, fmt.Errorf("%w: member %.64q is there twice", ErrMalformed, m.name)
		}
		i = space(raw, space(raw, end)+1) // behind the colon
		end = skip(raw, i)
		m.value = raw[i:end]
		o.members = append(o.members, m)
		i = space(raw, end)
	}
	return o, nil
}

// Elements are the values of a JSON array, nil for anything else. raw must be valid JSON.
func Elements(raw []byte) [][]byte {
	i := space(raw, 0)
	if i >= len(raw) || raw[i] != '[' {
		return nil
	}
	var out [][]byte
	for i = space(raw, i+1); raw[i] != ']'; {
		if raw[i] == ',' {
			i = space(raw, i+1)
		}
		end := skip(raw, i)
		out = append(out, raw[i:end])
		i = space(raw, end)
	}
	return out
}

func space(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\t' || raw[i] == '\r') {
		i++
	}
	return i
}

// skip is the end of the value that begins at i, of JSON that is known to be valid.
func skip(raw []byte, i int) int {
	depth := 0
	for ; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			for i++; raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\t', '\r', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

func (o *Object) find(name string) *member {
	for i := range o.members {
		if o.members[i].name == name {
			return &o.members[i]
		}
	}
	return nil
}

// Get is a member's value as it stands; nil where there is none, or where it is null.
func (o *Object) Get(name string) json.RawMessage {
	m := o.find(name)
	if m == nil || string(m.value) == "null" {
		return nil
	}
	return m.value
}

// Names of all members, in order.
func (o *Object) Names() []string {
	out := make([]string, len(o.members))
	for i, m := range o.members {
		out[i] = m.name
	}
	return out
}

// Clone is a copy whose edits do not reach the first.
func (o *Object) Clone() *Object { return &Object{append([]member(nil), o.members...)} }

// Set replaces a member's value where it stands, or adds it at the end. The value must be JSON.
func (o *Object) Set(name string, value []byte) {
	if m := o.find(name); m != nil {
		m.value = value
		return
	}
	key, _ := json.Marshal(name) // text
	o.members = append(o.members, member{name: name, key: key, value: value})
}

// Cut takes a member out and says whether it was there.
func (o *Object) Cut(name string) bool {
	for i := range o.members {
		if o.members[i].name == name {
			o.members = append(o.members[:i], o.members[i+1:]...)
			return true
		}
	}
	return false
}

// Bytes writes the object, without spaces between its members.
func (o *Object) Bytes() []byte {
	n := 2
	for _, m := range o.members {
		n += len(m.key) + len(m.value) + 2
	}
	out := append(make([]byte, 0, n), '{')
	for i, m := range o.members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, m.key...), ':'), m.value...)
	}
	return append(out, '}')
}
