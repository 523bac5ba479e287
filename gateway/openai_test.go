package gateway_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	openai "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/wire"
)

func hello() openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: "1", MaxTokens: openai.Int(4), Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hello there")}}
}

// code asserts an error of the official client, as its users see it.
func code(t *testing.T, err error, status int, want string) *openai.Error {
	t.Helper()
	var e *openai.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, status, e.StatusCode, e.Message)
	require.Equal(t, want, e.Code, e.Message)
	require.NotEmpty(t, e.Message)
	require.NotEmpty(t, e.Type)
	return e
}

func TestOfficialClient(t *testing.T) {
	m := newMarket()
	s := &speaker{name: "llama@2", version: wire.Hash{7}}
	one := m.mine(t, 1, s, wire.Price{})
	m.mineLanguages(t, 2)
	m.set(func(m *market) {
		m.models[one.hotkey] = []directory.Model{{Name: "llama", Version: "2", ID: 9, Root: s.version, Bound: true, Context: 2048}}
	})
	g := open(t, m, nil)
	ctx := t.Context()

	t.Run("models", func(t *testing.T) {
		page, err := g.client.Models.List(ctx)
		require.NoError(t, err)
		var ids []string
		for _, m := range page.Data {
			ids = append(ids, m.ID)
		}
		require.ElementsMatch(t, []string{"1", "1/llama", "1/llama@2", "2"}, ids)
		one, err := g.client.Models.Get(ctx, "1/llama@2")
		require.NoError(t, err)
		require.Equal(t, "subnet-1", one.OwnedBy)
		require.Contains(t, one.RawJSON(), hex.EncodeToString(s.version[:]))
		_, err = g.client.Models.Get(ctx, "1/llama@3")
		code(t, err, http.StatusNotFound, "model_not_found")
	})
	t.Run("chat", func(t *testing.T) {
		for _, model := range []string{"1", "small-talk", "1/llama", "small-talk/llama@2", "auto", "1/" + hex.EncodeToString(s.version[:])} {
			p := hello()
			p.Model = model
			var raw *http.Response
			r, err := g.client.Chat.Completions.New(ctx, p, option.WithResponseInto(&raw))
			require.NoError(t, err, model)
			require.Equal(t, "w0 w1 w2 w3 ", r.Choices[0].Message.Content)
			require.Equal(t, int64(4), r.Usage.CompletionTokens)
			require.Empty(t, r.Choices[0].Logprobs.Content, "nobody asked for them")
			require.NotEmpty(t, raw.Header.Get("X-Request-Id"))
			require.Equal(t, hex.EncodeToString(s.version[:]), raw.Header.Get("Agon-Model-Root"))
			receipt, err := wire.ParseReceipt(raw.Header.Get(wire.HeaderReceipt))
			require.NoError(t, err)
			require.Equal(t, wire.BodyHash(s.last()), receipt.QuestionHash, "the receipt is of what the miner was asked")
			require.Equal(t, hex.EncodeToString(receipt.QuestionHash[:]), raw.Header.Get("Agon-Question-Hash"))
			require.Equal(t, "1/"+one.hotkey, raw.Header.Get("Agon-Miner"))
		}
	})
	t.Run("passed-through", func(t *testing.T) {
		p := hello()
		p.Seed, p.Temperature, p.Logprobs, p.TopLogprobs, p.Stop = openai.Int(11), openai.Float(0.5), openai.Bool(true), openai.Int(2), openai.ChatCompletionNewParamsStopUnion{OfStringArray: []string{"END"}}
		p.ResponseFormat.OfJSONObject = &openai.ResponseFormatJSONObjectParam{}
		r, err := g.client.Chat.Completions.New(ctx, p)
		require.NoError(t, err)
		require.Len(t, r.Choices[0].Logprobs.Content, 4)
		var got map[string]any
		require.NoError(t, json.Unmarshal(s.last(), &got))
		for name, want := range map[string]any{"seed": 11.0, "temperature": 0.5, "logprobs": true, "top_logprobs": 2.0, "stop": []any{"END"}, "response_format": map[string]any{"type": "json_object"}} {
			require.Equal(t, want, got[name], name)
		}
		require.NotContains(t, got, "provider")
	})
	t.Run("tools", func(t *testing.T) {
		p := hello()
		p.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{Name: "weather"})}
		r, err := g.client.Chat.Completions.New(ctx, p)
		require.NoError(t, err)
		require.Equal(t, "weather", r.Choices[0].Message.ToolCalls[0].Function.Name)
		require.Contains(t, string(s.last()), `"name":"weather"`)
	})
	t.Run("stream", func(t *testing.T) {
		for _, wanted := range []bool{true, false} {
			p := hello()
			p.MaxTokens = openai.Int(200)
			if wanted {
				p.StreamOptions.IncludeUsage = openai.Bool(true)
			}
			events := g.client.Chat.Completions.NewStreaming(ctx, p)
			var text strings.Builder
			usages := 0
			for events.Next() {
				e := events.Current()
				for _, c := range e.Choices {
					text.WriteString(c.Delta.Content)
					require.Empty(t, c.Logprobs.Content)
				}
				if e.Usage.CompletionTokens > 0 {
					usages++
				}
			}
			require.NoError(t, events.Err())
			var want strings.Builder
			for i := range 200 {
				want.WriteString(word(i))
			}
			require.Equal(t, want.String(), text.String(), "no event is lost, doubled or out of order")
			require.Equal(t, wanted, usages == 1)
			require.Contains(t, string(s.last()), `"include_usage":true`, "the gateway wants to know in any case")
		}
	})
	t.Run("stream-bytes", func(t *testing.T) {
		r, text := g.post("/v1/chat/completions", `{"model":"1","max_tokens":2,"stream":true,"logprobs":true,"messages":[{"role":"user","content":"x"}],"stream_options":{"include_usage":true}}`)
		require.Equal(t, "text/event-stream", r.Header.Get("Content-Type"))
		require.Empty(t, r.Header.Get("Agon-Rewritten"))
		head, tail, ok := strings.Cut(text, "event: agon.receipt\n")
		require.True(t, ok, text)
		require.True(t, strings.HasSuffix(tail, "data: [DONE]\n\n"))
		var e struct{ Receipt string }
		data, _, _ := strings.Cut(strings.TrimPrefix(tail, "data: "), "\n")
		require.NoError(t, json.Unmarshal([]byte(data), &e))
		receipt, err := wire.ParseReceipt(e.Receipt)
		require.NoError(t, err)
		require.Equal(t, wire.BodyHash([]byte(head)), receipt.ResponseHash, "a caller can check the stream by its receipt")
	})
	t.Run("completions", func(t *testing.T) {
		r, err := g.client.Completions.New(ctx, openai.CompletionNewParams{Model: "1", Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("hello")}, MaxTokens: openai.Int(2), Logprobs: openai.Int(0)})
		require.NoError(t, err)
		require.Equal(t, "w0 w1 ", r.Choices[0].Text)
		require.Equal(t, []string{"w0 ", "w1 "}, r.Choices[0].Logprobs.Tokens)
		require.Equal(t, []int64{0, 3}, r.Choices[0].Logprobs.TextOffset)
		require.Equal(t, "text_completion", string(r.Object))
		require.Equal(t, int64(2), r.Usage.CompletionTokens)
		events := g.client.Completions.NewStreaming(ctx, openai.CompletionNewParams{Model: "1", Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("hello")}})
		text := ""
		for events.Next() {
			for _, c := range events.Current().Choices {
				text += c.Text
			}
		}
		require.NoError(t, events.Err())
		require.Equal(t, 16, len(strings.Fields(text)), "OpenAI's default of max_tokens")
		_, err = g.client.Completions.New(ctx, openai.CompletionNewParams{Model: "1", Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("x")}, Echo: openai.Bool(true)})
		require.Equal(t, "echo", code(t, err, http.StatusBadRequest, "unsupported_parameter").Param)
	})
	t.Run("responses", func(t *testing.T) {
		p := responses.ResponseNewParams{Model: "1", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("hello")}, Instructions: openai.String("be brief"), MaxOutputTokens: openai.Int(3)}
		var raw *http.Response
		r, err := g.client.Responses.New(ctx, p, option.WithResponseInto(&raw))
		require.NoError(t, err)
		require.Equal(t, "w0 w1 w2 ", r.OutputText())
		require.Equal(t, "incomplete", string(r.Status))
		require.Equal(t, int64(3), r.Usage.OutputTokens)
		require.Equal(t, "responses", raw.Header.Get("Agon-Rewritten"))
		require.Contains(t, string(s.last()), `"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hello"}]`)
		require.Contains(t, string(s.last()), `"max_tokens":3`)

		events := g.client.Responses.NewStreaming(ctx, p)
		var types []string
		text := ""
		var last responses.Response
		for events.Next() {
			e := events.Current()
			require.Equal(t, int64(len(types)), e.SequenceNumber)
			types = append(types, e.Type)
			if e.Type == "response.output_text.delta" {
				text += e.Delta
			}
			if strings.HasPrefix(e.Type, "response.incomplete") {
				last = e.Response
			}
		}
		require.NoError(t, events.Err())
		require.Equal(t, "w0 w1 w2 ", text)
		require.Equal(t, "w0 w1 w2 ", last.OutputText())
		require.Equal(t, int64(3), last.Usage.OutputTokens)
		require.Equal(t, []string{
			"response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.delta",
			"response.output_text.delta", "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.incomplete",
		}, types)

		tools := p
		tools.Tools = []responses.ToolUnionParam{{OfFunction: &responses.FunctionToolParam{Name: "weather", Parameters: map[string]any{"type": "object"}}}}
		r, err = g.client.Responses.New(ctx, tools)
		require.NoError(t, err)
		at := slices.IndexFunc(r.Output, func(o responses.ResponseOutputItemUnion) bool { return o.Type == "function_call" })
		require.GreaterOrEqual(t, at, 0)
		require.Equal(t, "weather", r.Output[at].Name)
		require.Equal(t, "call_1", r.Output[at].CallID)
		p.PreviousResponseID = openai.String("resp_1")
		_, err = g.client.Responses.New(ctx, p)
		require.Equal(t, "previous_response_id", code(t, err, http.StatusBadRequest, "unsupported_parameter").Param)
	})
	t.Run("embeddings-that-nobody-serves", func(t *testing.T) {
		_, err := g.client.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: "auto", Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("x")}})
		code(t, err, http.StatusNotFound, "model_not_found")
	})
	t.Run("other-tasks", func(t *testing.T) {
		for _, path := range []string{"/v1/tasks/2", "/v1/tasks/languages", "/v1/langid"} {
			r, text := g.post(path, `{"text":"Wo ist bitte der Bahnhof in dieser Stadt?"}`)
			require.Equal(t, http.StatusOK, r.StatusCode, text)
			require.Contains(t, text, `deu`, path)
			require.NotEmpty(t, r.Header.Get(wire.HeaderReceipt))
		}
	})
	t.Run("refusals", func(t *testing.T) {
		for name, tc := range map[string]struct {
			change func(*openai.ChatCompletionNewParams)
			opts   []option.RequestOption
			status int
			code   string
		}{
			"unknown-subnet":   {change: func(p *openai.ChatCompletionNewParams) { p.Model = "nowhere" }, status: 404, code: "model_not_found"},
			"unknown-model":    {change: func(p *openai.ChatCompletionNewParams) { p.Model = "1/qwen" }, status: 404, code: "model_not_found"},
			"unknown-version":  {change: func(p *openai.ChatCompletionNewParams) { p.Model = "1/llama@3" }, status: 404, code: "version_not_served"},
			"wrong-task":       {change: func(p *openai.ChatCompletionNewParams) { p.Model = "2" }, status: 404, code: "model_not_found"},
			"no-model":         {change: func(p *openai.ChatCompletionNewParams) { p.Model = "" }, status: 400, code: "invalid_routing"},
			"no-miner-left":    {opts: []option.RequestOption{option.WithJSONSet("provider", map[string]any{"ignore": []string{one.hotkey}})}, status: 404, code: "no_miner_allowed"},
			"typo-in-provider": {opts: []option.RequestOption{option.WithJSONSet("provider", map[string]any{"ingore": []string{}})}, status: 400, code: "invalid_routing"},
			"wrong-key":        {opts: []option.RequestOption{option.WithAPIKey("agon-nothing")}, status: 401, code: "invalid_api_key"},
		} {
			t.Run(name, func(t *testing.T) {
				p := hello()
				if tc.change != nil {
					tc.change(&p)
				}
				_, err := g.client.Chat.Completions.New(ctx, p, tc.opts...)
				code(t, err, tc.status, tc.code)
			})
		}
	})
	require.NotContains(t, g.logs.String(), "hello", "no log has a prompt")
	require.NotContains(t, g.logs.String(), "w0", "no log has an answer")
}
