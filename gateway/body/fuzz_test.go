package body_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/body"
)

// FuzzParse holds the parser against encoding/json: it reads the same members with the same values, refuses what names one twice, and editing one member changes
// no byte of another.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{}`, ` { "a" : 1 , "b":[1,{"c":"}"}], "\u0063": "\"\\" } `, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":{"a":1}}`, `[1,[2],{"a":[]}]`, `null`, `{"":null}`, `{"a":"\ud800"}`,
		"{\"\xff\":1}", "{\"a\":\"\xff\"}", `{"choices":[{"index":0,"logprobs":{"content":[]}},{"logprobs":null},3]}`, `{"choices":[],"logprobs":1,"x":-1.5e+300}`, "\ufeff{}", `{"a":1}{}`, `{"a":1,}`,
		strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100),
	} {
		f.Add([]byte(s), "a", []byte(`{"new":1}`))
	}
	f.Fuzz(func(t *testing.T, raw []byte, name string, value []byte) {
		given := bytes.Clone(raw)
		// What encoding/json reads, the last of members of one name.
		var want map[string]json.RawMessage
		isObject := json.Unmarshal(raw, &want) == nil && want != nil
		o, err := body.Parse(raw)
		if err != nil {
			require.ErrorIs(t, err, body.ErrMalformed)
			if isObject && utf8.Valid(raw) {
				require.Greater(t, members(t, raw), len(want), "refused, and names no member twice")
			}
			return
		}
		require.True(t, isObject, "%q is no object to encoding/json", raw)
		if utf8.Valid(raw) {
			require.Len(t, o.Names(), len(want))
			for _, n := range o.Names() {
				v, ok := want[n]
				require.True(t, ok, n)
				if string(v) == "null" {
					require.Nil(t, o.Get(n))
					continue
				}
				require.Equal(t, string(v), string(o.Get(n)))
			}
		}
		again, err := body.Parse(o.Bytes())
		require.NoError(t, err, "%s", o.Bytes())
		require.Equal(t, o.Names(), again.Names())
		require.Equal(t, o.Bytes(), again.Bytes(), "one form")

		if utf8.ValidString(name) && json.Valid(value) {
			value = bytes.TrimSpace(value)
			edited := o.Clone()
			edited.Set(name, value)
			back, err := body.Parse(edited.Bytes())
			require.NoError(t, err, "%s", edited.Bytes())
			if string(value) != "null" {
				require.Equal(t, string(value), string(back.Get(name)), "%s", edited.Bytes())
			}
			for _, n := range o.Names() {
				if n != name {
					require.Equal(t, o.Get(n), back.Get(n))
				}
			}
			require.True(t, back.Cut(name))
			require.Nil(t, back.Get(name))
			require.False(t, back.Cut(name))
		}
		for _, e := range body.Elements(o.Get("choices")) {
			require.True(t, json.Valid(e), "%q", e)
		}
		shown := body.WithoutLogprobs(raw)
		require.True(t, json.Valid(shown), "%q", shown)
		require.Equal(t, given, raw, "what came was written to")
	})
}

// members counts those of the outer object, each time that one is named.
func members(t *testing.T, raw []byte) (n int) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	_, err := dec.Token()
	require.NoError(t, err)
	for dec.More() {
		_, err := dec.Token()
		require.NoError(t, err)
		var v json.RawMessage
		require.NoError(t, dec.Decode(&v))
		n++
	}
	return n
}
