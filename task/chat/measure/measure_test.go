package measure_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/engine"
	"github.com/agon-chain/agon/task/chat/measure"
	"github.com/agon-chain/agon/task/chat/openai/backend"
	"github.com/agon-chain/agon/task/chat/openai/llamacpptest"
	"github.com/agon-chain/agon/verify/calibrate"
)

// documents are of words that the small model was trained on.
func documents() []task.Document {
	words := strings.Fields("once upon a time there was a little girl named Lily who liked to play with her ball in the park and see the big dog with her mom")
	r := rand.New(rand.NewPCG(3, 4))
	var out []task.Document
	for i := range 6 {
		d := task.Document{ID: fmt.Sprint(i), Label: "text"}
		for range 4 {
			var b strings.Builder
			for range 40 {
				b.WriteString(words[r.IntN(len(words))] + " ")
			}
			d.Texts = append(d.Texts, b.String())
		}
		out = append(out, d)
	}
	return out
}

func config(reference *engine.Engine, url string) measure.Config {
	return measure.Config{
		Server: backend.Config{URL: url}, Reference: reference, Documents: documents(), Questions: 180, Tokens: 24, AtOnce: 4, Seed: 1,
	}
}

func stories(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.Open(llamacpptest.GGUF(t), "")
	require.NoError(t, err)
	return e
}

// TestLlamaCpp calibrates on llama.cpp, which draws by a generator of its own.
func TestLlamaCpp(t *testing.T) {
	url := llamacpptest.Start(t)
	c := config(stories(t), url)
	last := 0
	c.Progress = func(done, of int) {
		require.Equal(t, last+1, done)
		require.Equal(t, c.Questions, of)
		last = done
	}
	r, err := measure.Run(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, c.Questions, last)
	p := r.Profile
	require.True(t, p.OwnDraws)
	require.Less(t, p.ClaimTolerance, 0.01, "float32 beside float32")
	require.Less(t, p.GreedyTolerance, 0.02)
	require.Less(t, p.ReplayRate, 0.01)
	require.Less(t, p.Apart, 0.01)
	var b strings.Builder
	require.NoError(t, r.Table(&b))
	require.Contains(t, b.String(), "sampler of its own")
	require.Contains(t, b.String(), "claimed log-probabilities, nats")
}

// server speaks OpenAI's shapes with package lm behind it; its tokens are drawn as the protocol has them.
type server struct {
	*engine.Engine
	// spoil changes what is asked, or what is answered.
	asked    func(r *chat.Request)
	answered func(r chat.Request, out *chat.Response)
}

func (s server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/v1/models" {
		_ = json.NewEncoder(w).Encode(map[string]any{"data": []any{map[string]any{"id": "m"}}})
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || r.URL.Path != "/v1/chat/completions" {
		http.NotFound(w, r)
		return
	}
	ask, err := chat.DecodeRequest(body, chat.DefaultParams())
	if err != nil || ask.Stream {
		http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
		return
	}
	if s.asked != nil {
		s.asked(&ask)
	}
	out, err := s.Generate(r.Context(), ask, body, 512, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if !ask.Logprobs {
		out.Choices[0].Logprobs = nil
	}
	if s.answered != nil {
		s.answered(ask, &out)
	}
	_ = json.NewEncoder(w).Encode(out)
}

func start(t *testing.T, s server) string {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return h.URL
}

// An engine that draws by the protocol is found to, and has no deviation but rounding.
func TestProtocolDraws(t *testing.T) {
	defer goleak.VerifyNone(t)
	e := stories(t)
	h := httptest.NewServer(server{Engine: e})
	defer h.Close()
	r, err := measure.Run(t.Context(), config(e, h.URL))
	require.NoError(t, err)
	require.False(t, r.Profile.OwnDraws)
	require.Less(t, r.Profile.ReplayTolerance, 1e-5)
	require.Less(t, r.Profile.ClaimTolerance, 1e-4)
	few := config(e, h.URL)
	few.Questions = 16
	_, err = measure.Run(t.Context(), few)
	require.ErrorIs(t, err, calibrate.ErrSamples)
	few.Questions = 15
	_, err = measure.Run(t.Context(), few)
	require.ErrorIs(t, err, measure.ErrConfig)
	require.ErrorContains(t, err, "questions is 15, want 16")
}

// Each server that no profile is fair to is refused for what is wrong with it.
func TestRefusals(t *testing.T) {
	e := stories(t)
	var mu sync.Mutex
	count := int64(0)
	numbers := func(f func(r chat.Request, p chat.Logprob) chat.Logprob) func(chat.Request, *chat.Response) {
		return func(r chat.Request, out *chat.Response) {
			if l := out.Choices[0].Logprobs; l != nil {
				for i := range l.Content {
					l.Content[i].Logprob = f(r, l.Content[i].Logprob)
				}
			}
		}
	}
	for name, c := range map[string]struct {
		server server
		is     error
		says   string
	}{
		"no-logprobs":   {server{answered: func(_ chat.Request, out *chat.Response) { out.Choices[0].Logprobs = nil }}, measure.ErrLogprobs, "gives none"},
		"constant":      {server{answered: numbers(func(chat.Request, chat.Logprob) chat.Logprob { return 0 })}, measure.ErrLogprobs, "are 0"},
		"tempered":      {server{answered: numbers(func(r chat.Request, p chat.Logprob) chat.Logprob { return p / chat.Logprob(max(r.Temperature, 0.3)) })}, measure.ErrLogprobs, "after temperature"},
		"another-model": {server{answered: numbers(func(_ chat.Request, p chat.Logprob) chat.Logprob { return p*1.5 - 0.7 })}, measure.ErrModel, "pinned version"},
		"system-prompt": {server{asked: func(r *chat.Request) {
			r.Messages = append([]chat.Message{{Role: chat.RoleSystem, Content: "Be good."}}, r.Messages...)
		}}, measure.ErrTokenizer, "tokens of a prompt"},
		"other-vocabulary": {server{answered: func(_ chat.Request, out *chat.Response) {
			if l := out.Choices[0].Logprobs; l != nil {
				for i := range l.Content {
					l.Content[i].ID, l.Content[i].Token, l.Content[i].Bytes = nil, "Zürich", nil
				}
			}
		}}, measure.ErrTokenizer, "Zürich"},
		"seed-ignored": {server{asked: func(r *chat.Request) {
			mu.Lock()
			defer mu.Unlock()
			count++
			seed := count
			r.Seed = &seed
		}}, measure.ErrSeed, "same seed gave another text"},
		"one-seed": {server{asked: func(r *chat.Request) { seed := int64(1); r.Seed = &seed }}, measure.ErrSeed, "five seeds"},
		"padded-usage": {server{answered: func(_ chat.Request, out *chat.Response) {
			out.Usage.CompletionTokens--
			out.Usage.TotalTokens--
			if l := out.Choices[0].Logprobs; l != nil {
				l.Content = l.Content[:len(l.Content)-1]
			}
			out.Choices[0].Message.Content += "!"
		}}, measure.ErrUsage, "text is not that of the tokens"},
		"flattened": {server{asked: func(r *chat.Request) { r.Temperature *= 1.6 }}, measure.ErrSampling, "are not those of the distribution"},
	} {
		t.Run(name, func(t *testing.T) {
			c.server.Engine = e
			of := config(e, start(t, c.server))
			if c.is != measure.ErrSampling {
				of.Questions = 32
			}
			_, err := measure.Run(t.Context(), of)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := measure.Run(t.Context(), config(e, "http://127.0.0.1:1"))
	require.ErrorIs(t, err, measure.ErrServer)
	_, err = measure.Run(t.Context(), config(e, "nonsense"))
	require.ErrorIs(t, err, measure.ErrConfig)
}
