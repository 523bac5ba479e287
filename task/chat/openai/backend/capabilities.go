package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Capabilities are what a server was seen to do.
type Capabilities struct {
	Model  string   `json:"model"`  // as the server calls it
	Models []string `json:"models"` // all that it lists, at most maxListed
	// Context in tokens; 0: the server does not tell.
	Context int `json:"context"`
	// Streaming: events came, and the last of them told the usage.
	Streaming bool `json:"streaming"`
	// Seed: the same seed gave the same text twice, at a temperature of 1.
	Seed bool `json:"seed"`
	// Logprobs: log-probabilities of the answer's tokens came; TopLogprobs alternatives with them, of the 5 that were asked for.
	Logprobs    bool `json:"logprobs"`
	TopLogprobs int  `json:"top_logprobs"`
	// PromptLogprobs is how log-probabilities of the prompt's tokens are asked for: "prompt_logprobs" as in vLLM, "echo" as in OpenAI's older
	// completions; empty: not to be had.
	PromptLogprobs string `json:"prompt_logprobs"`
	// Tools: a tool was called.
	Tools bool `json:"tools"`
}

// Ways to ask for log-probabilities of a prompt.
const (
	PromptLogprobsVLLM = "prompt_logprobs"
	PromptLogprobsEcho = "echo"
)

const (
	maxListed    = 64
	probeTokens  = 16
	probeContent = "Say a few words about a small town by the sea."
)

// String names what there is, on one line.
func (c Capabilities) String() string {
	out := []string{c.Model}
	if c.Context > 0 {
		out = append(out, fmt.Sprintf("context %d", c.Context))
	}
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"streaming", c.Streaming},
		{"seed", c.Seed},
		{fmt.Sprintf("log-probabilities (top %d)", c.TopLogprobs), c.Logprobs},
		{"prompt log-probabilities (" + c.PromptLogprobs + ")", c.PromptLogprobs != ""},
		{"tools", c.Tools},
	} {
		if f.has {
			out = append(out, f.name)
		}
	}
	return strings.Join(out, ", ")
}

// listed is a server's list of models, with the fields in which servers tell the context.
type listed struct {
	Data []struct {
		ID            string `json:"id"`
		MaxModelLen   int    `json:"max_model_len"`  // vLLM, SGLang
		ContextLength int    `json:"context_length"` // others
		Meta          struct {
			Train int `json:"n_ctx_train"` // llama.cpp
		} `json:"meta"`
	} `json:"data"`
}

// look asks for the list of models: the server is there, and still has the one that it is asked for.
func (s *Server) look(ctx context.Context) (listed, string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.ProbeTime, errTooSlow)
	defer cancel()
	raw, err := s.read(ctx, http.MethodGet, s.at("/models"), nil)
	if err != nil {
		return listed{}, "", err
	}
	var l listed
	if err := json.Unmarshal(raw, &l); err != nil || len(l.Data) == 0 {
		return listed{}, "", s.fail(ErrAnswer, http.StatusOK, "/models lists no model")
	}
	var ids []string
	for _, m := range l.Data {
		ids = append(ids, m.ID)
	}
	model := s.config.Model
	if model == "" {
		if len(ids) > 1 {
			return listed{}, "", s.fail(ErrSetup, http.StatusOK, fmt.Sprintf("serves %d models, %.200q; name one of them as model", len(ids), ids[:min(len(ids), 8)]))
		}
		model = ids[0]
	}
	if !slices.Contains(ids, model) {
		return listed{}, "", s.fail(ErrSetup, http.StatusOK, fmt.Sprintf("does not serve %.64q, but %.200q", model, ids[:min(len(ids), 8)]))
	}
	return l, model, nil
}

// probe finds out what the server can do. It fails if the server cannot chat; what else fails is not there.
func (s *Server) probe(ctx context.Context) (Capabilities, error) {
	l, model, err := s.look(ctx)
	if err != nil {
		return Capabilities{}, err
	}
	c := Capabilities{Model: model, Context: s.config.Context}
	for _, m := range l.Data[:min(len(l.Data), maxListed)] {
		c.Models = append(c.Models, m.ID)
		if m.ID == model && c.Context == 0 {
			c.Context = max(m.MaxModelLen, m.ContextLength)
		}
	}
	if c.Context == 0 {
		c.Context = s.contextOf(ctx)
	}
	p := prober{s: s, ctx: ctx, model: model}
	first, err := p.chat(map[string]any{"temperature": 1, "seed": 11})
	if err != nil {
		return Capabilities{}, err
	}
	if second, err := p.chat(map[string]any{"temperature": 1, "seed": 11}); err == nil {
		c.Seed = first.text() != "" && first.text() == second.text()
	}
	if r, err := p.chat(map[string]any{"temperature": 0, "logprobs": true, "top_logprobs": 5}); err == nil && len(r.Choices) > 0 && r.Choices[0].Logprobs != nil {
		if tokens := r.Choices[0].Logprobs.Content; len(tokens) > 0 {
			c.Logprobs, c.TopLogprobs = true, len(tokens[0].Top)
		}
	}
	c.Streaming = p.streams()
	c.PromptLogprobs = p.promptLogprobs()
	c.Tools = p.tools()
	return c, ctx.Err()
}

// contextOf asks llama.cpp's server, which tells the context of its slots beside the API.
func (s *Server) contextOf(ctx context.Context) int {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limits.ProbeTime, errTooSlow)
	defer cancel()
	raw, err := s.read(ctx, http.MethodGet, strings.TrimSuffix(s.base.String(), "/v1")+"/props", nil)
	if err != nil {
		return 0
	}
	var props struct {
		Settings struct {
			Context int `json:"n_ctx"`
		} `json:"default_generation_settings"`
	}
	if json.Unmarshal(raw, &props) != nil {
		return 0
	}
	return max(0, props.Settings.Context)
}

// prober asks the requests of a probe.
type prober struct {
	s     *Server
	ctx   context.Context
	model string
}

// probed is what a probe looks at in an answer.
type probed struct {
	Choices []struct {
		Message struct {
			Content string            `json:"content"`
			Calls   []json.RawMessage `json:"tool_calls"`
		} `json:"message"`
		Logprobs *struct {
			Content []struct {
				Top []json.RawMessage `json:"top_logprobs"`
			} `json:"content"`
			Tokens []*float64 `json:"token_logprobs"` // of the older completions
		} `json:"logprobs"`
		PromptLogprobs []json.RawMessage `json:"prompt_logprobs"`
	} `json:"choices"`
	Usage *struct {
		Prompt int `json:"prompt_tokens"`
	} `json:"usage"`
}

func (p probed) text() string {
	if len(p.Choices) == 0 {
		return ""
	}
	return p.Choices[0].Message.Content
}

func (p prober) body(extra map[string]any) []byte {
	m := map[string]any{
		"model": p.model, "max_tokens": probeTokens,
		"messages": []map[string]string{{"role": "user", "content": probeContent}},
	}
	for k, v := range extra {
		if m[k] = v; v == nil {
			delete(m, k)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // maps of strings and numbers always encode
	}
	return b
}

func (p prober) ask(path string, extra map[string]any) (probed, error) {
	ctx, cancel := context.WithTimeoutCause(p.ctx, p.s.limits.ProbeTime, errTooSlow)
	defer cancel()
	raw, err := p.s.read(ctx, http.MethodPost, p.s.at(path), p.body(extra))
	if err != nil {
		return probed{}, err
	}
	var r probed
	if err := json.Unmarshal(raw, &r); err != nil {
		return probed{}, p.s.fail(ErrAnswer, http.StatusOK, err.Error())
	}
	return r, nil
}

// chat asks and wants an answer that a miner can serve: one choice, with usage.
func (p prober) chat(extra map[string]any) (probed, error) {
	r, err := p.ask("/chat/completions", extra)
	switch {
	case err != nil:
		return r, err
	case len(r.Choices) != 1:
		return r, p.s.fail(ErrAnswer, http.StatusOK, fmt.Sprintf("%d choices to a probe, want 1", len(r.Choices)))
	case r.Usage == nil || r.Usage.Prompt < 1:
		return r, p.s.fail(ErrAnswer, http.StatusOK, "no usage in the answer to a probe")
	}
	return r, nil
}

func (p prober) streams() bool {
	ctx, cancel := context.WithTimeoutCause(p.ctx, p.s.limits.ProbeTime, errTooSlow)
	defer cancel()
	events, usage := 0, false
	err := p.s.Stream(ctx, "/chat/completions", p.body(map[string]any{"stream": true, "stream_options": map[string]bool{"include_usage": true}}), func(data []byte) error {
		var r probed
		if err := json.Unmarshal(data, &r); err != nil {
			return err
		}
		events += len(r.Choices)
		usage = usage || r.Usage != nil && r.Usage.Prompt > 0
		return nil
	})
	return err == nil && events > 0 && usage
}

func (p prober) promptLogprobs() string {
	const prompt = "Once upon a time there was a"
	plain := map[string]any{"messages": nil, "prompt": prompt, "max_tokens": 1, "temperature": 0}
	with := func(extra map[string]any) map[string]any {
		out := map[string]any{}
		for k, v := range plain {
			out[k] = v
		}
		for k, v := range extra {
			out[k] = v
		}
		return out
	}
	if r, err := p.ask("/completions", with(map[string]any{"prompt_logprobs": 1})); err == nil && len(r.Choices) == 1 && len(r.Choices[0].PromptLogprobs) > 1 {
		return PromptLogprobsVLLM
	}
	if r, err := p.ask("/completions", with(map[string]any{"echo": true, "logprobs": 1})); err == nil && len(r.Choices) == 1 && r.Choices[0].Logprobs != nil {
		// With one token generated, more than two are some of the prompt.
		told := slices.DeleteFunc(r.Choices[0].Logprobs.Tokens, func(v *float64) bool { return v == nil })
		if len(told) > 2 {
			return PromptLogprobsEcho
		}
	}
	return ""
}

func (p prober) tools() bool {
	r, err := p.ask("/chat/completions", map[string]any{
		"messages":    []map[string]string{{"role": "user", "content": "What is the weather in Lisbon? Use the tool."}},
		"max_tokens":  64,
		"temperature": 0,
		"tools": []any{map[string]any{"type": "function", "function": map[string]any{
			"name": "weather", "description": "the weather of a city",
			"parameters": map[string]any{"type": "object", "properties": map[string]any{"city": map[string]string{"type": "string"}}, "required": []string{"city"}},
		}}},
	})
	return err == nil && len(r.Choices) == 1 && len(r.Choices[0].Message.Calls) > 0
}

// Need is what a request wants of a server.
type Need struct {
	Streaming   bool
	Logprobs    bool
	TopLogprobs int
}

// lack names the field of the request that no server can serve, or is empty.
func (c *Capabilities) lack(n Need) string {
	switch {
	case n.Streaming && !c.Streaming:
		return "stream"
	case n.Logprobs && !c.Logprobs:
		return "logprobs"
	case n.TopLogprobs > 0 && c.TopLogprobs == 0:
		return "top_logprobs"
	}
	return ""
}

// refresh looks at a server, or probes it if that was never done. It says whether something changed.
func (s *Server) refresh(ctx context.Context) (changed bool, err error) {
	if s.can.Load() == nil {
		c, err := s.probe(ctx)
		if err != nil {
			return false, err
		}
		s.can.Store(&c)
		s.up.Store(true)
		return true, nil
	}
	_, model, err := s.look(ctx)
	if err == nil && model != s.can.Load().Model {
		err = s.fail(ErrSetup, http.StatusOK, fmt.Sprintf("serves %.64q now; start again to serve another model", model))
	}
	if errors.Is(err, context.Canceled) {
		return false, err
	}
	return s.up.Swap(err == nil) != (err == nil), err
}
