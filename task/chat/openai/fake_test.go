package openai_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fake is an OpenAI-compatible server with faults. It answers "w0 w1 w2 ...", max_tokens words of them at most 6, each one token.
type fake struct {
	*httptest.Server
	t testing.TB

	mu     sync.Mutex
	fault  string // what is wrong with the answers to chats
	lacks  map[string]bool
	models []string
	key    string // that is wanted

	asked   atomic.Int64 // chats, those of probes too
	running atomic.Int64
	most    atomic.Int64  // running at once
	left    chan struct{} // a caller left a chat
	hold    chan struct{} // if set, chats wait for it
	last    atomic.Pointer[map[string]any]
}

func newFake(t testing.TB, lacks ...string) *fake {
	f := &fake{t: t, lacks: map[string]bool{}, models: []string{"org/base"}, left: make(chan struct{}, 100)}
	for _, l := range lacks {
		f.lacks[l] = true
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/models", f.list)
	mux.HandleFunc("POST /v1/chat/completions", f.chat)
	mux.HandleFunc("POST /v1/completions", f.completions)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		key := f.key
		f.mu.Unlock()
		if key != "" && r.Header.Get("Authorization") != "Bearer "+key {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error":{"message":"bad key: %s"}}`, r.Header.Get("Authorization"))
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		f.CloseClientConnections()
		f.Close()
	})
	return f
}

// set changes what is wrong from now on.
func (f *fake) set(fault string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

func (f *fake) now() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fault
}

func (f *fake) list(w http.ResponseWriter, _ *http.Request) {
	if f.now() == "down" {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var data []any
	for _, m := range f.models {
		data = append(data, map[string]any{"id": m, "object": "model", "max_model_len": 4096})
	}
	writeJSON(w, map[string]any{"object": "list", "data": data})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// words are the answer to a request: with a seed always the same, without one a counter makes them differ.
func (f *fake) words(req map[string]any) []string {
	n := min(6, int(req["max_tokens"].(float64)))
	salt := fmt.Sprint(f.asked.Load())
	if s, ok := req["seed"]; ok && !f.lacks["seed"] {
		salt = fmt.Sprint(s)
	}
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("w%d.%s ", i, salt))
	}
	return out
}

func (f *fake) logprobs(words []string, req map[string]any) any {
	if req["logprobs"] != true || f.lacks["logprobs"] {
		return nil
	}
	var content []any
	for _, w := range words {
		var top []any
		n, _ := req["top_logprobs"].(float64)
		for i := range int(n) {
			top = append(top, map[string]any{"token": w, "logprob": -0.5 - float64(i), "bytes": nil})
		}
		content = append(content, map[string]any{"token": w, "logprob": -0.5, "bytes": []int{1, 2}, "top_logprobs": top})
	}
	return map[string]any{"content": content}
}

func (f *fake) chat(w http.ResponseWriter, r *http.Request) {
	f.asked.Add(1)
	now := f.running.Add(1)
	defer f.running.Add(-1)
	for old := f.most.Load(); now > old && !f.most.CompareAndSwap(old, now); old = f.most.Load() {
	}
	raw, _ := io.ReadAll(r.Body)
	var req map[string]any
	require.NoError(f.t, json.Unmarshal(raw, &req))
	f.last.Store(&req)
	fault := f.now()
	status := func(code int, text string) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
	}
	if f.hold != nil {
		select {
		case <-f.hold:
		case <-r.Context().Done():
			f.left <- struct{}{}
			return
		}
	}
	switch fault {
	case "500", "down":
		status(500, `{"error":{"message":"secret path"}}`)
		return
	case "429":
		status(429, `{"error":{"message":"slow down"}}`)
		return
	case "503":
		status(503, "loading")
		return
	case "400":
		status(400, `{"object":"error","message":"This model's maximum context length is 4096 tokens"}`)
		return
	case "404":
		status(404, `{"error":"model not found"}`)
		return
	case "hang":
		select {
		case <-r.Context().Done():
			f.left <- struct{}{}
		case <-time.After(20 * time.Second):
		}
		return
	case "not-json":
		status(200, "<html>welcome</html>")
		return
	case "cut":
		w.Header().Set("Content-Length", "1000")
		status(200, `{"choices":[`)
		return
	case "huge":
		w.Header().Set("Content-Type", "application/json")
		for range 200 {
			_, _ = io.WriteString(w, strings.Repeat(" ", 64<<10))
		}
		return
	case "redirect":
		http.Redirect(w, r, "http://192.0.2.1/", http.StatusTemporaryRedirect)
		return
	}
	words := f.words(req)
	usage := map[string]int{"prompt_tokens": 5, "completion_tokens": len(words), "total_tokens": 5 + len(words)}
	switch fault {
	case "padded-usage":
		usage["completion_tokens"], usage["total_tokens"] = 100000, 100005
	case "wrong-sum":
		usage["total_tokens"]++
	case "no-usage":
		usage = nil
	case "long-context":
		usage["prompt_tokens"], usage["total_tokens"] = 10000, 10000+len(words)
	}
	reason := "stop"
	if fault == "no-reason" {
		reason = ""
	}
	if req["stream"] == true {
		f.stream(w, r, req, words, usage, fault, reason)
		return
	}
	message := map[string]any{"role": "assistant", "content": strings.Join(words, "")}
	if req["tools"] != nil && !f.lacks["tools"] {
		message["tool_calls"] = []any{map[string]any{"id": "1", "type": "function"}}
	}
	body := map[string]any{
		"id": "theirs", "object": "chat.completion", "created": 1, "model": "org/base", "system_fingerprint": "fp",
		"choices": []any{map[string]any{"index": 0, "message": message, "logprobs": f.logprobs(words, req), "finish_reason": reason}},
	}
	if usage != nil {
		body["usage"] = usage
	}
	if fault == "logprobs-forgotten" {
		body["choices"].([]any)[0].(map[string]any)["logprobs"] = nil
	}
	writeJSON(w, body)
}

func (f *fake) stream(w http.ResponseWriter, r *http.Request, req map[string]any, words []string, usage map[string]int, fault, reason string) {
	if f.lacks["stream"] {
		w.WriteHeader(400)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	event := func(v any) {
		raw, err := json.Marshal(v)
		require.NoError(f.t, err)
		fmt.Fprintf(w, "data: %s\n\n", raw)
		_ = http.NewResponseController(w).Flush()
	}
	chunk := func(delta map[string]any, logprobs, reason any) map[string]any {
		return map[string]any{"id": "theirs", "choices": []any{map[string]any{"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": reason}}}
	}
	event(chunk(map[string]any{"role": "assistant", "content": ""}, nil, nil))
	for i, word := range words {
		if i == 2 {
			switch fault {
			case "cut-midway":
				panic(http.ErrAbortHandler)
			case "end-midway":
				return
			case "stall-midway":
				select {
				case <-r.Context().Done():
					f.left <- struct{}{}
				case <-time.After(20 * time.Second):
				}
				return
			case "rubbish-midway":
				fmt.Fprint(w, "data: {not json\n\n")
			case "endless":
				for r.Context().Err() == nil {
					event(chunk(map[string]any{"content": word}, nil, nil))
				}
				f.left <- struct{}{}
				return
			case "long-event":
				fmt.Fprintf(w, "data: %s\n\n", strings.Repeat("x", 2<<20))
			}
		}
		event(chunk(map[string]any{"content": word}, f.logprobs([]string{word}, req), nil))
	}
	if reason != "" {
		event(chunk(map[string]any{}, nil, reason))
	}
	if fault == "text-after-end" {
		event(chunk(map[string]any{"content": "more"}, nil, nil))
	}
	if usage != nil {
		event(map[string]any{"id": "theirs", "choices": []any{}, "usage": usage})
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func (f *fake) completions(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	var req map[string]any
	require.NoError(f.t, json.Unmarshal(raw, &req))
	choice := map[string]any{"text": "w"}
	if req["prompt_logprobs"] != nil && !f.lacks["prompt_logprobs"] {
		choice["prompt_logprobs"] = []any{nil, map[string]any{"5": map[string]any{"logprob": -1}}, map[string]any{}}
	}
	if req["echo"] == true && !f.lacks["echo"] {
		choice["logprobs"] = map[string]any{"token_logprobs": []any{nil, -1, -2, -3}}
	}
	writeJSON(w, map[string]any{"choices": []any{choice}, "usage": map[string]int{"prompt_tokens": 3}})
}
