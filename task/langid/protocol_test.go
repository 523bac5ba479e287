package langid

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
)

func TestDecodeRequest(t *testing.T) {
	for name, c := range map[string]struct{ body, field, says string }{
		"not-json":      {`hello`, "", "want {"},
		"empty-body":    {``, "", "want {"},
		"array":         {`[]`, "", "want {"},
		"no-text":       {`{}`, "text", "empty"},
		"empty-text":    {`{"text":""}`, "text", "empty"},
		"number":        {`{"text":5}`, "", "want {"},
		"unknown-field": {`{"text":"a","lang":"eng"}`, "", "lang"},
		"two-values":    {`{"text":"a"}{"text":"b"}`, "", "more than one"},
		"not-utf8":      {"{\"text\":\"\xff\"}", "", "UTF-8"},
		"text-too-long": {`{"text":"` + strings.Repeat("a", MaxTextBytes+1) + `"}`, "text", "at most 4096"},
		"body-too-long": {`{"text":"` + strings.Repeat("a", MaxRequestBytes) + `"}`, "", "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeRequest([]byte(c.body))
			require.ErrorIs(t, err, task.ErrBadRequest)
			var bad *task.BadRequest
			require.ErrorAs(t, err, &bad)
			require.Equal(t, c.field, bad.Field)
			require.ErrorContains(t, err, c.says)
		})
	}
	long := strings.Repeat("я", MaxTextBytes/2)
	body, err := json.Marshal(Request{Text: long})
	require.NoError(t, err)
	r, err := DecodeRequest(body)
	require.NoError(t, err)
	require.Equal(t, long, r.Text)
}

func FuzzDecodeRequest(f *testing.F) {
	f.Add([]byte(`{"text":"hello"}`))
	f.Add([]byte(`{"text":"\u0000\ud800"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := DecodeRequest(body)
		if err != nil {
			require.ErrorIs(t, err, task.ErrBadRequest)
			return
		}
		again, err := json.Marshal(r)
		require.NoError(t, err)
		back, err := DecodeRequest(again)
		require.NoError(t, err)
		require.Equal(t, r, back)
	})
}

func TestEncodeResponseBoundsConfidence(t *testing.T) {
	for in, want := range map[float64]float64{math.Inf(1): 1, math.Inf(-1): 0, -1: 0, 2: 1, 0.25: 0.25} {
		body, err := EncodeResponse("eng", in)
		require.NoError(t, err)
		var r Response
		require.NoError(t, json.Unmarshal(body, &r))
		require.Equal(t, want, r.Confidence)
	}
	body, err := EncodeResponse("eng", math.NaN())
	require.NoError(t, err)
	require.JSONEq(t, `{"language":"eng","confidence":0}`, string(body))
}

func TestDecodeParams(t *testing.T) {
	for _, raw := range []string{"", "  ", "{}"} {
		p, err := DecodeParams([]byte(raw))
		require.NoError(t, err)
		require.Equal(t, DefaultParams(), p)
	}
	p, err := DecodeParams([]byte(`{"languages":["spa","eng"],"max_words":7}`))
	require.NoError(t, err)
	require.Equal(t, []string{"eng", "spa"}, p.Languages)
	require.Equal(t, 7, p.MaxWords)
	require.Equal(t, DefaultParams().CanaryWords, p.CanaryWords)
	for name, c := range map[string]struct{ raw, says string }{
		"not-json":        {`x`, "invalid"},
		"unknown-field":   {`{"wrods":1}`, "wrods"},
		"two-values":      {`{}{}`, "more than one"},
		"one-language":    {`{"languages":["eng"]}`, "want 2 to 64"},
		"no-languages":    {`{"languages":[]}`, "want 2 to 64"},
		"same-language":   {`{"languages":["eng","eng"]}`, "twice"},
		"path-as-code":    {`{"languages":["eng","../"]}`, "ISO 639-3"},
		"two-letter-code": {`{"languages":["eng","de"]}`, "ISO 639-3"},
		"zero-words":      {`{"min_words":0}`, "min_words 0"},
		"words-crossed":   {`{"min_words":9,"max_words":3}`, "min_words 9"},
		"canary-short":    {`{"canary_words":3}`, "want 8 to 64"},
		"share-too-big":   {`{"canary_share":0.9}`, "canary_share"},
		"share-negative":  {`{"hard_share":-0.1}`, "hard_share"},
		"held-out-none":   {`{"held_out_share":0}`, "held_out_share"},
		"salt-too-long":   {`{"split_salt":"` + strings.Repeat("x", 65) + `"}`, "split_salt"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeParams([]byte(c.raw))
			require.ErrorIs(t, err, task.ErrBadParameters)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestSchemaNamesEveryParameter keeps the schema and the struct together.
func TestSchemaNamesEveryParameter(t *testing.T) {
	d := Descriptor()
	require.NoError(t, d.Validate())
	var schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	require.NoError(t, json.Unmarshal(d.Parameters, &schema))
	var defaults map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(d.Defaults, &defaults))
	for name := range defaults {
		require.Contains(t, schema.Properties, name)
	}
	require.Len(t, schema.Properties, len(defaults))
	p, err := DecodeParams(d.Defaults)
	require.NoError(t, err)
	require.Equal(t, DefaultParams(), p)
}
