package embedded_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/lmtest"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/embedded"
	"github.com/agon-chain/agon/task/chat/openai"
	"github.com/agon-chain/agon/task/chat/openai/llamacpptest"
)

func open(t *testing.T, file, params, more string) *embedded.Expert {
	t.Helper()
	e, err := embedded.New(t.Context(), task.ExpertConfig{Params: json.RawMessage(params), Options: fmt.Appendf(nil, `{"file":%q%s}`, file, more)})
	require.NoError(t, err)
	return e
}

func body(more string) []byte {
	return fmt.Appendf(nil, `{"messages":[{"role":"user","content":"Once upon a time"}]%s}`, more)
}

func request(t *testing.T, b []byte) chat.Request {
	t.Helper()
	r, err := chat.DecodeRequest(b, chat.DefaultParams())
	require.NoError(t, err)
	return r
}

func answer(t *testing.T, e task.Expert, b []byte) chat.Response {
	t.Helper()
	raw, err := e.Answer(t.Context(), b)
	require.NoError(t, err)
	out, err := chat.DecodeResponse(raw, request(t, b))
	require.NoError(t, err)
	return out
}

func join(t *testing.T, e task.StreamingExpert, b []byte) chat.Response {
	t.Helper()
	require.True(t, e.Streams(b))
	var j chat.Joiner
	require.NoError(t, e.Stream(t.Context(), b, func(data []byte) error {
		require.NotContains(t, string(data), "\n")
		c, err := chat.DecodeChunk(data)
		require.NoError(t, err)
		return j.Add(c)
	}))
	out, err := j.Response(request(t, b))
	require.NoError(t, err)
	return out
}

// A stream says what the answer in one piece says; the seed decides, and without one the body does.
func TestStreamIsTheAnswerInPieces(t *testing.T) {
	e := open(t, lmtest.File(t, lmtest.Made{}), "", `,"serves":"made@1"`)
	texts := map[string]bool{}
	for seed := range 12 {
		more := fmt.Sprintf(`,"max_tokens":30,"seed":%d,"stop":["e","k"],"logprobs":%v`, seed, seed%2 == 0)
		whole := answer(t, e, body(more))
		require.Equal(t, whole.Choices, answer(t, e, body(more)).Choices)
		joined := join(t, e, body(more+`,"stream":true`))
		require.Equal(t, whole.Choices, joined.Choices)
		require.Equal(t, whole.Usage, joined.Usage)
		require.Equal(t, "made@1", whole.Model)
		require.Equal(t, whole.Model, joined.Model)
		texts[whole.Choices[0].Message.Content] = true
	}
	require.Greater(t, len(texts), 6)
	one := answer(t, e, body(`,"max_tokens":30`))
	require.Equal(t, one.Choices, answer(t, e, body(`,"max_tokens":30`)).Choices)
	require.NotEqual(t, one.Choices, answer(t, e, body(`,"max_tokens":30,"user":"another"`)).Choices)
}

func TestPinsAndVersions(t *testing.T) {
	file := lmtest.File(t, lmtest.Made{Name: "made"})
	root := strings.Repeat("ab", 32)
	e := open(t, file, `{"models":[{"pin":"m@1","root":"`+root+`"}]}`, "")
	require.Equal(t, "m@1", e.Name())
	require.Equal(t, root, fmt.Sprintf("%x", e.Version()))
	_, err := e.Answer(t.Context(), body(`,"model":"m@2"`))
	var bad *task.BadRequest
	require.ErrorAs(t, err, &bad)
	require.Equal(t, chat.CodeModelNotServed, bad.Code)
	require.ErrorAs(t, e.Stream(t.Context(), body(`,"model":"m@2","stream":true`), nil), &bad)

	plain := open(t, file, "", "")
	require.Equal(t, "made", plain.Name(), "the file's own name")
	require.NotEqual(t, e.Version(), plain.Version())
	require.Equal(t, plain.Version(), open(t, file, "", "").Version(), "the file's digest")
	require.NotEqual(t, plain.Version(), open(t, lmtest.File(t, lmtest.Made{Seed: 1, Name: "made"}), "", "").Version())
	require.Equal(t, "made.gguf", filepath.Base(file))
	require.Equal(t, "made", open(t, lmtest.File(t, lmtest.Made{}), "", "").Name(), "the name of the file where it holds none")
}

func TestBackPressure(t *testing.T) {
	e := open(t, lmtest.File(t, lmtest.Made{}), "", `,"concurrency":1,"queue":2`)
	busy, free := make(chan struct{}), make(chan struct{})
	var once sync.Once
	hold := func([]byte) error {
		once.Do(func() { close(busy); <-free })
		return nil
	}
	first := make(chan error, 1)
	go func() { first <- e.Stream(t.Context(), body(`,"stream":true,"max_tokens":3,"seed":1`), hold) }()
	<-busy
	ask := func(ctx context.Context, n int) chan error {
		results := make(chan error, n)
		for range n {
			go func() { _, err := e.Answer(ctx, body(`,"max_tokens":3`)); results <- err }()
		}
		return results
	}
	ctx, cancel := context.WithCancel(t.Context())
	results := ask(ctx, 10)
	for range 8 {
		require.ErrorIs(t, <-results, task.ErrOverloaded, "two may wait")
	}
	cancel()
	for range 2 {
		require.ErrorIs(t, <-results, context.Canceled)
	}
	results = ask(t.Context(), 10)
	for range 8 {
		require.ErrorIs(t, <-results, task.ErrOverloaded, "who left made room for two others")
	}
	close(free)
	require.NoError(t, <-first)
	for range 2 {
		require.NoError(t, <-results)
	}
	gone := errors.New("gone")
	require.Equal(t, gone, e.Stream(t.Context(), body(`,"stream":true`), func([]byte) error { return gone }))
	_, err := e.Answer(t.Context(), body(`,"max_tokens":3`))
	require.NoError(t, err, "places are given back")
}

func TestCannotOpen(t *testing.T) {
	file := lmtest.File(t, lmtest.Made{})
	broken := filepath.Join(t.TempDir(), "broken.gguf")
	require.NoError(t, os.WriteFile(broken, []byte("GGUF and no more"), 0o600))
	for name, c := range map[string]struct {
		params, options string
		is              error
		says            string
	}{
		"no-file":        {"", "", embedded.ErrOptions, "file is empty"},
		"unknown-option": {"", `{"path":"x"}`, embedded.ErrOptions, "path"},
		"missing":        {"", `{"file":"/no/such.gguf"}`, os.ErrNotExist, ""},
		"broken":         {"", `{"file":"` + broken + `"}`, nil, "broken.gguf"},
		"concurrency":    {"", `{"file":"` + file + `","concurrency":257}`, embedded.ErrOptions, "1 to 256"},
		"queue":          {"", `{"file":"` + file + `","queue":-1}`, embedded.ErrOptions, "queue"},
		"not-allowed":    {`{"models":[{"pin":"a@1"}]}`, `{"file":"` + file + `","serves":"b@1"}`, task.ErrBadParameters, "allows [a@1]"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := embedded.New(t.Context(), task.ExpertConfig{Params: json.RawMessage(c.params), Options: json.RawMessage(c.options)})
			require.Error(t, err)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestAgreesWithLlamaCpp asks this expert and llama.cpp behind expert openai the same: greedy texts are the same, and log-probabilities
// within a thousandth.
func TestAgreesWithLlamaCpp(t *testing.T) {
	url := llamacpptest.Start(t)
	own := open(t, llamacpptest.GGUF(t), "", `,"serves":"stories@1"`)
	other, err := openai.New(t.Context(), task.ExpertConfig{Endpoint: url, Options: json.RawMessage(`{"serves":"stories@1"}`)})
	require.NoError(t, err)
	defer other.Close()
	worst := 0.0
	for _, prompt := range []string{"Once upon a time", "The dog", "Lily wanted to", "\"No,\" said her mom.", "One day, a big bird", "He was sad because"} {
		b := fmt.Appendf(nil, `{"messages":[{"role":"user","content":%q}],"temperature":0,"max_tokens":100,"logprobs":true,"top_logprobs":5}`, prompt)
		x, y := answer(t, own, b), answer(t, other, b)
		require.Equal(t, y.Choices[0].Message.Content, x.Choices[0].Message.Content)
		require.Equal(t, y.Choices[0].FinishReason, x.Choices[0].FinishReason)
		require.Equal(t, y.Usage, x.Usage)
		for i, l := range y.Choices[0].Logprobs.Content {
			m := x.Choices[0].Logprobs.Content[i]
			require.Equal(t, *l.ID, *m.ID)
			for j, a := range l.TopLogprobs {
				require.InDelta(t, float64(a.Logprob), float64(m.TopLogprobs[j].Logprob), 1e-3)
				worst = max(worst, float64(a.Logprob-m.TopLogprobs[j].Logprob), float64(m.TopLogprobs[j].Logprob-a.Logprob))
			}
		}
	}
	t.Logf("log-probabilities differ by at most %.2g", worst)
}
