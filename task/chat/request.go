package chat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"
)

// WantsStream says whether a body asks for a stream. It is quick to look and refuses nothing.
func WantsStream(body []byte) bool {
	if !bytes.Contains(body, []byte(`"stream"`)) {
		return false
	}
	var r struct {
		Stream any `json:"stream"`
	}
	return json.Unmarshal(body, &r) == nil && r.Stream == true
}

// DecodeRequest reads a request body strictly and fills in the defaults: a temperature and top_p of 1, as many tokens as the
// subnet allows. Its errors are [*task.BadRequest] with the field's name. Fields that OpenAI has and this task does not
// are refused rather than ignored: who sends them wants what they ask for.
func DecodeRequest(body []byte, p Params) (Request, error) {
	if len(body) > MaxRequestBytes {
		return Request{}, bad("", "%d bytes, want at most %d", len(body), MaxRequestBytes)
	}
	// JSON replaces invalid UTF-8 silently, so it is refused before.
	if !utf8.Valid(body) {
		return Request{}, bad("", "not UTF-8")
	}
	all, err := members(body)
	if err != nil {
		return Request{}, bad("", "%v", err)
	}
	r := Request{MaxTokens: p.MaxTokens, Temperature: 1, TopP: 1}
	var maxTokens, maxCompletion, top *int
	for _, m := range all {
		if isNull(m.value) && m.name != "messages" {
			continue // clients write null for what they leave out
		}
		switch m.name {
		case "model":
			err = take(m.name, m.value, &r.Model, "a string")
			if err == nil && len(r.Model) > MaxModelBytes {
				err = bad(m.name, "has %d bytes, want at most %d", len(r.Model), MaxModelBytes)
			}
		case "messages":
			r.Messages, err = decodeMessages(m.value)
		case "max_tokens":
			maxTokens, err = takeInt(m, 1, p.MaxTokens)
		case "max_completion_tokens":
			maxCompletion, err = takeInt(m, 1, p.MaxTokens)
		case "temperature":
			err = takeFloat(m, &r.Temperature, 0, MaxTemperature)
		case "top_p":
			if err = takeFloat(m, &r.TopP, 0, 1); err == nil && r.TopP == 0 {
				err = bad(m.name, "is 0, want above 0, at most 1; for greedy answers set temperature to 0")
			}
		case "top_k":
			var k *int
			if k, err = takeInt(m, -1, MaxTopK); err == nil {
				r.TopK = max(*k, 0) // vLLM says -1 for no bound
			}
		case "seed":
			var seed int64
			if err = take(m.name, m.value, &seed, "an integer of 64 bits"); err == nil {
				r.Seed = &seed
			}
		case "stop":
			r.Stop, err = decodeStop(m.value)
		case "logprobs":
			err = take(m.name, m.value, &r.Logprobs, "true or false")
		case "top_logprobs":
			top, err = takeInt(m, 0, MaxTopLogprobs)
		case "stream":
			err = take(m.name, m.value, &r.Stream, "true or false")
		case "stream_options":
			var o StreamOptions
			if err = strictObject(m, map[string]any{"include_usage": &o.IncludeUsage}); err == nil {
				r.Options = &o
			}
		case "n":
			_, err = takeInt(m, 1, 1)
		case "user":
			var user string // an OpenAI client may send it; the signed request says who asks
			if err = take(m.name, m.value, &user, "a string"); err == nil && len(user) > MaxModelBytes {
				err = bad(m.name, "has %d bytes, want at most %d", len(user), MaxModelBytes)
			}
		default:
			err = bad(clipName(m.name), "is not supported; leave it out")
		}
		if err != nil {
			return Request{}, err
		}
	}
	switch {
	case r.Messages == nil:
		return Request{}, bad("messages", "is missing, want 1 to %d messages", MaxMessages)
	case maxTokens != nil && maxCompletion != nil && *maxTokens != *maxCompletion:
		return Request{}, bad("max_completion_tokens", "is %d and max_tokens is %d; give one of them", *maxCompletion, *maxTokens)
	case maxTokens != nil:
		r.MaxTokens = *maxTokens
	case maxCompletion != nil:
		r.MaxTokens = *maxCompletion
	}
	if top != nil {
		if r.TopLogprobs = *top; *top > 0 && !r.Logprobs {
			return Request{}, bad("top_logprobs", "is %d without logprobs; set logprobs to true", *top)
		}
	}
	if r.Options != nil && !r.Stream {
		return Request{}, bad("stream_options", "is for streams; set stream to true")
	}
	return r, nil
}

func decodeMessages(raw json.RawMessage) ([]Message, error) {
	var list []json.RawMessage
	if err := take("messages", raw, &list, "a list"); err != nil {
		return nil, err
	}
	if len(list) < 1 || len(list) > MaxMessages {
		return nil, bad("messages", "has %d messages, want 1 to %d", len(list), MaxMessages)
	}
	out := make([]Message, len(list))
	for i, raw := range list {
		m, err := decodeMessage(fmt.Sprintf("messages[%d]", i), raw)
		if err != nil {
			return nil, err
		}
		out[i] = m
	}
	return out, nil
}

func decodeMessage(at string, raw json.RawMessage) (Message, error) {
	all, err := members(raw)
	if err != nil {
		return Message{}, bad(at, "%v", err)
	}
	var m Message
	content := false
	for _, f := range all {
		field := at + "." + clipName(f.name)
		switch f.name {
		case "role":
			err = take(field, f.value, &m.Role, "a string")
		case "content":
			content = true
			m.Content, err = decodeContent(field, f.value)
		case "name":
			if !isNull(f.value) {
				err = take(field, f.value, &m.Name, "a string")
			}
			if err == nil && len(m.Name) > 64 {
				err = bad(field, "has %d bytes, want at most 64", len(m.Name))
			}
		case "refusal", "audio", "tool_calls", "function_call":
			// Clients send an earlier answer back as they got it, with null for what it did not have.
			if !isNull(f.value) {
				err = bad(field, "is not supported; leave it out")
			}
		default:
			err = bad(field, "is not supported; leave it out")
		}
		if err != nil {
			return Message{}, err
		}
	}
	switch m.Role {
	case RoleSystem, RoleDeveloper, RoleUser, RoleAssistant:
	default:
		return Message{}, bad(at+".role", "is %.32q, want system, developer, user or assistant", m.Role)
	}
	if !content {
		return Message{}, bad(at+".content", "is missing, want a string")
	}
	return m, nil
}

// decodeContent takes a string, or OpenAI's list of parts as long as all are text.
func decodeContent(field string, raw json.RawMessage) (string, error) {
	if t := bytes.TrimSpace(raw); len(t) == 0 || t[0] != '[' {
		var s string
		return s, take(field, raw, &s, "a string, or a list of parts of type text")
	}
	var parts []json.RawMessage
	if err := take(field, raw, &parts, "a list of parts"); err != nil {
		return "", err
	}
	var out []byte
	for i, raw := range parts {
		var typ, text string
		at := fmt.Sprintf("%s[%d]", field, i)
		if err := strictObject(member{at, raw}, map[string]any{"type": &typ, "text": &text}); err != nil {
			return "", err
		}
		if typ != "text" {
			return "", bad(at+".type", "is %.32q, want text", typ)
		}
		out = append(out, text...)
	}
	return string(out), nil
}

func decodeStop(raw json.RawMessage) ([]string, error) {
	var list []string
	if t := bytes.TrimSpace(raw); len(t) > 0 && t[0] == '"' {
		list = make([]string, 1)
		if err := take("stop", raw, &list[0], "a string"); err != nil {
			return nil, err
		}
	} else if err := take("stop", raw, &list, fmt.Sprintf("a string, or a list of up to %d", MaxStops)); err != nil {
		return nil, err
	}
	if len(list) > MaxStops {
		return nil, bad("stop", "has %d strings, want at most %d", len(list), MaxStops)
	}
	for i, s := range list {
		if s == "" || len(s) > MaxStopBytes {
			return nil, bad(fmt.Sprintf("stop[%d]", i), "has %d bytes, want 1 to %d", len(s), MaxStopBytes)
		}
	}
	return list, nil
}

// strictObject reads an object of known members only.
func strictObject(of member, into map[string]any) error {
	all, err := members(of.value)
	if err != nil {
		return bad(of.name, "%v", err)
	}
	for _, m := range all {
		to, known := into[m.name]
		if !known {
			return bad(of.name+"."+clipName(m.name), "is not supported; leave it out")
		}
		if isNull(m.value) {
			continue
		}
		if err := json.Unmarshal(m.value, to); err != nil {
			return bad(of.name+"."+m.name, "is %s, which does not fit", clip(m.value))
		}
	}
	return nil
}

func takeInt(m member, least, most int) (*int, error) {
	var n int
	if err := take(m.name, m.value, &n, fmt.Sprintf("an integer, %d to %d", least, most)); err != nil {
		return nil, err
	}
	if n < least || n > most {
		return nil, bad(m.name, "is %d, want %d to %d", n, least, most)
	}
	return &n, nil
}

func takeFloat(m member, to *float64, least, most float64) error {
	if err := take(m.name, m.value, to, fmt.Sprintf("a number, %v to %v", least, most)); err != nil {
		return err
	}
	if math.IsNaN(*to) || *to < least || *to > most {
		return bad(m.name, "is %v, want %v to %v", *to, least, most)
	}
	return nil
}

func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), []byte("null")) }

// clipName bounds a name that came with the request before it is said back.
func clipName(name string) string {
	if len(name) > 64 {
		return name[:64]
	}
	return name
}
