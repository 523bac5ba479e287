package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/agon-chain/agon/gateway/body"
)

const rewrittenResponses = "responses"

// responses is POST /v1/responses, as a chat. Nothing is kept, so what refers to earlier responses is refused.
func (c *call) responses() {
	raw, ok := c.clear()
	if !ok {
		return
	}
	chat, echo, err := responseToChat(raw)
	if err != nil {
		c.fail(err)
		return
	}
	in, err := c.parse(chat)
	if err == nil && in.ensemble != nil {
		err = refuse(http.StatusBadRequest, "invalid_request", "agon.ensemble", "ensembles are for /v1/chat/completions")
	}
	if err != nil {
		c.fail(err)
		return
	}
	in.verbatim, in.usage = false, true
	echo.ID, echo.Created = newID("resp_"), c.a.o.Now().Unix()
	if in.stream {
		c.streamed(in, chatRoute, &responseFilter{in: in, r: echo})
		return
	}
	ans, err := c.whole(in, chatRoute)
	if err != nil {
		c.failed(ans, err)
		return
	}
	if err = echo.take(ans.Reply.Body); err != nil {
		c.failed(ans, err)
		return
	}
	out, err := json.Marshal(echo)
	if err != nil {
		c.failed(ans, err)
		return
	}
	c.give(ans, out, rewrittenResponses)
}

// response is OpenAI's object.
type response struct {
	ID           string          `json:"id"`
	Object       string          `json:"object"`
	Created      int64           `json:"created_at"`
	Status       string          `json:"status"`
	Error        any             `json:"error"`
	Incomplete   any             `json:"incomplete_details"`
	Instructions json.RawMessage `json:"instructions"`
	MaxOutput    json.RawMessage `json:"max_output_tokens"`
	Model        string          `json:"model"`
	Output       []responseItem  `json:"output"`
	Parallel     json.RawMessage `json:"parallel_tool_calls"`
	Previous     any             `json:"previous_response_id"`
	Store        bool            `json:"store"`
	Temperature  json.RawMessage `json:"temperature"`
	Text         json.RawMessage `json:"text"`
	ToolChoice   json.RawMessage `json:"tool_choice"`
	Tools        json.RawMessage `json:"tools"`
	TopP         json.RawMessage `json:"top_p"`
	Truncation   string          `json:"truncation"`
	Usage        *responseUsage  `json:"usage"`
	User         json.RawMessage `json:"user"`
	Metadata     json.RawMessage `json:"metadata"`
}

type responseItem struct {
	Type      string         `json:"type"`
	ID        string         `json:"id"`
	Status    string         `json:"status"`
	Role      string         `json:"role,omitempty"`
	Content   []responsePart `json:"content,omitempty"`
	CallID    string         `json:"call_id,omitempty"`
	Name      string         `json:"name,omitempty"`
	Arguments *string        `json:"arguments,omitempty"`
}

type responsePart struct {
	Type        string     `json:"type"`
	Text        string     `json:"text"`
	Annotations []struct{} `json:"annotations"`
}

type responseUsage struct {
	Input   int64 `json:"input_tokens"`
	Details struct {
		Cached int64 `json:"cached_tokens"`
	} `json:"input_tokens_details"`
	Output        int64 `json:"output_tokens"`
	OutputDetails struct {
		Reasoning int64 `json:"reasoning_tokens"`
	} `json:"output_tokens_details"`
	Total int64 `json:"total_tokens"`
}

func usageOf(u *chatUsage) *responseUsage {
	if u == nil {
		return nil
	}
	return &responseUsage{Input: u.Prompt, Output: u.Completion, Total: u.Total}
}

// take puts a chat's answer into the response.
func (r *response) take(raw []byte) error {
	a, err := readChat(raw)
	if err != nil {
		return err
	}
	if len(a.Choices) == 0 {
		return fmt.Errorf("%w: no choices", errAnswer)
	}
	choice := a.Choices[0]
	r.Usage = usageOf(a.Usage)
	if t := choice.Message.Content; t != nil && (*t != "" || len(choice.Message.ToolCalls) == 0) {
		r.Output = append(r.Output, messageItem(newID("msg_"), "completed", *t))
	}
	for _, t := range choice.Message.ToolCalls {
		r.Output = append(r.Output, callItem(newID("fc_"), "completed", t))
	}
	r.close(choice.Finish)
	return nil
}

// close sets the status by why the answer ended.
func (r *response) close(finish *string) {
	r.Status = "completed"
	if finish != nil && *finish == "length" {
		r.Status = "incomplete"
		r.Incomplete = map[string]string{"reason": "max_output_tokens"}
	}
}

func messageItem(id, status, text string) responseItem {
	return responseItem{Type: "message", ID: id, Status: status, Role: "assistant", Content: []responsePart{{Type: "output_text", Text: text, Annotations: []struct{}{}}}}
}

func callItem(id, status string, t toolCall) responseItem {
	return responseItem{Type: "function_call", ID: id, Status: status, CallID: t.ID, Name: t.Function.Name, Arguments: &t.Function.Arguments}
}

// stateful are members that ask for what a gateway that keeps nothing cannot do, with the values that ask for nothing.
var stateful = map[string][]string{
	"previous_response_id": nil, "conversation": nil, "prompt": nil, "background": {"false"}, "truncation": {`"disabled"`}, "max_tool_calls": nil, "include": {"[]"},
}

// same are members that a chat has under the same name, or that are the gateway's own.
var same = map[string]bool{
	"model": true, "temperature": true, "top_p": true, "stream": true, "user": true, "parallel_tool_calls": true, "provider": true, "agon": true, "seed": true, "top_logprobs": true,
}

// quiet are members that change nothing for a caller here and are not sent on.
var quiet = map[string]bool{"store": true, "metadata": true, "service_tier": true, "prompt_cache_key": true, "safety_identifier": true, "stream_options": true}

// responseToChat makes a chat's body of a response's, and the response as far as the request says it.
func responseToChat(raw []byte) ([]byte, *response, error) {
	o, err := body.Parse(raw)
	if err != nil {
		return nil, nil, err
	}
	r := &response{Object: "response", Status: "in_progress", Output: []responseItem{}, Truncation: "disabled"}
	echo := func(name, otherwise string) json.RawMessage {
		if v := o.Get(name); v != nil {
			return v
		}
		return json.RawMessage(otherwise)
	}
	r.Instructions, r.MaxOutput, r.Temperature, r.TopP = echo("instructions", "null"), echo("max_output_tokens", "null"), echo("temperature", "1"), echo("top_p", "1")
	r.Text, r.Tools, r.ToolChoice = echo("text", `{"format":{"type":"text"}}`), echo("tools", "[]"), echo("tool_choice", `"auto"`)
	r.Parallel, r.Metadata, r.User = echo("parallel_tool_calls", "true"), echo("metadata", "{}"), echo("user", "null")
	_ = json.Unmarshal(o.Get("model"), &r.Model) // parse judges it
	chat, err := body.Parse([]byte("{}"))
	if err != nil {
		return nil, nil, err
	}
	messages, err := messagesOf(o.Get("instructions"), o.Get("input"))
	if err != nil {
		return nil, nil, err
	}
	for _, name := range o.Names() {
		v := o.Get(name)
		if v == nil || name == "instructions" || name == "input" || quiet[name] {
			continue
		}
		if neutral, ok := stateful[name]; ok {
			if !contains(neutral, string(v)) {
				return nil, nil, refuse(http.StatusBadRequest, "unsupported_parameter", name, name+" is not supported: the gateway keeps nothing of a response; send all that matters in input")
			}
			continue
		}
		switch {
		case same[name]:
			chat.Set(name, v)
		case name == "max_output_tokens":
			chat.Set("max_tokens", v)
		case name == "text":
			err = setFormat(chat, v)
		case name == "tools":
			err = setTools(chat, v)
		case name == "tool_choice":
			err = setChoice(chat, v)
		case name == "reasoning":
			var e struct {
				Effort json.RawMessage `json:"effort"`
			}
			if err = json.Unmarshal(v, &e); err != nil {
				err = refuse(http.StatusBadRequest, "invalid_request", name, "reasoning must be an object")
			} else if len(e.Effort) > 0 && string(e.Effort) != "null" {
				chat.Set("reasoning_effort", e.Effort)
			}
		default:
			err = refuse(http.StatusBadRequest, "unsupported_parameter", clip(name), fmt.Sprintf("%.64q is not supported here; leave it out", name))
		}
		if err != nil {
			return nil, nil, err
		}
	}
	chat.Set("messages", messages)
	return chat.Bytes(), r, nil
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// setFormat translates text.format.
func setFormat(chat *body.Object, raw []byte) error {
	var t struct {
		Format    json.RawMessage `json:"format"`
		Verbosity json.RawMessage `json:"verbosity"`
	}
	bad := refuse(http.StatusBadRequest, "invalid_request", "text", `text must be an object such as {"format": {"type": "json_schema", "name": "...", "schema": {...}}}`)
	if json.Unmarshal(raw, &t) != nil {
		return bad
	}
	if len(t.Verbosity) > 0 && string(t.Verbosity) != "null" {
		chat.Set("verbosity", t.Verbosity)
	}
	if len(t.Format) == 0 || string(t.Format) == "null" {
		return nil
	}
	var f struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(t.Format, &f) != nil {
		return bad
	}
	switch f.Type {
	case "text":
	case "json_object":
		chat.Set("response_format", []byte(`{"type":"json_object"}`))
	case "json_schema":
		o, err := body.Parse(t.Format)
		if err != nil {
			return bad
		}
		o.Cut("type")
		chat.Set("response_format", fmt.Appendf(nil, `{"type":"json_schema","json_schema":%s}`, o.Bytes()))
	default:
		return refuse(http.StatusBadRequest, "invalid_request", "text.format.type", fmt.Sprintf("text.format.type is %.32q, want text, json_object or json_schema", f.Type))
	}
	return nil
}

// setTools translates functions, which lie flat in a response and nested in a chat. Other tools run at OpenAI and nowhere else.
func setTools(chat *body.Object, raw []byte) error {
	out := []byte{'['}
	for i, e := range body.Elements(raw) {
		o, err := body.Parse(e)
		if err != nil || string(o.Get("type")) != `"function"` {
			return refuse(http.StatusBadRequest, "unsupported_parameter", "tools["+strconv.Itoa(i)+"]", "only tools of type function are supported")
		}
		o.Cut("type")
		if i > 0 {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, `{"type":"function","function":%s}`, o.Bytes())
	}
	if len(out) > 1 {
		chat.Set("tools", append(out, ']'))
	}
	return nil
}

func setChoice(chat *body.Object, raw []byte) error {
	var word string
	if json.Unmarshal(raw, &word) == nil {
		if word != "auto" { // which is what is meant without it
			chat.Set("tool_choice", raw)
		}
		return nil
	}
	var f struct {
		Type string          `json:"type"`
		Name json.RawMessage `json:"name"`
	}
	if json.Unmarshal(raw, &f) != nil || f.Type != "function" || len(f.Name) == 0 {
		return refuse(http.StatusBadRequest, "invalid_request", "tool_choice", `tool_choice must be auto, none, required or {"type": "function", "name": "..."}`)
	}
	chat.Set("tool_choice", fmt.Appendf(nil, `{"type":"function","function":{"name":%s}}`, f.Name))
	return nil
}

// chatMessage is one message of a chat.
type chatMessage struct {
	Role      string     `json:"role"`
	Content   any        `json:"content"`
	ToolCalls []chatCall `json:"tool_calls,omitempty"`
	CallID    string     `json:"tool_call_id,omitempty"`
}

type chatCall struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// messagesOf translates instructions and input.
func messagesOf(instructions, input json.RawMessage) ([]byte, error) {
	var out []chatMessage
	var text string
	if instructions != nil {
		if json.Unmarshal(instructions, &text) != nil {
			return nil, refuse(http.StatusBadRequest, "invalid_request", "instructions", "instructions must be text")
		}
		out = append(out, chatMessage{Role: "system", Content: text})
	}
	if json.Unmarshal(input, &text) == nil && input != nil {
		return json.Marshal(append(out, chatMessage{Role: "user", Content: text}))
	}
	items := body.Elements(input)
	if input == nil || len(items) == 0 {
		return nil, refuse(http.StatusBadRequest, "invalid_request", "input", "input must be text or a list of items")
	}
	for i, raw := range items {
		m, err := messageOf(raw)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "invalid_request", fmt.Sprintf("input[%d]", i), err.Error())
		}
		// Calls that were made at once are one message of a chat.
		if n := len(out); len(m.ToolCalls) > 0 && n > 0 && len(out[n-1].ToolCalls) > 0 {
			out[n-1].ToolCalls = append(out[n-1].ToolCalls, m.ToolCalls...)
			continue
		}
		out = append(out, m)
	}
	return json.Marshal(out)
}

func messageOf(raw []byte) (chatMessage, error) {
	var it struct {
		Type      string          `json:"type"`
		Role      string          `json:"role"`
		Content   json.RawMessage `json:"content"`
		CallID    string          `json:"call_id"`
		Name      string          `json:"name"`
		Arguments string          `json:"arguments"`
		Output    json.RawMessage `json:"output"`
	}
	if json.Unmarshal(raw, &it) != nil {
		return chatMessage{}, fmt.Errorf("must be an object")
	}
	switch it.Type {
	case "", "message":
		role := it.Role
		switch role {
		case "developer":
			role = "system"
		case "user", "assistant", "system":
		default:
			return chatMessage{}, fmt.Errorf("role is %.32q, want user, assistant, system or developer", role)
		}
		content, err := contentOf(it.Content)
		return chatMessage{Role: role, Content: content}, err
	case "function_call":
		call := chatCall{ID: it.CallID, Type: "function"}
		call.Function.Name, call.Function.Arguments = it.Name, it.Arguments
		return chatMessage{Role: "assistant", ToolCalls: []chatCall{call}}, nil
	case "function_call_output":
		content, err := contentOf(it.Output)
		return chatMessage{Role: "tool", Content: content, CallID: it.CallID}, err
	}
	return chatMessage{}, fmt.Errorf("type is %.32q, want message, function_call or function_call_output", it.Type)
}

// contentOf is text, or parts of text joined.
func contentOf(raw json.RawMessage) (string, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil && len(raw) > 0 {
		return text, nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &parts) != nil || len(parts) == 0 {
		return "", fmt.Errorf("content must be text or a list of parts")
	}
	for _, p := range parts {
		switch p.Type {
		case "input_text", "output_text", "text":
			text += p.Text
		default:
			return "", fmt.Errorf("a part has type %.32q; only text is supported", p.Type)
		}
	}
	return text, nil
}
