package remote_test

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/engine"
	"github.com/agon-chain/agon/task/chat/openai/llamacpptest"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/task/chat/remote"
)

var _ pinned.Partial = (*remote.Engine)(nil)

func open(t *testing.T, text *engine.Text, o remote.Options) *remote.Engine {
	t.Helper()
	e, err := remote.Open(t.Context(), text, o)
	require.NoError(t, err)
	t.Cleanup(e.Close)
	return e
}

// answer is a prompt with what the model goes on with, drawn at a high temperature so that improbable tokens are in it.
func answer(t *testing.T, e *engine.Engine) (prompt, tokens []int) {
	t.Helper()
	r := chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Content: "Once upon a time"}}, MaxTokens: 24, Temperature: 1.6, TopP: 1}
	out, err := e.Generate(t.Context(), r, []byte("body"), 512, nil)
	require.NoError(t, err)
	prompt, err = e.Prompt(r.Messages)
	require.NoError(t, err)
	for _, l := range out.Choices[0].Logprobs.Content {
		tokens = append(tokens, *l.ID)
	}
	return prompt, tokens
}

// agrees compares rows with the engine's: what was told, and above all the token that stands in the answer, is the same; the tail is what
// the rest has.
func agrees(t *testing.T, want, rows [][]float32, tail []float64, tokens []int, top int, within float64) {
	t.Helper()
	require.Len(t, rows, len(tokens))
	require.Len(t, tail, len(tokens))
	one := sample.Params{Temperature: 1, TopP: 1}
	for i, id := range tokens {
		require.InDelta(t, sample.LogProb(want[i], id), sample.LogProb(rows[i], id), within, "token %d", i)
		p, q := sample.Distribution(want[i], one), sample.Distribution(rows[i], one)
		order := slices.Clone(p)
		slices.Sort(order)
		slices.Reverse(order)
		rest := 1.0
		for k := range min(top, len(order)) {
			rest -= order[k]
		}
		if p[id] < order[min(top, len(order))-1] {
			rest -= p[id]
		}
		require.InDelta(t, rest, tail[i], within)
		sum := 0.0
		for k := range q {
			sum += q[k]
			if p[k] >= order[min(top, len(order))-1]+1e-6 {
				require.InDelta(t, p[k], q[k], within)
			}
		}
		require.InDelta(t, 1, sum, 1e-6)
	}
}

// TestLlamaCpp verifies by llama.cpp, whose numbers are those of package lm.
func TestLlamaCpp(t *testing.T) {
	file := llamacpptest.GGUF(t)
	url := llamacpptest.Start(t)
	own, err := engine.Open(file, "")
	require.NoError(t, err)
	text, err := engine.OpenText(file, "")
	require.NoError(t, err)
	prompt, tokens := answer(t, own)
	want, err := own.Logits(t.Context(), prompt, tokens)
	require.NoError(t, err)
	for name, top := range map[string]int{"all-of-the-vocabulary": 0, "few": 5} {
		t.Run(name, func(t *testing.T) {
			e := open(t, text, remote.Options{URL: url, Top: top})
			require.Equal(t, remote.WayLlamaCpp, e.Way())
			rows, tail, err := e.Rows(t.Context(), prompt, tokens)
			require.NoError(t, err)
			if top == 0 {
				top = own.Vocabulary()
				require.Equal(t, make([]float64, len(tokens)), tail, "nothing is unknown")
			}
			agrees(t, want, rows, tail, tokens, top, 1e-3)
		})
	}
}

// fake speaks vLLM's shapes of the numbers of package lm.
type fake struct {
	*engine.Engine
	t *testing.T
	// spoil changes an answer before it is sent.
	spoil func(path string, answer map[string]any) map[string]any
}

func (f fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	send := func(v map[string]any) {
		if f.spoil != nil {
			if v = f.spoil(r.URL.Path, v); v == nil {
				http.NotFound(w, r)
				return
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	var ask struct {
		Prompt json.RawMessage `json:"prompt"`
		Top    int             `json:"prompt_logprobs"`
	}
	switch r.URL.Path {
	case "/v1/models":
		send(map[string]any{"data": []any{map[string]any{"id": "m"}}})
		return
	case "/tokenize", "/v1/completions":
	default:
		http.NotFound(w, r)
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if r.URL.Path == "/tokenize" {
		var text string
		if err := json.Unmarshal(ask.Prompt, &text); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		send(map[string]any{"tokens": f.Whole(text)})
		return
	}
	var tokens []int
	if err := json.Unmarshal(ask.Prompt, &tokens); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	rows, err := f.Logits(r.Context(), tokens[:1], tokens[1:])
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	places := []any{nil}
	for i, row := range rows {
		ids := make([]int, len(row))
		for id := range ids {
			ids[id] = id
		}
		slices.SortStableFunc(ids, func(a, b int) int { return int(math.Copysign(1, float64(row[b]-row[a]))) })
		place := map[string]any{}
		for rank, id := range ids {
			if rank < ask.Top || id == tokens[i+1] {
				place[strconv.Itoa(id)] = map[string]any{"logprob": sample.LogProb(row, id), "rank": rank + 1, "decoded_token": f.Piece(id)}
			}
		}
		places = append(places, place)
	}
	send(map[string]any{"choices": []any{map[string]any{"text": "", "prompt_logprobs": places}}})
}

func TestVLLM(t *testing.T) {
	defer goleak.VerifyNone(t)
	file := llamacpptest.GGUF(t)
	own, err := engine.Open(file, "")
	require.NoError(t, err)
	server := httptest.NewServer(fake{Engine: own, t: t})
	defer server.Close()
	prompt, tokens := answer(t, own)
	want, err := own.Logits(t.Context(), prompt, tokens)
	require.NoError(t, err)
	e, err := remote.Open(t.Context(), own.Text, remote.Options{URL: server.URL})
	require.NoError(t, err)
	defer e.Close()
	require.Equal(t, remote.WayVLLM, e.Way())
	rows, tail, err := e.Rows(t.Context(), prompt, tokens)
	require.NoError(t, err)
	agrees(t, want, rows, tail, tokens, 20, 1e-4)
	require.Greater(t, slices.Max(tail), 0.05, "much is unknown of some rows, as is of large models")
}

// Each server that cannot verify is refused for what it lacks.
func TestRefusals(t *testing.T) {
	file := llamacpptest.GGUF(t)
	own, err := engine.Open(file, "")
	require.NoError(t, err)
	// places changes what is told of each place.
	places := func(f func(p map[string]any)) func(string, map[string]any) map[string]any {
		return func(path string, answer map[string]any) map[string]any {
			if path == "/v1/completions" {
				for _, place := range answer["choices"].([]any)[0].(map[string]any)["prompt_logprobs"].([]any)[1:] {
					f(place.(map[string]any))
				}
			}
			return answer
		}
	}
	number := func(f func(p float64) any) func(string, map[string]any) map[string]any {
		return places(func(p map[string]any) {
			for _, v := range p {
				one := v.(map[string]any)
				one["logprob"] = f(one["logprob"].(float64))
			}
		})
	}
	without := func(path string) func(string, map[string]any) map[string]any {
		return func(at string, answer map[string]any) map[string]any {
			if at == path {
				return nil
			}
			return answer
		}
	}
	for name, c := range map[string]struct {
		spoil func(string, map[string]any) map[string]any
		is    error
		says  string
	}{
		"no-completions": {without("/v1/completions"), remote.ErrServer, "prompt_logprobs"},
		"no-tokenize":    {without("/tokenize"), remote.ErrServer, "how it reads text"},
		"no-numbers": {func(path string, answer map[string]any) map[string]any {
			if path == "/v1/completions" {
				return map[string]any{"choices": []any{map[string]any{"text": "x"}}}
			}
			return answer
		}, remote.ErrServer, "prompt_logprobs of 0 tokens"},
		"all-the-same":     {number(func(float64) any { return -7.5 }), remote.ErrLogprobs, "all are -7.5"},
		"null":             {number(func(float64) any { return nil }), remote.ErrServer, "numbers of tokens with logprob"},
		"positive":         {number(func(p float64) any { return -p }), remote.ErrLogprobs, "want at most 0"},
		"of-a-temperature": {number(func(p float64) any { return p / 2 }), remote.ErrLogprobs, "they sum to"},
		"not-of-the-token": {places(func(p map[string]any) {
			for k, v := range p {
				if v.(map[string]any)["rank"].(int) > 20 {
					delete(p, k)
				}
			}
		}), remote.ErrLogprobs, "says nothing of the token"},
		"other-tokenizer": {func(path string, answer map[string]any) map[string]any {
			if path == "/tokenize" {
				answer["tokens"] = append([]int{5}, answer["tokens"].([]int)...)
			}
			return answer
		}, remote.ErrTokenizer, "serve the pinned version"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(fake{Engine: own, t: t, spoil: c.spoil})
			defer server.Close()
			_, err := remote.Open(t.Context(), own.Text, remote.Options{URL: server.URL})
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.says)
		})
	}
	for field, o := range map[string]remote.Options{
		"way": {URL: "http://127.0.0.1:1", Way: "guess"}, "top": {URL: "http://127.0.0.1:1", Top: -1}, "timeout_ms": {URL: "http://127.0.0.1:1", TimeoutMS: -1}, "url": {URL: "ftp://x"},
	} {
		_, err := remote.Open(t.Context(), own.Text, o)
		require.ErrorIs(t, err, remote.ErrOptions)
		require.ErrorContains(t, err, field)
	}
}
