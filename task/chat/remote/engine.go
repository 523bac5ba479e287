package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agon-chain/agon/task/chat/engine"
	"github.com/agon-chain/agon/task/chat/openai/backend"
)

// Ways to ask.
const (
	WayVLLM     = "vllm"
	WayLlamaCpp = "llama.cpp"
)

const (
	// topVLLM is what vLLM tells unless it is started with another --max-logprobs.
	topVLLM = 20
	// topLlamaCpp is what llama.cpp is asked for: it tells as many as one likes.
	topLlamaCpp = 1000
	// maxTop bounds both: rows of more are gigabytes an answer.
	maxTop = 100_000
	// maxAnswer bounds the bytes of an answer of the server.
	maxAnswer = 256 << 20
	// probe is what a server is tried with: words, digits, signs, and characters of more than one byte.
	probe = "The year 1905 was, as they say, \"éasy\": 3/4 of it went by."
)

// Options say which server, and how.
type Options struct {
	// URL of the server, such as http://127.0.0.1:8000/v1.
	URL string `json:"url"`
	// Model as the server calls it; empty: the one that it lists, if it lists just one.
	Model string `json:"model,omitempty"`
	// APIKeyEnv names the environment variable with the server's key; empty: it wants none.
	APIKeyEnv string `json:"api_key_env,omitempty"`
	// Way is WayVLLM or WayLlamaCpp; empty: whichever the server is found to know.
	Way string `json:"way,omitempty"`
	// Top is how many of the likeliest tokens are asked for at each place, 1 to 100000; 0: 20 of vLLM, 1000 of llama.cpp.
	Top int `json:"top,omitempty"`
	// TimeoutMS is the longest that one call may take; 0: 120000.
	TimeoutMS int64 `json:"timeout_ms,omitempty"`
}

func (o Options) validate() error {
	switch {
	case o.Way != "" && o.Way != WayVLLM && o.Way != WayLlamaCpp:
		return fmt.Errorf("%w: way is %.32q, want %s, %s or nothing", ErrOptions, o.Way, WayVLLM, WayLlamaCpp)
	case o.Top < 0 || o.Top > maxTop:
		return fmt.Errorf("%w: top is %d, want 0 to %d", ErrOptions, o.Top, maxTop)
	case o.TimeoutMS < 0 || o.TimeoutMS > time.Hour.Milliseconds():
		return fmt.Errorf("%w: timeout_ms is %d, want 0 to %d", ErrOptions, o.TimeoutMS, time.Hour.Milliseconds())
	}
	return nil
}

// Engine implements pinned.Partial. Safe for several goroutines.
type Engine struct {
	*engine.Text
	server *backend.Server
	model  string
	way    string
	top    int
}

// Open tries the server: its tokenizer, its way, and that its numbers are log-probabilities. Errors: [ErrOptions], [ErrServer], [ErrTokenizer],
// [ErrLogprobs], and those of package backend.
func Open(ctx context.Context, text *engine.Text, o Options) (*Engine, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	server, err := backend.Single(backend.Config{URL: o.URL, Model: o.Model, APIKeyEnv: o.APIKeyEnv},
		backend.Limits{MaxAnswer: maxAnswer, FirstByte: time.Duration(o.TimeoutMS) * time.Millisecond})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOptions, err)
	}
	e := &Engine{Text: text, server: server}
	if err := e.open(ctx, o); err != nil {
		server.Idle()
		return nil, fmt.Errorf("verifying backend %s: %w", server.Name(), err)
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context, o Options) (err error) {
	if e.model, err = e.server.Serves(ctx); err != nil {
		return err
	}
	tokens := e.Whole(probe)
	var failed []error
	for _, way := range []string{WayVLLM, WayLlamaCpp} {
		if o.Way != "" && o.Way != way {
			continue
		}
		e.way, e.top = way, o.Top
		if e.top == 0 {
			e.top = map[string]int{WayVLLM: topVLLM, WayLlamaCpp: topLlamaCpp}[way]
		}
		e.top = min(e.top, e.Vocabulary())
		at := len(tokens) / 2
		places, err := e.told(ctx, tokens[:at], tokens[at:])
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("as %s: %w", way, err))
			continue
		}
		if err := e.useful(places, tokens[at:]); err != nil {
			return err
		}
		return e.sameTokens(ctx, tokens)
	}
	return fmt.Errorf("%w: it tells no log-probabilities of given tokens; serve the version by vLLM (prompt_logprobs) or by llama.cpp's own server (POST /completion): %w",
		ErrServer, errors.Join(failed...))
}

// sameTokens compares how the server reads a text with how it is read here.
func (e *Engine) sameTokens(ctx context.Context, want []int) error {
	ask := map[string]any{"content": probe, "add_special": true, "parse_special": false}
	if e.way == WayVLLM {
		ask = map[string]any{"model": e.model, "prompt": probe, "add_special_tokens": true}
	}
	var said struct {
		Tokens []int `json:"tokens"`
	}
	if err := e.post(ctx, "/tokenize", true, ask, &said); err != nil {
		return fmt.Errorf("%w: it does not say how it reads text, so that its tokenizer cannot be compared: %w", ErrServer, err)
	}
	if !slices.Equal(said.Tokens, want) {
		return fmt.Errorf("%w: it reads %.40q as %d tokens %v, the pinned version's vocabulary as %d, %v; serve the pinned version, or give its vocabulary",
			ErrTokenizer, probe, len(said.Tokens), said.Tokens[:min(len(said.Tokens), 8)], len(want), want[:min(len(want), 8)])
	}
	return nil
}

// useful says whether numbers can be a model's: not all the same, and not certain of every token of a text that no model foresees, as they
// would be if they were taken after the bias.
func (e *Engine) useful(places []map[int]float64, tokens []int) error {
	same, certain := true, true
	first := places[0][tokens[0]]
	for i, told := range places {
		if _, _, err := spread(told, tokens[i], e.Vocabulary()); err != nil {
			return err
		}
		for _, p := range told {
			same = same && p == first
		}
		certain = certain && told[tokens[i]] > -1e-3
	}
	switch {
	case same:
		return fmt.Errorf("%w: all are %v", ErrLogprobs, first)
	case certain:
		return fmt.Errorf("%w: each token of %.24q is certain: they are not those of the model's own distribution", ErrLogprobs, probe)
	}
	return nil
}

// Way is how the server is asked.
func (e *Engine) Way() string { return e.way }

// Close drops idle connections.
func (e *Engine) Close() { e.server.Idle() }

// Logits implements pinned.Engine.
func (e *Engine) Logits(ctx context.Context, prompt, completion []int) ([][]float32, error) {
	rows, _, err := e.Rows(ctx, prompt, completion)
	return rows, err
}

// Rows implements pinned.Partial.
func (e *Engine) Rows(ctx context.Context, prompt, completion []int) (rows [][]float32, tail []float64, err error) {
	if len(prompt) == 0 || len(completion) == 0 {
		return nil, nil, fmt.Errorf("%w: %d tokens after %d, want at least one and one", ErrOptions, len(completion), len(prompt))
	}
	places, err := e.told(ctx, prompt, completion)
	if err != nil {
		return nil, nil, err
	}
	for i, told := range places {
		row, rest, err := spread(told, completion[i], e.Vocabulary())
		if err != nil {
			return nil, nil, fmt.Errorf("token %d of the answer: %w", i, err)
		}
		rows, tail = append(rows, row), append(tail, rest)
	}
	return rows, tail, nil
}

// told asks what the server finds at each place of the completion: log-probabilities by token.
func (e *Engine) told(ctx context.Context, prompt, completion []int) ([]map[int]float64, error) {
	if e.way == WayVLLM {
		return e.toldByVLLM(ctx, prompt, completion)
	}
	return e.toldByLlamaCpp(ctx, prompt, completion)
}

// post asks a question and reads the answer; beside says that the path is beside OpenAI's API.
func (e *Engine) post(ctx context.Context, path string, beside bool, ask, into any) error {
	body, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	send := e.server.Post
	if beside {
		send = e.server.PostBeside
	}
	raw, err := send(ctx, path, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return e.server.Malformed(err)
	}
	return nil
}
