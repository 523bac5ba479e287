package chat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
)

const hello = `"messages":[{"role":"user","content":"hello"}]`

func TestDecodeRequestRefuses(t *testing.T) {
	for name, c := range map[string]struct{ body, field, says string }{
		"not-json":             {`hello`, "", "invalid"},
		"empty-body":           {``, "", "EOF"},
		"array":                {`[]`, "", "object"},
		"two-values":           {`{` + hello + `}{}`, "", "more than one"},
		"rubbish-behind":       {`{` + hello + `}]`, "", ""},
		"not-utf8":             {"{\"messages\":[{\"role\":\"user\",\"content\":\"\xff\"}]}", "", "UTF-8"},
		"field-twice":          {`{` + hello + `,"seed":1,"seed":2}`, "", `"seed" is there twice`},
		"other-case":           {`{` + hello + `,"Temperature":0}`, "Temperature", "not supported"},
		"unknown-field":        {`{` + hello + `,"tools":[]}`, "tools", "not supported"},
		"no-messages":          {`{}`, "messages", "missing"},
		"null-messages":        {`{"messages":null}`, "messages", "want a list"},
		"messages-empty":       {`{"messages":[]}`, "messages", "1 to 1024"},
		"messages-object":      {`{"messages":{}}`, "messages", "want a list"},
		"too-many-messages":    {`{"messages":[` + strings.Repeat(`{"role":"user","content":""},`, MaxMessages) + `{"role":"user","content":""}]}`, "messages", "1025 messages"},
		"role":                 {`{"messages":[{"role":"tool","content":""}]}`, "messages[0].role", "tool"},
		"no-role":              {`{"messages":[{"content":""}]}`, "messages[0].role", "want system"},
		"no-content":           {`{"messages":[{"role":"user"}]}`, "messages[0].content", "missing"},
		"null-content":         {`{"messages":[{"role":"user","content":null}]}`, "messages[0].content", "want a string"},
		"message-field-twice":  {`{"messages":[{"role":"user","role":"user","content":""}]}`, "messages[0]", "twice"},
		"image":                {`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}`, "messages[0].content[0].image_url", "not supported"},
		"part-of-no-type":      {`{"messages":[{"role":"user","content":[{"text":"x"}]}]}`, "messages[0].content[0].type", "want text"},
		"second-message":       {`{"messages":[{"role":"user","content":""},{"role":"assistant","content":"","tool_calls":[1]}]}`, "messages[1].tool_calls", "not supported"},
		"model-number":         {`{` + hello + `,"model":5}`, "model", "want a string"},
		"model-long":           {`{` + hello + `,"model":"` + strings.Repeat("m", 129) + `"}`, "model", "at most 128"},
		"max-tokens-0":         {`{` + hello + `,"max_tokens":0}`, "max_tokens", "1 to 1024"},
		"max-tokens-many":      {`{` + hello + `,"max_tokens":1025}`, "max_tokens", "1 to 1024"},
		"max-tokens-part":      {`{` + hello + `,"max_tokens":1.5}`, "max_tokens", "an integer"},
		"two-limits":           {`{` + hello + `,"max_tokens":5,"max_completion_tokens":6}`, "max_completion_tokens", "one of them"},
		"temperature":          {`{` + hello + `,"temperature":2.1}`, "temperature", "0 to 2"},
		"temperature-below":    {`{` + hello + `,"temperature":-0.1}`, "temperature", "0 to 2"},
		"temperature-huge":     {`{` + hello + `,"temperature":1e999}`, "temperature", "a number"},
		"top-p-0":              {`{` + hello + `,"top_p":0}`, "top_p", "above 0"},
		"top-p-more":           {`{` + hello + `,"top_p":1.01}`, "top_p", "0 to 1"},
		"top-k":                {`{` + hello + `,"top_k":-2}`, "top_k", "-1 to"},
		"seed-part":            {`{` + hello + `,"seed":0.5}`, "seed", "64 bits"},
		"seed-large":           {`{` + hello + `,"seed":9223372036854775808}`, "seed", "64 bits"},
		"stop-empty":           {`{` + hello + `,"stop":""}`, "stop[0]", "1 to 256"},
		"stop-many":            {`{` + hello + `,"stop":["a","b","c","d","e"]}`, "stop", "at most 4"},
		"stop-long":            {`{` + hello + `,"stop":["a","` + strings.Repeat("b", 257) + `"]}`, "stop[1]", "1 to 256"},
		"stop-number":          {`{` + hello + `,"stop":3}`, "stop", "up to 4"},
		"logprobs-number":      {`{` + hello + `,"logprobs":3}`, "logprobs", "true or false"},
		"top-logprobs":         {`{` + hello + `,"logprobs":true,"top_logprobs":21}`, "top_logprobs", "0 to 20"},
		"top-without-logprobs": {`{` + hello + `,"top_logprobs":2}`, "top_logprobs", "set logprobs"},
		"stream-word":          {`{` + hello + `,"stream":"yes"}`, "stream", "true or false"},
		"options-no-stream":    {`{` + hello + `,"stream_options":{"include_usage":true}}`, "stream_options", "set stream"},
		"options-unknown":      {`{` + hello + `,"stream":true,"stream_options":{"x":1}}`, "stream_options.x", "not supported"},
		"n":                    {`{` + hello + `,"n":2}`, "n", "1 to 1"},
		"long-name":            {`{` + hello + `,"` + strings.Repeat("x", 500) + `":2}`, strings.Repeat("x", 64), "not supported"},
		"body-too-long":        {`{` + hello + `,"user":"` + strings.Repeat("a", MaxRequestBytes) + `"}`, "", "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeRequest([]byte(c.body), DefaultParams())
			require.ErrorIs(t, err, task.ErrBadRequest)
			var bad *task.BadRequest
			require.ErrorAs(t, err, &bad)
			require.Equal(t, c.field, bad.Field)
			require.ErrorContains(t, err, c.says)
			require.Less(t, len(err.Error()), 400)
		})
	}
}

func TestDecodeRequestTakes(t *testing.T) {
	seed := int64(-5)
	for name, c := range map[string]struct {
		body string
		want Request
	}{
		"defaults": {`{` + hello + `}`, Request{Messages: []Message{{Role: "user", Content: "hello"}}, MaxTokens: 1024, Temperature: 1, TopP: 1}},
		"all": {
			`{"model":"m@1","messages":[{"role":"system","content":"s","name":"x"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},` +
				`{"role":"assistant","content":"c","refusal":null,"tool_calls":null}],"max_completion_tokens":7,"temperature":0,"top_p":0.5,"top_k":40,"seed":-5,` +
				`"stop":["x"],"logprobs":true,"top_logprobs":3,"stream":true,"stream_options":{"include_usage":true},"n":1,"user":"u"}`,
			Request{
				Model: "m@1", Messages: []Message{{"system", "s", "x"}, {Role: "user", Content: "ab"}, {Role: "assistant", Content: "c"}}, MaxTokens: 7,
				TopP: 0.5, TopK: 40, Seed: &seed, Stop: []string{"x"}, Logprobs: true, TopLogprobs: 3, Stream: true, Options: &StreamOptions{true},
			},
		},
		"null-is-left-out": {
			`{` + hello + `,"seed":null,"stop":null,"temperature":null,"max_tokens":null,"tools":null}`,
			Request{Messages: []Message{{Role: "user", Content: "hello"}}, MaxTokens: 1024, Temperature: 1, TopP: 1},
		},
		"one-stop":    {`{` + hello + `,"stop":"x","top_k":-1}`, Request{Messages: []Message{{Role: "user", Content: "hello"}}, MaxTokens: 1024, Temperature: 1, TopP: 1, Stop: []string{"x"}}},
		"same-limits": {`{` + hello + `,"max_tokens":6,"max_completion_tokens":6}`, Request{Messages: []Message{{Role: "user", Content: "hello"}}, MaxTokens: 6, Temperature: 1, TopP: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := DecodeRequest([]byte(c.body), DefaultParams())
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Equal(t, got.Stream, WantsStream([]byte(c.body)))
		})
	}
}

// What was read and is written is read again to the same, so that a server gets what the caller asked for.
func FuzzDecodeRequest(f *testing.F) {
	f.Add([]byte(`{` + hello + `}`))
	f.Add([]byte(`{` + hello + `,"stop":["a","b"],"seed":-1,"top_k":5,"logprobs":true,"top_logprobs":1,"stream":true,"stream_options":{}}`))
	f.Add([]byte(`{"messages":[{"role":"user","content":[{"type":"text","text":"\u0000\ud800"}]}],"temperature":1e-300}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := DecodeRequest(body, DefaultParams())
		if err != nil {
			require.ErrorIs(t, err, task.ErrBadRequest)
			return
		}
		require.Equal(t, r.Stream, WantsStream(body))
		again, err := json.Marshal(r)
		require.NoError(t, err)
		if len(again) > MaxRequestBytes {
			t.Skip()
		}
		back, err := DecodeRequest(again, DefaultParams())
		require.NoError(t, err)
		require.Equal(t, r, back)
	})
}

func FuzzDecodeResponse(f *testing.F) {
	f.Add([]byte(answerOf("hi", `{"content":[{"token":"hi","logprob":-0.5,"bytes":[104,105],"top_logprobs":[{"token":"a","logprob":null}]}]}`, 3, 1, 4)))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := Request{MaxTokens: 5, Logprobs: true}
		out, err := DecodeResponse(body, r)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		again, err := json.Marshal(out)
		require.NoError(t, err)
		back, err := DecodeResponse(again, r)
		require.NoError(t, err)
		require.Equal(t, out, back)
	})
}

func answerOf(text, logprobs string, prompt, completion, total int) string {
	return fmt.Sprintf(`{"id":"x","object":"chat.completion","created":1,"model":"m","system_fingerprint":"b1","choices":[{"index":0,"message":{"role":"assistant","content":%q},`+
		`"logprobs":%s,"finish_reason":"stop"}],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`, text, logprobs, prompt, completion, total)
}

func TestDecodeResponse(t *testing.T) {
	r := Request{MaxTokens: 5}
	with := Request{MaxTokens: 5, Logprobs: true}
	one := `{"content":[{"token":"hi","logprob":%s,"bytes":[104,105],"top_logprobs":[]}]}`
	for name, c := range map[string]struct {
		r    Request
		body string
		says string // empty: good
	}{
		"good":                  {r, answerOf("hi", "null", 3, 1, 4), ""},
		"no-json":               {r, "hi", "invalid"},
		"no-choice":             {r, `{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`, "0 choices"},
		"no-usage":              {r, `{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}`, "prompt_tokens 0"},
		"no-reason":             {r, strings.Replace(answerOf("hi", "null", 3, 1, 4), `"stop"`, "null", 1), "finish_reason"},
		"tool-call":             {r, strings.Replace(answerOf("hi", "null", 3, 1, 4), `"stop"`, `"tool_calls"`, 1), "tool_calls"},
		"padded-usage":          {r, answerOf("hi", "null", 3, 6, 9), "max_tokens 5"},
		"negative-usage":        {r, answerOf("hi", "null", 3, -1, 2), "completion_tokens -1"},
		"wrong-sum":             {r, answerOf("hi", "null", 3, 1, 5), "total_tokens 5"},
		"logprobs-not-asked":    {r, answerOf("hi", fmt.Sprintf(one, "-1"), 3, 1, 4), ""},
		"logprobs":              {with, answerOf("hi", fmt.Sprintf(one, "-1"), 3, 1, 4), ""},
		"logprobs-missing":      {with, answerOf("hi", "null", 3, 1, 4), "asked for"},
		"logprobs-empty":        {with, answerOf("hi", `{"content":[]}`, 3, 1, 4), "asked for"},
		"logprobs-of-no-text":   {with, answerOf("", `{"content":[]}`, 3, 1, 4), ""},
		"logprobs-above-0":      {with, answerOf("hi", fmt.Sprintf(one, "0.5"), 3, 1, 4), "at most 0"},
		"more-logprobs-than-is": {with, answerOf("hi", fmt.Sprintf(one, "-1"), 3, 0, 3), "1 log-probabilities of 0 tokens"},
		"byte-too-large":        {with, answerOf("hi", strings.Replace(fmt.Sprintf(one, "-1"), "104", "256", 1), 3, 1, 4), "256"},
		"impossible":            {with, answerOf("hi", fmt.Sprintf(one, "null"), 3, 1, 4), ""},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := DecodeResponse([]byte(c.body), c.r)
			if c.says != "" {
				require.ErrorIs(t, err, ErrMalformed)
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.r.Logprobs, out.Choices[0].Logprobs != nil)
			if name == "impossible" {
				require.Equal(t, Impossible, out.Choices[0].Logprobs.Content[0].Logprob, "null is no certainty")
			}
		})
	}
}

func TestJoinerGivesTheWhole(t *testing.T) {
	r := Request{MaxTokens: 9, Logprobs: true}
	var j Joiner
	add := func(s string) error {
		c, err := DecodeChunk([]byte(s))
		require.NoError(t, err)
		return j.Add(c)
	}
	_, err := j.Response(r)
	require.ErrorIs(t, err, ErrMalformed)
	require.NoError(t, add(`{"id":"i","created":5,"model":"m@1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`))
	require.NoError(t, add(`{"id":"i","choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-1}]},"finish_reason":null}]}`))
	require.NoError(t, add(`{"id":"i","choices":[{"index":0,"delta":{"content":"b"},"logprobs":{"content":[{"token":"b","logprob":-2}]},"finish_reason":""}]}`))
	_, err = j.Response(r)
	require.ErrorContains(t, err, "finish_reason")
	require.NoError(t, add(`{"id":"i","choices":[{"index":0,"delta":{},"finish_reason":"length"}]}`))
	require.NoError(t, add(`{"id":"i","choices":[],"usage":{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4}}`))
	out, err := j.Response(r)
	require.NoError(t, err)
	require.Equal(t, "ab", out.Choices[0].Message.Content)
	require.Equal(t, FinishLength, out.Choices[0].FinishReason)
	require.Len(t, out.Choices[0].Logprobs.Content, 2)
	require.Equal(t, Usage{2, 2, 4}, out.Usage)
	require.Equal(t, "m@1", out.Model)
	require.ErrorContains(t, add(`{"choices":[{"delta":{"content":"c"}}]}`), "after the end")
	require.False(t, validLogprob(Logprob(math.NaN())))
}

func TestPins(t *testing.T) {
	root := strings.Repeat("ab", 32)
	p, err := DecodeParams([]byte(`{"models":[{"pin":"org/m@1","root":"` + root + `"},{"pin":"m@x@2"}]}`))
	require.NoError(t, err)
	s, err := p.Serve("org/m@1", "")
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat([]byte{0xab}, 32), s.Root[:], "the subnet's root is what is served")
	for _, good := range []string{"", "org/m", "org/m@1", root, strings.ToUpper(root)} {
		require.NoError(t, s.Check(good), good)
	}
	for _, other := range []string{"m", "org/m@2", "org/m@", "ORG/m@1", strings.Repeat("ac", 32), "org/m@1 "} {
		err := s.Check(other)
		var bad *task.BadRequest
		require.ErrorAs(t, err, &bad, other)
		require.Equal(t, CodeModelNotServed, bad.Code)
		require.ErrorContains(t, err, "org/m@1")
	}
	rootless, err := p.Serve("m@x@2", "")
	require.NoError(t, err)
	require.Equal(t, Served{Name: "m@x", Version: "2"}, rootless)
	require.Error(t, rootless.Check(strings.Repeat("00", 32)), "a root that is not known is no root of zeros")
	for says, f := range map[string]func() (Served, error){
		"allows":    func() (Served, error) { return p.Serve("other@1", "") },
		"pins":      func() (Served, error) { return p.Serve("org/m@1", strings.Repeat("ac", 32)) },
		"64 hex":    func() (Served, error) { return p.Serve("org/m@1", "zz") },
		"has no @":  func() (Served, error) { return p.Serve("org/m", "") },
		"not all 0": func() (Served, error) { return p.Serve("org/m@1", strings.Repeat("00", 32)) },
	} {
		_, err := f()
		require.ErrorIs(t, err, task.ErrBadParameters)
		require.ErrorContains(t, err, says)
	}
}

func TestDecodeParams(t *testing.T) {
	for _, raw := range []string{"", "  ", "{}", `{"models":null}`} {
		p, err := DecodeParams([]byte(raw))
		require.NoError(t, err)
		require.Equal(t, DefaultParams(), p)
	}
	for name, c := range map[string]struct{ raw, says string }{
		"not-json":      {`x`, "invalid"},
		"unknown-field": {`{"modles":1}`, "modles"},
		"two-values":    {`{}{}`, "more than one"},
		"pin":           {`{"models":[{"pin":"m"}]}`, "models[0].pin"},
		"pin-twice":     {`{"models":[{"pin":"m@1"},{"pin":"m@1"}]}`, "twice"},
		"root":          {`{"models":[{"pin":"m@1","root":"ab"}]}`, "models[0].root"},
		"context":       {`{"max_context":8}`, "16 to"},
		"tokens":        {`{"max_context":100,"max_tokens":101}`, "1 to 100"},
		"no-tokens":     {`{"max_tokens":0}`, "max_tokens 0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeParams([]byte(c.raw))
			require.ErrorIs(t, err, task.ErrBadParameters)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestSchemasNameEveryField keeps the schemas and what is read together.
func TestSchemasNameEveryField(t *testing.T) {
	d := Descriptor()
	require.NoError(t, d.Validate())
	type schema struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	var parameters, request schema
	require.NoError(t, json.Unmarshal(d.Parameters, &parameters))
	require.NoError(t, json.Unmarshal(d.Request, &request))
	var defaults map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(d.Defaults, &defaults))
	require.Len(t, parameters.Properties, len(defaults))
	for name := range defaults {
		require.Contains(t, parameters.Properties, name)
	}
	for name := range request.Properties {
		_, err := DecodeRequest([]byte(`{`+hello+`,"`+name+`":{"no":1}}`), DefaultParams())
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "field \""+name+"\": is not supported", name)
	}
	require.NotContains(t, string(d.Request)+string(d.Parameters), "%!")
}
