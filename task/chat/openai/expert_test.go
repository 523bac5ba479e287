package openai_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/openai"
	"github.com/agon-chain/agon/task/chat/openai/backend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open makes an expert over fakes; more are further options.
func open(t testing.TB, more string, fakes ...*fake) *openai.Expert {
	t.Helper()
	e, err := tryOpen(t, `{}`, more, fakes...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	return e
}

func tryOpen(t testing.TB, params, more string, fakes ...*fake) (*openai.Expert, error) {
	t.Helper()
	var list []string
	for _, f := range fakes {
		list = append(list, fmt.Sprintf(`{"url":%q,"concurrency":2}`, f.URL))
	}
	options := fmt.Sprintf(`{"serves":"base@1","backends":[%s],"first_byte_ms":1000,"stall_ms":1000,"probe_every_ms":50,"leave_alone_ms":300%s}`, strings.Join(list, ","), more)
	return openai.New(t.Context(), task.ExpertConfig{Params: json.RawMessage(params), Options: json.RawMessage(options)})
}

const hello = `{"messages":[{"role":"user","content":"hello"}],"seed":7,"max_tokens":4%s}`

func body(more string) []byte { return fmt.Appendf(nil, hello, more) }

func request(t testing.TB, b []byte) chat.Request {
	r, err := chat.DecodeRequest(b, chat.DefaultParams())
	require.NoError(t, err)
	return r
}

func TestAnswerIsNormal(t *testing.T) {
	f := newFake(t)
	e := open(t, `,"root":"`+strings.Repeat("ab", 32)+`"`, f)
	require.Equal(t, "base@1", e.Name())
	require.Equal(t, bytes.Repeat([]byte{0xab}, 32), func() []byte { v := e.Version(); return v[:] }())
	for _, model := range []string{"", `,"model":"base"`, `,"model":"base@1"`, `,"model":"` + strings.Repeat("ab", 32) + `"`} {
		b := body(model + `,"logprobs":true,"top_logprobs":2,"top_k":3,"max_completion_tokens":4`)
		raw, err := e.Answer(t.Context(), b)
		require.NoError(t, err)
		out, err := chat.DecodeResponse(raw, request(t, b))
		require.NoError(t, err)
		require.Equal(t, "base@1", out.Model)
		require.Equal(t, "w0.7 w1.7 w2.7 w3.7 ", out.Choices[0].Message.Content)
		require.Equal(t, chat.Usage{PromptTokens: 5, CompletionTokens: 4, TotalTokens: 9}, out.Usage)
		require.Len(t, out.Choices[0].Logprobs.Content, 4)
		require.Len(t, out.Choices[0].Logprobs.Content[0].TopLogprobs, 2)
		require.NotContains(t, string(raw), "theirs")
		require.NotContains(t, string(raw), "fingerprint")
		sent := *f.last.Load()
		require.Equal(t, "org/base", sent["model"], "the server is asked by its own name")
		require.EqualValues(t, 3, sent["top_k"])
		require.NotContains(t, sent, "max_completion_tokens")
	}
	_, err := e.Answer(t.Context(), body(`,"model":"base@2"`))
	var bad *task.BadRequest
	require.ErrorAs(t, err, &bad)
	require.Equal(t, chat.CodeModelNotServed, bad.Code)
	_, err = e.Answer(t.Context(), body(`,"tools":[]`))
	require.ErrorIs(t, err, task.ErrBadRequest)
}

// A stream says what the answer in one piece says.
func TestStreamIsTheAnswerInPieces(t *testing.T) {
	e := open(t, "", newFake(t))
	b := body(`,"stream":true,"logprobs":true,"top_logprobs":1`)
	require.True(t, e.Streams(b))
	require.False(t, e.Streams(body("")))
	var j chat.Joiner
	var events []string
	require.NoError(t, e.Stream(t.Context(), b, func(data []byte) error {
		events = append(events, string(data))
		c, err := chat.DecodeChunk(data)
		require.NoError(t, err)
		require.Equal(t, "base@1", c.Model)
		return j.Add(c)
	}))
	joined, err := j.Response(request(t, b))
	require.NoError(t, err)
	raw, err := e.Answer(t.Context(), b)
	require.NoError(t, err)
	whole, err := chat.DecodeResponse(raw, request(t, b))
	require.NoError(t, err)
	whole.ID, whole.Created, joined.ID, joined.Created = "", 0, "", 0
	require.Equal(t, whole, joined)
	require.Contains(t, events[0], `"role":"assistant"`)
	require.Contains(t, events[len(events)-1], `"usage"`)
	for _, e := range events {
		require.NotContains(t, e, "\n")
		require.NotContains(t, e, "theirs")
	}
}

func TestFaults(t *testing.T) {
	for fault, want := range map[string]struct {
		is    error
		begun bool // of the stream: something was handed on before
		whole error
	}{
		"500":            {is: backend.ErrUnavailable},
		"429":            {is: task.ErrOverloaded},
		"503":            {is: task.ErrOverloaded},
		"400":            {is: task.ErrBadRequest},
		"404":            {is: backend.ErrSetup},
		"hang":           {is: backend.ErrUnavailable},
		"not-json":       {is: backend.ErrAnswer},
		"cut":            {is: backend.ErrAnswer, whole: backend.ErrUnavailable},
		"huge":           {is: backend.ErrAnswer},
		"redirect":       {is: backend.ErrUnavailable},
		"padded-usage":   {is: backend.ErrAnswer, begun: true},
		"wrong-sum":      {is: backend.ErrAnswer, begun: true},
		"no-usage":       {is: backend.ErrAnswer, begun: true},
		"no-reason":      {is: backend.ErrAnswer, begun: true},
		"long-context":   {is: task.ErrBadRequest, begun: true},
		"cut-midway":     {is: backend.ErrUnavailable, begun: true},
		"end-midway":     {is: backend.ErrAnswer, begun: true},
		"stall-midway":   {is: backend.ErrUnavailable, begun: true},
		"rubbish-midway": {is: backend.ErrAnswer, begun: true},
		"long-event":     {is: backend.ErrAnswer, begun: true},
		"endless":        {is: backend.ErrAnswer, begun: true},
		"text-after-end": {is: backend.ErrAnswer, begun: true},
	} {
		t.Run(fault, func(t *testing.T) {
			f := newFake(t)
			e := open(t, "", f)
			f.set(fault)
			events := 0
			err := e.Stream(t.Context(), body(`,"stream":true`), func([]byte) error { events++; return nil })
			require.ErrorIs(t, err, want.is)
			require.Equal(t, want.begun, events > 0)
			require.NotContains(t, err.Error(), "\n")
			if strings.HasSuffix(fault, "midway") || fault == "endless" || fault == "text-after-end" || fault == "long-event" {
				return // of streams alone
			}
			_, err = e.Answer(t.Context(), body(""))
			if want.whole != nil {
				require.ErrorIs(t, err, want.whole)
			} else {
				require.ErrorIs(t, err, want.is)
			}
		})
	}
	t.Run("logprobs-forgotten", func(t *testing.T) {
		f := newFake(t)
		e := open(t, "", f)
		f.set("logprobs-forgotten")
		_, err := e.Answer(t.Context(), body(`,"logprobs":true`))
		require.ErrorIs(t, err, backend.ErrAnswer)
	})
}

func TestAnotherServerTriesOnlyBeforeTheFirstByte(t *testing.T) {
	bad, good := newFake(t), newFake(t)
	e := open(t, `,"leave_alone_ms":1`, bad, good)
	for _, fault := range []string{"500", "429", "404", "not-json", "cut", "padded-usage"} {
		bad.set(fault)
		for range 3 {
			_, err := e.Answer(t.Context(), body(""))
			require.NoError(t, err, fault)
			if fault != "padded-usage" { // which shows at the end of a stream alone
				require.NoError(t, e.Stream(t.Context(), body(`,"stream":true`), func([]byte) error { return nil }), fault)
			}
		}
		bad.set("")
		time.Sleep(20 * time.Millisecond)
	}
	// A stream that began is not begun anew.
	bad.set("cut-midway")
	failed := 0
	for range 4 {
		events := 0
		err := e.Stream(t.Context(), body(`,"stream":true`), func([]byte) error { events++; return nil })
		if err != nil {
			failed++
			require.ErrorIs(t, err, backend.ErrUnavailable)
			require.Equal(t, 3, events)
		} else {
			require.Equal(t, 7, events, "the role, four words, the end and the usage")
		}
	}
	require.Positive(t, failed)
	// What the caller must mend is not tried elsewhere.
	bad.set("400")
	good.set("400")
	before := bad.asked.Load() + good.asked.Load()
	_, err := e.Answer(t.Context(), body(""))
	require.ErrorIs(t, err, task.ErrBadRequest)
	require.ErrorContains(t, err, "maximum context length", "in the server's words")
	require.Equal(t, before+1, bad.asked.Load()+good.asked.Load())
}

func TestCallerLeavesAndTheServerIsTold(t *testing.T) {
	for _, stream := range []bool{false, true} {
		f := newFake(t)
		e := open(t, "", f)
		f.set("hang")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			if stream {
				done <- e.Stream(ctx, body(`,"stream":true`), func([]byte) error { return nil })
				return
			}
			_, err := e.Answer(ctx, body(""))
			done <- err
		}()
		require.Eventually(t, func() bool { return f.running.Load() == 1 }, 5*time.Second, time.Millisecond)
		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
		select {
		case <-f.left:
		case <-time.After(5 * time.Second):
			t.Fatal("the server works on for nobody")
		}
	}
	f := newFake(t)
	e := open(t, "", f)
	f.set("endless")
	gone := errors.New("gone")
	n := 0
	err := e.Stream(t.Context(), body(`,"stream":true`), func([]byte) error {
		if n++; n == 5 {
			return gone
		}
		return nil
	})
	require.Equal(t, gone, err)
	<-f.left
	f.set("")
	_, err = e.Answer(t.Context(), body(""))
	require.NoError(t, err, "callers that leave are no fault of the server's")
}

func TestServerThatFailsIsLeftAlone(t *testing.T) {
	f := newFake(t)
	e := open(t, `,"leave_alone_ms":1000`, f)
	f.set("500")
	for range 3 {
		_, err := e.Answer(t.Context(), body(""))
		require.ErrorIs(t, err, backend.ErrUnavailable)
	}
	asked := f.asked.Load()
	_, err := e.Answer(t.Context(), body(""))
	require.ErrorIs(t, err, task.ErrOverloaded)
	require.Equal(t, asked, f.asked.Load(), "it is not asked")
	require.Eventually(t, func() bool { _, err := e.Answer(t.Context(), body("")); return !errors.Is(err, task.ErrOverloaded) }, 5*time.Second, 20*time.Millisecond)
	require.Equal(t, asked+1, f.asked.Load(), "one request tries whether it is well again")
	_, err = e.Answer(t.Context(), body(""))
	require.ErrorIs(t, err, task.ErrOverloaded, "it is not")
	f.set("")
	require.Eventually(t, func() bool { _, err := e.Answer(t.Context(), body("")); return err == nil }, 5*time.Second, 20*time.Millisecond)
}

func TestHealthIsLookedAt(t *testing.T) {
	one, two := newFake(t), newFake(t)
	two.set("down")
	e := open(t, "", one, two)
	for range 4 {
		_, err := e.Answer(t.Context(), body(""))
		require.NoError(t, err)
	}
	require.Zero(t, two.asked.Load())
	two.set("")
	one.set("down")
	require.Eventually(t, func() bool {
		before := one.asked.Load()
		_, err := e.Answer(t.Context(), body(""))
		return err == nil && one.asked.Load() == before
	}, 5*time.Second, 20*time.Millisecond, "who came up late takes over from who went down")
}

func TestBackPressure(t *testing.T) {
	f := newFake(t)
	e := open(t, `,"queue":3,"queue_wait_ms":10000,"first_byte_ms":20000`, f)
	f.hold = make(chan struct{})
	var all sync.WaitGroup
	results := make(chan error, 20)
	for range 20 {
		all.Go(func() { _, err := e.Answer(t.Context(), body("")); results <- err })
	}
	overloaded := 0
	for range 15 { // two answer, three wait
		require.ErrorIs(t, <-results, task.ErrOverloaded)
		overloaded++
	}
	require.Equal(t, 15, overloaded)
	close(f.hold)
	all.Wait()
	for range 5 {
		require.NoError(t, <-results)
	}
	require.LessOrEqual(t, f.most.Load(), int64(2), "never more at once than the server's own bound")
}

func TestCapabilitiesAreProbed(t *testing.T) {
	can := func(lacks ...string) backend.Capabilities {
		f := newFake(t, lacks...)
		p, err := backend.Open(t.Context(), []backend.Config{{URL: f.URL + "/v1/"}}, backend.Limits{}, nil)
		require.NoError(t, err)
		defer p.Close()
		return *p.Servers()[0].Capabilities()
	}
	require.Equal(t, backend.Capabilities{
		Model: "org/base", Models: []string{"org/base"}, Context: 4096, Streaming: true, Seed: true, Logprobs: true, TopLogprobs: 5,
		PromptLogprobs: backend.PromptLogprobsVLLM, Tools: true,
	}, can())
	require.Equal(t, backend.PromptLogprobsEcho, can("prompt_logprobs").PromptLogprobs)
	require.Equal(t, backend.Capabilities{Model: "org/base", Models: []string{"org/base"}, Context: 4096},
		can("stream", "seed", "logprobs", "prompt_logprobs", "echo", "tools"))

	e := open(t, "", newFake(t, "stream", "logprobs"))
	for more, field := range map[string]string{`,"logprobs":true`: "logprobs", `,"stream":true`: "stream"} {
		var bad *task.BadRequest
		if field == "stream" {
			require.ErrorAs(t, e.Stream(t.Context(), body(more), nil), &bad)
		} else {
			_, err := e.Answer(t.Context(), body(more))
			require.ErrorAs(t, err, &bad)
		}
		require.Equal(t, field, bad.Field)
	}
	// With a server that can, those requests go there and only there.
	poor, rich := newFake(t, "logprobs"), newFake(t)
	e = open(t, "", poor, rich)
	before := poor.asked.Load()
	for range 3 {
		_, err := e.Answer(t.Context(), body(`,"logprobs":true`))
		require.NoError(t, err)
	}
	require.Equal(t, before, poor.asked.Load())
}

func TestKeysAreNeverTold(t *testing.T) {
	const key = "sk-very-secret"
	t.Setenv("FAKE_KEY", key)
	f := newFake(t)
	f.key = key
	var log bytes.Buffer
	ask := func(env string) (*openai.Expert, error) {
		return openai.New(t.Context(), task.ExpertConfig{
			Options: fmt.Appendf(nil, `{"probe_every_ms":20,"backends":[{"url":%q,"api_key_env":%q}]}`, f.URL, env), Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
	}
	e, err := ask("FAKE_KEY")
	require.NoError(t, err)
	require.Equal(t, "org/base", e.Name(), "what the server calls it, where nobody gave it a name")
	f.mu.Lock()
	f.key = "another"
	f.mu.Unlock()
	_, err = e.Answer(t.Context(), body("")) // the server says the key back
	require.ErrorIs(t, err, backend.ErrSetup)
	require.NotContains(t, err.Error(), key)
	require.ErrorContains(t, err, "[key]")
	require.NoError(t, e.Close())
	require.NotContains(t, log.String(), key)

	_, err = ask("NO_SUCH_VARIABLE")
	require.ErrorIs(t, err, backend.ErrConfig)
	require.ErrorContains(t, err, "NO_SUCH_VARIABLE")
	_, err = ask("")
	require.ErrorIs(t, err, backend.ErrNoneUp)
	require.ErrorContains(t, err, "401")
}

func TestCannotOpen(t *testing.T) {
	f := newFake(t)
	two := newFake(t)
	two.models = []string{"a", "b"}
	for _, tc := range []struct {
		name, params, options, endpoint string
		is                              error
		says                            string
	}{
		{"no-backend", "", "", "", backend.ErrConfig, "--expert-endpoint"},
		{"unknown-option", "", `{"backend":[]}`, "", backend.ErrConfig, "backend"},
		{"two-ways", "", `{"backends":[{"url":"http://127.0.0.1:1"}]}`, f.URL, backend.ErrConfig, "one of the two"},
		{"no-server", "", "", "http://127.0.0.1:1", backend.ErrNoneUp, "connection refused"},
		{"password-in-url", "", `{"backends":[{"url":"http://u:hidden@127.0.0.1:1"}]}`, "", backend.ErrConfig, "api_key_env"},
		{"broken-url", "", `{"backends":[{"url":"http://hidden@:x"}]}`, "", backend.ErrConfig, "want one such as"},
		{"weight", "", `{"backends":[{"url":"http://127.0.0.1:1","weight":1001}]}`, "", backend.ErrConfig, "1 to 1000"},
		{"queue", "", `{"queue":-1}`, f.URL, backend.ErrConfig, "queue is -1"},
		{"time", "", `{"stall_ms":3600001}`, f.URL, backend.ErrConfig, "stall_ms"},
		{"which-model", "", "", two.URL, backend.ErrNoneUp, "name one of them"},
		{"no-such-model", "", `{"backends":[{"url":"` + f.URL + `","model":"x"}]}`, "", backend.ErrNoneUp, "does not serve"},
		{"not-allowed", `{"models":[{"pin":"a@1"},{"pin":"b@1"}]}`, `{"serves":"c@1"}`, f.URL, task.ErrBadParameters, "allows [a@1 b@1]"},
		{"which-of-those-allowed", `{"models":[{"pin":"a@1"},{"pin":"b@1"}]}`, "", f.URL, task.ErrBadParameters, "--expert-options"},
		{"other-root", `{"models":[{"pin":"a@1","root":"` + strings.Repeat("ab", 32) + `"}]}`, `{"root":"` + strings.Repeat("ac", 32) + `"}`, f.URL, task.ErrBadParameters, "pins"},
		{"bad-params", `{"max_tokens":0}`, "", f.URL, task.ErrBadParameters, "max_tokens"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := openai.New(t.Context(), task.ExpertConfig{Params: json.RawMessage(tc.params), Options: json.RawMessage(tc.options), Endpoint: tc.endpoint})
			require.ErrorIs(t, err, tc.is)
			require.ErrorContains(t, err, tc.says)
			require.NotContains(t, err.Error(), "hidden")
		})
	}
	e, err := tryOpen(t, `{"models":[{"pin":"base@1","root":"`+strings.Repeat("ab", 32)+`"}]}`, "", f)
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat([]byte{0xab}, 32), func() []byte { v := e.Version(); return v[:] }(), "the subnet's root is in the receipts")
	require.NoError(t, e.Close())
}
