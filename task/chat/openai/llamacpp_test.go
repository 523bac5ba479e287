package openai_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/openai"
	"github.com/agon-chain/agon/task/chat/openai/backend"
	"github.com/agon-chain/agon/task/chat/openai/llamacpptest"
)

const story = `{"messages":[{"role":"user","content":"Once upon a time"}],"max_tokens":%d%s}`

// TestLlamaCpp has llama.cpp answer, which is not ours.
func TestLlamaCpp(t *testing.T) {
	url := llamacpptest.Start(t)
	e, err := openai.New(t.Context(), task.ExpertConfig{Endpoint: url, Options: json.RawMessage(`{"serves":"stories@260K"}`)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	answer := func(t *testing.T, b []byte) chat.Response {
		t.Helper()
		raw, err := e.Answer(t.Context(), b)
		require.NoError(t, err)
		out, err := chat.DecodeResponse(raw, request(t, b))
		require.NoError(t, err)
		return out
	}

	t.Run("capabilities", func(t *testing.T) {
		p, err := backend.Open(t.Context(), []backend.Config{{URL: url}}, backend.Limits{}, nil)
		require.NoError(t, err)
		defer p.Close()
		require.Equal(t, backend.Capabilities{
			Model: llamacpptest.Model, Models: []string{llamacpptest.Model}, Context: llamacpptest.Context, Streaming: true, Seed: true,
			Logprobs: true, TopLogprobs: 5, PromptLogprobs: backend.PromptLogprobsEcho,
		}, *p.Servers()[0].Capabilities())
	})
	t.Run("greedy", func(t *testing.T) {
		b := fmt.Appendf(nil, story, 40, `,"temperature":0,"logprobs":true,"top_logprobs":3`)
		out := answer(t, b)
		require.Equal(t, "stories@260K", out.Model)
		require.Contains(t, out.Choices[0].Message.Content, "little girl named Lily")
		require.Equal(t, chat.Usage{PromptTokens: 5, CompletionTokens: 40, TotalTokens: 45}, out.Usage)
		require.Equal(t, chat.FinishLength, out.Choices[0].FinishReason)
		for _, l := range out.Choices[0].Logprobs.Content {
			require.Equal(t, l.TopLogprobs[0].Logprob, l.Logprob, "greedy takes the likeliest")
			sum := 0.0
			for _, a := range l.TopLogprobs {
				sum += math.Exp(float64(a.Logprob))
			}
			require.LessOrEqual(t, sum, 1+1e-6)
			require.NotNil(t, l.ID)
		}
	})
	t.Run("seed-and-stream", func(t *testing.T) {
		texts := map[string]bool{}
		for seed := range 8 {
			b := fmt.Appendf(nil, story, 24, fmt.Sprintf(`,"seed":%d,"temperature":1.2,"top_k":40,"top_p":0.95,"logprobs":true`, seed))
			whole := answer(t, b)
			again := answer(t, b)
			require.Equal(t, whole.Choices, again.Choices)
			var j chat.Joiner
			stream := []byte(strings.Replace(string(b), `,"seed"`, `,"stream":true,"seed"`, 1))
			require.NoError(t, e.Stream(t.Context(), stream, func(data []byte) error {
				c, err := chat.DecodeChunk(data)
				require.NoError(t, err)
				return j.Add(c)
			}))
			joined, err := j.Response(request(t, stream))
			require.NoError(t, err)
			require.Equal(t, whole.Choices, joined.Choices)
			require.Equal(t, whole.Usage, joined.Usage)
			texts[whole.Choices[0].Message.Content] = true
		}
		require.Greater(t, len(texts), 6, "other seeds, other texts")
	})
	t.Run("stop", func(t *testing.T) {
		out := answer(t, fmt.Appendf(nil, story, 40, `,"temperature":0,"stop":["named"]`))
		require.Equal(t, ", there was a little girl ", out.Choices[0].Message.Content)
		require.Equal(t, chat.FinishStop, out.Choices[0].FinishReason)
	})
	t.Run("too-long-for-the-context", func(t *testing.T) {
		_, err := e.Answer(t.Context(), fmt.Appendf(nil, story, 1000, ""))
		require.ErrorIs(t, err, task.ErrBadRequest)
		require.ErrorContains(t, err, "maximum context length is 512")
	})
	t.Run("caller-leaves", func(t *testing.T) {
		stats := func() (s struct{ Running, Tokens int }) {
			resp, err := http.Get(strings.TrimSuffix(url, "/v1") + "/stats")
			require.NoError(t, err)
			defer resp.Body.Close()
			raw, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(raw, &s))
			return s
		}
		before := stats()
		ctx, cancel := context.WithCancel(t.Context())
		err := e.Stream(ctx, fmt.Appendf(nil, story, 500, `,"stream":true,"seed":3,"temperature":2`), func([]byte) error { cancel(); return nil })
		require.ErrorIs(t, err, context.Canceled)
		require.Eventually(t, func() bool { return stats().Running == 0 }, 5*time.Second, 5*time.Millisecond)
		require.Less(t, stats().Tokens-before.Tokens, 400, "llama.cpp stops soon after the caller left")
	})
}
